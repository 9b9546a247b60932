// What TypeScript makes CommonJS of: its peers' types, too, are then those of `require`.
import { createClient } from '@grantkeeper/sdk';
import { mockGrantkeeper } from '@grantkeeper/sdk/msw';
import document from '@grantkeeper/sdk/openapi/me-grants.json';
import { listMeGrantsOptions } from '@grantkeeper/sdk/react-query';
import { zListMeGrantsResponse } from '@grantkeeper/sdk/zod';
import { QueryClient } from '@tanstack/react-query';
import { setupServer } from 'msw/node';

async function main(): Promise<void> {
  const baseUrl = 'http://localhost/api';
  const mock = mockGrantkeeper({ baseUrl });
  const server = setupServer(...mock.handlers);
  server.listen();
  const client = createClient({ baseUrl, token: 'a-token' });
  const found = await new QueryClient().fetchQuery(listMeGrantsOptions({ client }));
  server.close();
  const { data } = zListMeGrantsResponse.parse(found);
  console.log(JSON.stringify([document.info.title, data.length]));
}

void main();
