import type { Grantkeeper } from '@grantkeeper/sdk';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { explain } from '../shared/explain.ts';
import { count } from '../shared/words.ts';
import { queryOf, type View } from './view.ts';

/** As many as the API gives at once. */
const PAGE_SIZE = 200;

/** Saves all events that match, page after page, as one file with an event a line. It can be stopped. */
export function Download({ grantkeeper, view }: { grantkeeper: Grantkeeper; view: View }) {
  const [loaded, setLoaded] = useState(0);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const download = useMutation({
    mutationFn: async () => {
      stop.current = new AbortController();
      setLoaded(0);
      const { signal } = stop.current;
      const lines: string[] = [];
      const query = { ...queryOf(view), limit: PAGE_SIZE };
      for await (const event of grantkeeper.grants.listAllAuditEvents(query, { signal })) {
        lines.push(`${JSON.stringify(event)}\n`);
        if (lines.length % PAGE_SIZE === 0) setLoaded(lines.length);
      }
      signal.throwIfAborted();
      save(new Blob(lines, { type: 'application/x-ndjson' }));
      return lines.length;
    },
  });
  const { isPending, isError, data, error } = download;
  return (
    <>
      <button
        type="button"
        className="button"
        onClick={() => (isPending ? stop.current.abort() : download.mutate())}
      >
        {isPending ? 'Stop the download' : 'Download NDJSON'}
      </button>
      <p className="hint" role="status">
        {isPending && `Loading ${count(loaded, 'event')}…`}
        {data !== undefined && `Downloaded ${count(data, 'event')}.`}
        {isError && (stop.current.signal.aborted ? 'Stopped.' : `Not downloaded. ${explain(error).text}`)}
      </p>
    </>
  );
}

function save(content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = `audit-events-${new Date().toISOString().slice(0, 10)}.ndjson`;
  link.click();
  URL.revokeObjectURL(link.href);
}
