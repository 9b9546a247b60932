import process from 'node:process';
import { runProgram } from './program.js';

console.log(JSON.stringify(await runProgram(JSON.parse(process.env.SETTING))));
