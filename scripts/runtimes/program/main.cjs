// CommonJS, which requires the SDK and, as an ES module, the program.
const { createGrantkeeper } = require('@grantkeeper/sdk');
const { runProgram } = require('./program.js');

if (typeof createGrantkeeper !== 'function') throw new Error('require gives another SDK');
runProgram(JSON.parse(process.env.SETTING)).then((outcome) => console.log(JSON.stringify(outcome)));
