// A Cloudflare Worker that calls with the installed SDK.
import { createGrantkeeper } from '@grantkeeper/sdk';
import { callEverything } from './every-call.js';

let shared;

export default {
  async fetch(request, { SETTING }) {
    const setting = JSON.parse(SETTING);
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/every-call') return Response.json(await callEverything(setting));
    if (pathname === '/shared') {
      // One client for all requests, as a module would have it: they share its token.
      shared ??= createGrantkeeper({
        baseUrl: setting.baseUrl,
        token: async () => {
          await new Promise((resolve) => setTimeout(resolve, 20));
          return setting.personToken;
        },
      });
      return Response.json((await shared.me.listGrants()).length);
    }
    try {
      const { account } = createGrantkeeper({
        baseUrl: searchParams.get('baseUrl'),
        token: 'a-token',
        timeout: Number(searchParams.get('timeout')),
        retries: 0,
      });
      await account('secret').revokeGrant('a-grant');
      return Response.json({ name: 'no error' });
    } catch ({ name, message }) {
      return Response.json({ name, message });
    }
  },
};
