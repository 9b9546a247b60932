import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { embeddedMongod } from '../server/src/database/embedded/engine-command.ts';

const help = `Runs the embedded MongoDB engine alone, so that several servers can share one database.

  npm run mongod -- [--port 27017] [--dbpath .data/mongod] [--bind_ip 127.0.0.1]

Standalone, without authentication: for trying out, developing and testing.`;

async function runMongod(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '27017' },
      dbpath: { type: 'string', default: '.data/mongod' },
      bind_ip: { type: 'string', default: '127.0.0.1' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);

  const { path, env, text } = await embeddedMongod({ info: console.error });
  console.error(text);
  const options = ['--port', values.port, '--dbpath', values.dbpath, '--bind_ip', values.bind_ip];
  // Closing its standard input ends it when we end; detached, it gets Ctrl-C only once, through us.
  const mongod = spawn(path, options, { env, detached: true, stdio: ['pipe', 'inherit', 'inherit'] });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => mongod.kill(signal));
  mongod.on('exit', (status) => process.exit(status ?? 1));
}

await runMongod().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
