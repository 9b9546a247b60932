import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { explain } from './explain.ts';
import { SignInAgain } from './states.tsx';
import { count, written } from './words.ts';

interface DownloadProps<Item> {
  /** What the button says. */
  label: string;
  /** What an item is called: "grant". */
  thing: string;
  /** The file: its name goes before the date. */
  file: { name: string; extension: string; type: string };
  /** What the file begins with. */
  head?: string;
  /** How many items there are, if that is known. */
  total?: number;
  /** All items, page after page. */
  read(signal: AbortSignal): AsyncIterable<Item>;
  /** An item as the file has it, with the end of its line. */
  write(item: Item): string;
}

/** How many items are in one part of the file: the browser may keep finished parts outside of the page's memory. */
const PART = 200;

/**
 * Saves all items as one file. It can be stopped, and after an error there is no file: half of one looks like all. Give
 * it a `key` of what the items are chosen by: a download of others stops.
 */
export function Download<Item>({ label, thing, total, ...content }: DownloadProps<Item>) {
  const [loaded, setLoaded] = useState(0);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const download = useMutation({
    mutationFn: async () => {
      stop.current = new AbortController();
      setLoaded(0);
      return saveAll(content, stop.current.signal, setLoaded);
    },
  });
  const { isPending, isError, data, error } = download;
  const hasStopped = isError && stop.current.signal.aborted;
  return (
    <>
      <button
        type="button"
        className="button"
        // The second click of a double click neither stops what the first began nor begins it again.
        onClick={({ detail }) => detail < 2 && (isPending ? stop.current.abort() : download.mutate())}
      >
        {isPending ? 'Stop the download' : label}
      </button>
      <p className="hint" role="status">
        {isPending && `Loading ${count(loaded, thing)}${total === undefined ? '' : ` of ${written(total)}`}…`}
        {data !== undefined && `Downloaded ${count(data, thing)}.`}
        {hasStopped && 'Stopped.'}
        {isError && !hasStopped && (
          <>
            Not downloaded. {explain(error).text} <SignInAgain error={error} />
          </>
        )}
      </p>
    </>
  );
}

type Content<Item> = Pick<DownloadProps<Item>, 'file' | 'head' | 'read' | 'write'>;

/** Returns how many items were saved. */
async function saveAll<Item>(
  { file, head = '', read, write }: Content<Item>,
  signal: AbortSignal,
  onLoaded: (items: number) => void,
): Promise<number> {
  const parts: Blob[] = [];
  let part = head;
  let items = 0;
  for await (const item of read(signal)) {
    part += write(item);
    items += 1;
    if (items % PART > 0) continue;
    parts.push(new Blob([part]));
    part = '';
    onLoaded(items);
  }
  signal.throwIfAborted();
  save(new Blob([...parts, part], { type: file.type }), file);
  return items;
}

function save(content: Blob, { name, extension }: Content<unknown>['file']): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = `${name}-${today()}.${extension}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The day as the visitor's calendar has it, such as 2026-04-01: Sweden writes it so. */
function today(): string {
  return new Date().toLocaleDateString('sv');
}
