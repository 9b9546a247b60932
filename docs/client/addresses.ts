/** Puts the address of the server that the page comes from where the page says an example's. */
export function startAddresses(): void {
  const portal = new URL(document.documentElement.dataset.root ?? './', location.href);
  // Our server has the portal at /docs/, and the rest beside it. Elsewhere it is files: there is no server to name.
  if (!portal.protocol.startsWith('http') || !portal.pathname.endsWith('/docs/')) return;
  const server = new URL('..', portal).href.replace(/\/$/, '');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement?.closest('[data-addresses]')) continue;
    node.textContent = node.textContent?.replaceAll('http://127.0.0.1:3000', server) ?? '';
  }
}
