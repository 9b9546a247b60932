import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Copy, DockerfileParser, type Instruction, type JSONInstruction } from 'dockerfile-ast';
import { ROOT } from '../../../scripts/processes/server-process.ts';

/** What a Dockerfile makes, in a folder that stands for its file system. */
export interface Image {
  /** The folder of its last WORKDIR. */
  folder: string;
  env: Record<string, string>;
  /** Numbers, as in `1000:1000`. */
  user: string;
  /** Its entry point, without the default arguments. */
  command: string[];
  arguments: string[];
  healthcheck: string[];
}

interface Stage {
  root: string;
  workdir: string | undefined;
}

const run = promisify(execFile);

/**
 * Follows a Dockerfile in a folder, without a container engine: each stage is a folder of its own, RUN is a shell in it,
 * and COPY takes what git knows of the repository. The base images are not there, so what a stage does before its first
 * WORKDIR, which is to its base image, is left out.
 */
export async function buildImage(text: string, folder: string): Promise<Image> {
  const stages = new Map<string, Stage>();
  const image: Image = { folder, env: {}, user: '', command: [], arguments: [], healthcheck: [] };
  let stage: Stage = { root: folder, workdir: undefined };
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const values = instruction.getArguments().map((argument) => argument.getValue());
    switch (instruction.getKeyword()) {
      case 'FROM': {
        const name = values[1]?.toUpperCase() === 'AS' ? (values[2] ?? '') : 'last';
        stage = { root: join(folder, name), workdir: undefined };
        stages.set(name, stage);
        break;
      }
      case 'WORKDIR':
        stage.workdir = join(stage.root, values[0] ?? '');
        await mkdir(stage.workdir, { recursive: true });
        image.folder = stage.workdir;
        break;
      case 'COPY':
        await copy(instruction as Copy, values, stage, stages);
        break;
      case 'RUN':
        if (stage.workdir) await runIn(stage.workdir, instruction.getArgumentsContent() ?? '');
        break;
      case 'ENV':
        for (const value of values)
          image.env[value.split('=')[0] ?? ''] = value.split('=').slice(1).join('=');
        break;
      case 'USER':
        image.user = values[0] ?? '';
        break;
      case 'ENTRYPOINT':
        image.command = stringsOf(instruction);
        break;
      case 'CMD':
        image.arguments = stringsOf(instruction);
        break;
      case 'HEALTHCHECK':
        image.healthcheck = JSON.parse(
          /\[.*\]$/.exec(instruction.getRawArgumentsContent() ?? '')?.[0] ?? '[]',
        );
        break;
      case 'ARG':
      case 'EXPOSE':
        break;
      default:
        throw new Error(`${instruction.getKeyword()} cannot be followed here`);
    }
  }
  return image;
}

function stringsOf(instruction: Instruction): string[] {
  return (instruction as JSONInstruction).getJSONStrings().map((string) => string.getJSONValue());
}

async function runIn(cwd: string, command: string): Promise<void> {
  // Here, an absolute path would be this machine's.
  if (/(^|[\s=])\//.test(command)) throw new Error(`has an absolute path: ${command}`);
  await run('sh', ['-c', command], { cwd, maxBuffer: 2 ** 26 });
}

async function copy(
  instruction: Copy,
  values: string[],
  { workdir }: Stage,
  stages: Map<string, Stage>,
): Promise<void> {
  if (!workdir) throw new Error('COPY comes before WORKDIR');
  const from = instruction
    .getFlags()
    .find((flag) => flag.getName() === 'from')
    ?.getValue();
  const sources = values.slice(0, -1);
  const target = values.at(-1) ?? '';
  for (const source of sources) {
    if (from === undefined || from === null) {
      for (const file of filesOf(source)) {
        const isFolder = file !== source;
        const place = isFolder ? join(target, file.slice(source.length)) : placeOf(source, target);
        await copyTo(join(ROOT, file), join(workdir, place));
      }
    } else {
      const root = stages.get(from)?.root ?? 'no such stage';
      const isFolder = (await stat(join(root, source))).isDirectory();
      await copyTo(join(root, source), join(workdir, isFolder ? target : placeOf(source, target)));
    }
  }
}

function placeOf(source: string, target: string): string {
  return target.endsWith('/') ? join(target, basename(source)) : target;
}

async function copyTo(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await cp(source, target, { recursive: true, verbatimSymlinks: true });
}

/** The files of the repository at a path: what git ignores is not sent to the builder either. */
function filesOf(path: string): string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', path],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  );
  const files = listed.split('\0').filter(Boolean);
  if (files.length === 0) throw new Error(`the repository has no ${path}`);
  return files;
}
