import { spawn } from 'node:child_process';
import type { Command } from '@commander-js/extra-typings';

export function addMongod(program: Command): void {
  program
    .command('mongod')
    .description('Runs the embedded MongoDB alone, so that several servers can share one database.')
    .option('--port <port>', 'where it listens', '27017')
    .option('--dbpath <folder>', 'where it keeps its data', '.data/mongod')
    .option('--bind_ip <address>', 'which addresses it listens on', '127.0.0.1')
    .option('--journal', 'keeps acknowledged writes even if it is killed; slower')
    .addHelpText(
      'after',
      '\nStandalone and without authentication: for trying out, developing and testing. Runs from the sources only.',
    )
    .action(runMongod);
}

interface Given {
  port: string;
  dbpath: string;
  bind_ip: string;
  journal?: true;
}

async function runMongod(given: Given): Promise<void> {
  const { embeddedMongod } = await import('../database/embedded/engine-command.ts');
  const { path, env, text } = await embeddedMongod({ info: console.error });
  console.error(text);
  const options = ['--port', given.port, '--dbpath', given.dbpath, '--bind_ip', given.bind_ip];
  if (given.journal) options.push('--journal');
  // Closing its standard input ends it when we end; detached, it gets Ctrl-C only once, through us.
  const mongod = spawn(path, options, { env, detached: true, stdio: ['pipe', 'inherit', 'inherit'] });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => mongod.kill(signal));
  mongod.on('exit', (status) => process.exit(status ?? 1));
}
