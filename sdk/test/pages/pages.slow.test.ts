import { describe } from 'vitest';
import { testAudit } from './audit.ts';
import { testBroken } from './broken.ts';
import { testBulkRevoking } from './bulk-revoking.ts';
import { CHROMIUM, inChromium } from './chromium.ts';
import { testConnectedApps } from './connected-apps.ts';
import { testEndedSession } from './ended-session.ts';
import { testExporting } from './exporting.ts';
import { testGrantHistory } from './grant-history.ts';
import { testGrants } from './grants.ts';
import { testLooks } from './looks.ts';
import { testMeanwhile } from './meanwhile.ts';
import { testNames } from './names.ts';
import { testPartyFilter } from './party-filter.ts';
import { testPausing } from './pausing.ts';
import { testServed } from './served.ts';
import { testSigningIn } from './signing-in.ts';
import { useSite } from './site.ts';
import { testSuspending } from './suspending.ts';
import { testThirdPartyApp } from './third-party-app.ts';
import { testVisitor } from './visitor.ts';

// One server and one browser for all: it is starting them that takes time. What is revoked stays so for those below.
describe.skipIf(!CHROMIUM)(inChromium('the pages'), () => {
  const site = useSite();

  describe('where the server has them', () => testServed(site));
  // From another origin than the server's, all these.
  describe('signing in', () => testSigningIn(site));
  describe('their visitor', () => testVisitor(site));
  describe('What is not as the contracts say', () => testBroken(site));
  describe('their looks', () => testLooks(site));
  describe('What another window changes meanwhile', () => testMeanwhile(site));
  describe('Names', () => testNames(site));
  describe('Connected apps', () => testConnectedApps(site));
  describe('Pausing an app', () => testPausing(site));
  describe('Grants', () => testGrants(site));
  describe('Exporting grants', () => testExporting(site));
  describe('Finding a person or an app', () => testPartyFilter(site));
  describe('The history of a grant', () => testGrantHistory(site));
  describe('Suspending a grant', () => testSuspending(site));
  describe('Revoking many grants', () => testBulkRevoking(site));
  describe('Audit', () => testAudit(site));
  describe('A session that has ended', () => testEndedSession(site));
  // At the server's origin, as are the pages that it leads to.
  describe('The third-party app', () => testThirdPartyApp(site));
});
