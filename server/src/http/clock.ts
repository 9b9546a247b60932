/** Returns the current time. Injected everywhere, so that tests decide what has expired. */
export type Clock = () => Date;
