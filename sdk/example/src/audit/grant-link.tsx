import type { OAuthGrant } from '@grantkeeper/sdk';
import { CopyId } from '../events/id.tsx';
import { userName } from '../events/names.ts';
import { appName } from '../shared/app-name.ts';
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
        {nameOf(grant)}
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

/** A grant by the names of its client and user. */
export function nameOf(grant: GrantProps['grant']): string {
  if (grant === null) return 'A grant that is gone';
  if (grant === undefined) return 'A grant';
  return `${appName(grant.client_name)}, ${userName(grant) ?? grant.user_id}`;
}
