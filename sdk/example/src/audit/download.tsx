import type { Grantkeeper } from '@grantkeeper/sdk';
import { Download } from '../shared/download.tsx';
import { queryOf, type View } from './view.ts';

/** As many as the API gives at once. */
const PAGE_SIZE = 200;

const FILE = { name: 'audit-events', extension: 'ndjson', type: 'application/x-ndjson' };

/** Saves all events that match, an event a line. */
export function DownloadEvents({ grantkeeper, view }: { grantkeeper: Grantkeeper; view: View }) {
  const query = { ...queryOf(view), limit: PAGE_SIZE };
  return (
    <Download
      key={JSON.stringify(query)}
      label="Download NDJSON"
      thing="event"
      file={FILE}
      read={(signal) => grantkeeper.grants.listAllAuditEvents(query, { signal })}
      write={(event) => `${JSON.stringify(event)}\n`}
    />
  );
}
