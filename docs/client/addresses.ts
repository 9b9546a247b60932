/** Puts the address of the server that the page comes from where the page says an example's. */
export function startAddresses(): void {
  if (!location.protocol.startsWith('http')) return;
  const { root = './' } = document.documentElement.dataset;
  // The portal is at /docs/, the rest of the server beside it.
  const server = new URL(`${root}..`, location.href).href.replace(/\/$/, '');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement?.closest('[data-addresses]')) continue;
    node.textContent = node.textContent?.replaceAll('http://127.0.0.1:3000', server) ?? '';
  }
}
