// Jest, with ES modules.
import { runProgram } from './program.js';

test('the program runs', async () => {
  process.stdout.write(JSON.stringify(await runProgram(JSON.parse(process.env.SETTING))));
}, 60_000);
