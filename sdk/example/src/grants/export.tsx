import type { Grantkeeper } from '@grantkeeper/sdk';
import { Download } from '../shared/download.tsx';
import { HEAD, lineOf } from './grant-line.ts';
import { queryOf, type View } from './view.ts';

/** As many as the API gives at once. */
const PAGE_SIZE = 1_000;

const FILE = { name: 'grants', extension: 'csv', type: 'text/csv;charset=utf-8' };

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
