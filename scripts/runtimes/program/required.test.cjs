// Jest, with CommonJS.
const { createGrantkeeper } = require('@grantkeeper/sdk');
const { runProgram } = require('./program.js');

test('the program runs', async () => {
  expect(typeof createGrantkeeper).toBe('function');
  process.stdout.write(JSON.stringify(await runProgram(JSON.parse(process.env.SETTING))));
}, 60_000);
