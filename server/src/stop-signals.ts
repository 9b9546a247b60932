/** Under npm, Ctrl-C reaches a program twice: the terminal signals both, and npm passes its own on. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Calls `stop` at the first SIGTERM or SIGINT. Those of the next second are taken for the same one; a later one ends the
 * process at once.
 *
 * @param from what emits the signals
 */
export function onStopSignal(stop: () => void, from: NodeJS.EventEmitter = process): void {
  let isStopping = false;
  const heed = () => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => from.off('SIGTERM', heed).off('SIGINT', heed), SAME_SIGNAL_MS).unref();
    stop();
  };
  from.on('SIGTERM', heed).on('SIGINT', heed);
}
