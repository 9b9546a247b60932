import { ADDRESS, SAID } from './server-address.ts';

/** Puts the server's address where the page says another. */
export function startAddresses(): void {
  if (!SAID || ADDRESS === SAID) return;
  // Not where it is how a longer one begins: `http://localhost` of `http://localhost:5173`.
  const said = new RegExp(`${SAID.replaceAll(/[.[\]]/g, '\\$&')}(?![\\w:-]|\\.\\w)`, 'g');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement?.closest('[data-addresses]')) continue;
    node.textContent = node.textContent?.replaceAll(said, () => ADDRESS) ?? '';
  }
}
