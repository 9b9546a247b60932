// Runs the calls in Node as it is.
import { callEverything } from './every-call.js';

console.log(JSON.stringify(await callEverything(JSON.parse(process.env.SETTING))));
