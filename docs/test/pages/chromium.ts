import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Where Chromium is; undefined where there is none. */
export const CHROMIUM = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => NAMES.map((name) => join(folder, name)))
  .find((path) => existsSync(path));

/** The title of tests that need Chromium: where they are skipped, it says why. */
export function inChromium(title: string): string {
  return CHROMIUM ? title : `${title}: skipped, for want of Chromium (apt-get install chromium)`;
}
