const { root, server, publicServer } = document.documentElement.dataset;
const portal = new URL(root ?? './', location.href);

/**
 * Where the server is that the page comes from, which has the portal at /docs/ and the rest beside it; undefined where
 * the portal is files, on a disk or a host of files.
 */
export const SERVER =
  portal.protocol.startsWith('http') && portal.pathname.endsWith('/docs/')
    ? new URL('..', portal).href.replace(/\/$/, '')
    : undefined;

/** What the page says that the server's address is; the server has its public one there, where somebody said which. */
export const SAID = publicServer ?? server ?? '';

/**
 * What it is to say: the public address, else where the page comes from, which a server behind a proxy may not know,
 * else what the files say.
 */
export const ADDRESS = publicServer ?? SERVER ?? SAID;
