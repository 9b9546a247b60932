const portal = new URL(document.documentElement.dataset.root ?? './', location.href);

/**
 * Where the server is that the page comes from, which has the portal at /docs/ and the rest beside it; undefined where
 * the portal is files, on a disk or a host of files.
 */
export const SERVER =
  portal.protocol.startsWith('http') && portal.pathname.endsWith('/docs/')
    ? new URL('..', portal).href.replace(/\/$/, '')
    : undefined;
