const { root = './' } = document.documentElement.dataset;

/** Where the server is that the page comes from: the portal is at its /docs/. */
export const SERVER = new URL(`${root}..`, location.href).href.replace(/\/$/, '');
