import type { MeGrant } from '@grantkeeper/sdk';
import { useState } from 'react';
import { appName } from '../shared/app-name.ts';

/** How many colours there are for initials, in the style sheet. */
const COLOURS = 6;

/** An app's logo, or its initial where there is none to show. Decoration: the name stands beside it. */
export function Logo({ grant }: { grant: MeGrant }) {
  const { client_id, logo_uri } = grant;
  const [broken, setBroken] = useState(false);
  if (logo_uri && isOurs(logo_uri) && !broken) {
    return <img className="logo" src={logo_uri} alt="" onError={() => setBroken(true)} />;
  }
  return (
    <span className="logo" data-colour={colourOf(client_id)} aria-hidden="true">
      {[...appName(grant)][0]?.toLocaleUpperCase() ?? '?'}
    </span>
  );
}

/** A logo of another host would tell that host who looks at their apps, and when. */
function isOurs(uri: string): boolean {
  return uri.startsWith('data:image/') || (URL.canParse(uri) && new URL(uri).origin === location.origin);
}

/** The same colour for the same app, on every visit. */
function colourOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % COLOURS;
}
