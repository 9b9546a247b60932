/**
 * `npm run test:contracts`: tests the server as `@grantkeeper/contract-tests` tests any: every case, writes included,
 * with the demo's data. Exits with 1 if something differs.
 */
import { textOf } from '../../sdk/contract-tests/src/reports.ts';
import { runContractTests } from '../../sdk/contract-tests/src/run.ts';
import { startDemoServer } from './demo-server.ts';

const { url, inputs, stop } = await startDemoServer();
const cases = await runContractTests({ url, inputs, allowWrites: true, hasDemoData: true }).finally(stop);
process.stdout.write(textOf(cases));
const skipped = cases.filter((one) => one.skipped !== undefined);
if (skipped.length > 0) process.stdout.write(`${skipped.length} cases were not wholly tested\n`);
process.exitCode = cases.some(({ differences }) => differences.length > 0) || skipped.length > 0 ? 1 : 0;
