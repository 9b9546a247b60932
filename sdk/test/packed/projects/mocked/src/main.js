import { createGrantkeeper } from '@grantkeeper/sdk';
import { showApps } from './connected-apps.js';

// Where there is no server, the page begins with the mock. A build for production has nothing of it.
if (import.meta.env.DEV) {
  const { setupWorker } = await import('msw/browser');
  const { mockGrantkeeper } = await import('@grantkeeper/sdk/msw');
  await setupWorker(...mockGrantkeeper().handlers).start();
}
await showApps(document.querySelector('#apps'), createGrantkeeper({ baseUrl: '/api', token: 'any-token' }));
