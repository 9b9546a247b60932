import type { Grantkeeper, OAuthGrant } from '@grantkeeper/sdk';
import { type GrantAction, isRevocable } from './grant-actions.tsx';
import { GrantRow } from './grant-row.tsx';
import type { Sort, View } from './view.ts';

interface GrantsTableProps {
  grantkeeper: Grantkeeper;
  grants: OAuthGrant[];
  view: View;
  changeView(change: Partial<View>): void;
  busy: boolean;
  /** The ids of the grants that are selected. */
  marked: ReadonlySet<string>;
  onMark(marked: ReadonlySet<string>): void;
  onAct(action: GrantAction, grant: OAuthGrant, button: HTMLButtonElement): void;
}

/** The columns; those of times begin with the latest, those of names with A. */
const COLUMNS: [title: string, sort: Sort, first: View['sort_order']][] = [
  ['Client', 'client_name', 'asc'],
  ['User', 'user_name', 'asc'],
  ['Resource and scope', 'resource', 'asc'],
  ['Status', 'status', 'asc'],
  ['Granted', 'granted_at', 'desc'],
  ['Last used', 'last_used_at', 'desc'],
  ['Expires', 'expires_at', 'desc'],
];

/** A page of grants as a table, sorted by the headers of its columns. */
export function GrantsTable(props: GrantsTableProps) {
  const { grantkeeper, grants, view, changeView, busy, marked, onMark, onAct } = props;
  const selectable = grants.filter(isRevocable).map(({ grant_id }) => grant_id);
  return (
    <table aria-busy={busy}>
      <caption className="unseen">Grants. The buttons in the headers sort them.</caption>
      <thead>
        <tr>
          <th scope="col" className="tick">
            <SelectAll {...{ selectable, marked, onMark }} />
          </th>
          {COLUMNS.map(([title, sort, first]) => (
            <SortableHeader key={sort} {...{ title, sort, first, view, changeView }} />
          ))}
          <th scope="col">
            <span className="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {grants.map((grant) => (
          <GrantRow
            key={grant.grant_id}
            {...{ grantkeeper, grant, known: grants, changeView }}
            onAct={(action, button) => onAct(action, grant, button)}
            isMarked={marked.has(grant.grant_id)}
            onMark={(isMarked) => {
              const others = [...marked].filter((id) => id !== grant.grant_id);
              onMark(new Set(isMarked ? [...others, grant.grant_id] : others));
            }}
          />
        ))}
      </tbody>
    </table>
  );
}

type SelectAllProps = { selectable: string[] } & Pick<GrantsTableProps, 'marked' | 'onMark'>;

function SelectAll({ selectable, marked, onMark }: SelectAllProps) {
  const isAll = selectable.length > 0 && selectable.every((id) => marked.has(id));
  return (
    <label className="mark-all">
      <input
        type="checkbox"
        checked={isAll}
        disabled={selectable.length === 0}
        ref={(box) => {
          if (box) box.indeterminate = marked.size > 0 && !isAll;
        }}
        onChange={() => onMark(new Set(isAll ? [] : selectable))}
      />
      <span className="unseen">Select all on this page</span>
    </label>
  );
}

type SortableHeaderProps = { title: string; sort: Sort; first: View['sort_order'] } & Pick<
  GrantsTableProps,
  'view' | 'changeView'
>;

function SortableHeader({ title, sort, first, view, changeView }: SortableHeaderProps) {
  const isSorted = view.sort_by === sort;
  const isAscending = view.sort_order === 'asc';
  const other = isAscending ? 'desc' : 'asc';
  return (
    <th scope="col" aria-sort={isSorted ? (isAscending ? 'ascending' : 'descending') : undefined}>
      <button
        type="button"
        onClick={() => changeView({ sort_by: sort, sort_order: isSorted ? other : first })}
      >
        {title}
        <span aria-hidden="true">{isSorted ? (isAscending ? '↑' : '↓') : '↕'}</span>
      </button>
    </th>
  );
}
