import type { OAuthGrant } from '@grantkeeper/sdk';
import { CopyId } from '../events/id.tsx';
import { nameOf } from '../shared/grant-name.ts';
import { ViewLink } from '../shared/view-link.tsx';
import { addressOf, readView } from './view.ts';

interface GrantProps {
  id: string;
  /** Null for a grant that is gone; undefined for one that is not known yet. */
  grant: OAuthGrant | null | undefined;
}

/** A link to the history of a grant. */
export function GrantLink({ id, grant, onChoose }: GrantProps & { onChoose(id: string): void }) {
  return (
    <>
      <ViewLink
        search={addressOf({ ...readView(location.search), grant_id: id })}
        title={grant?.client_id}
        onFollow={() => onChoose(id)}
      >
        <bdi>{titleOf(grant)}</bdi>
      </ViewLink>
      {grant === null && (
        <>
          {' '}
          <CopyId of="grant" id={id} />
        </>
      )}
    </>
  );
}

/** What to call a grant that may be gone, or not known yet. */
export function titleOf(grant: GrantProps['grant']): string {
  if (grant === null) return 'A grant that is gone';
  return grant ? nameOf(grant) : 'A grant';
}
