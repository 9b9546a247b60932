import { EXAMPLE_SERVER } from '../../server/src/docs/addresses.ts';
import { SERVER } from './server-address.ts';

/** Puts the address of the server that the page comes from where the page says an example's. */
export function startAddresses(): void {
  if (!SERVER) return;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement?.closest('[data-addresses]')) continue;
    node.textContent = node.textContent?.replaceAll(EXAMPLE_SERVER, SERVER) ?? '';
  }
}
