import { describe } from 'vitest';
import { CHROMIUM, inChromium } from '../../../../sdk/test/pages/chromium.ts';
import { testFeedback } from './feedback.ts';
import { testLanding } from './landing.ts';
import { usePortal } from './portal-site.ts';
import { testReference } from './reference.ts';
import { testSearch } from './search.ts';
import { testTryIt } from './try-it.ts';

// One server and one browser for all: it is starting them that takes time.
describe.skipIf(!CHROMIUM)(inChromium('the portal'), () => {
  const site = usePortal();

  describe('first page and guides', () => testLanding(site));
  describe('search', () => testSearch(site));
  describe('reference', () => testReference(site));
  describe('try it', () => testTryIt(site));
  describe('feedback', () => testFeedback(site));
});
