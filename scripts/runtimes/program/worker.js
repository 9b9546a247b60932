import { runProgram } from './program.js';

export default {
  fetch: async (_request, { SETTING }) => Response.json(await runProgram(JSON.parse(SETTING))),
};
