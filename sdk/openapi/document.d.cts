import type document from './document.d.ts' with { 'resolution-mode': 'import' };

/** The document itself: `require` gives it without a `default`. */
declare const required: typeof document;
export = required;
