/** The run cannot begin: the server is not there, or the options do not fit each other. */
export class CannotRun extends Error {}
