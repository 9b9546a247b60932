import type { Grantkeeper, OAuthGrant } from '@grantkeeper/sdk';
import { BYTE_ORDER_MARK, csvLine } from '../shared/csv.ts';
import { Download } from '../shared/download.tsx';
import { queryOf, type View } from './view.ts';

/** As many as the API gives at once. */
const PAGE_SIZE = 1_000;

const FILE = { name: 'grants', extension: 'csv', type: 'text/csv;charset=utf-8' };

/** Everything that the API says of a grant, as it says it: times in ISO 8601, scopes with spaces between them. */
const COLUMNS = [
  'client_id',
  'client_name',
  'user_id',
  'user_name',
  'user_email',
  'account_id',
  'project_id',
  'project_name',
  'resource',
  'scope',
  'status',
  'suspended_until',
  'token_count',
  'granted_at',
  'created_at',
  'last_used_at',
  'expires_at',
  'grant_id',
] as const satisfies (keyof OAuthGrant)[];

/** The first line of the file. */
export const HEAD = `${BYTE_ORDER_MARK}${csvLine(COLUMNS)}`;

/** A grant as a line of the file. */
export function lineOf(grant: OAuthGrant): string {
  return csvLine(COLUMNS.map((name) => (name === 'scope' ? grant.scope.join(' ') : grant[name])));
}

interface ExportProps {
  grantkeeper: Grantkeeper;
  view: View;
  /** How many grants match. */
  total: number;
}

/** Saves all grants that match, on every page, for a spreadsheet. */
export function Export({ grantkeeper, view, total }: ExportProps) {
  const query = { ...queryOf(view), offset: 0, limit: PAGE_SIZE };
  return (
    <div className="export">
      <Download
        key={JSON.stringify(query)}
        label="Export CSV"
        thing="grant"
        file={FILE}
        head={HEAD}
        total={total}
        read={(signal) => grantkeeper.grants.listAll(query, { signal })}
        write={lineOf}
      />
    </div>
  );
}
