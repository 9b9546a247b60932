import { readFile } from 'node:fs/promises';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { type Config, ConfigError } from '../config.ts';
import { isLoopback } from '../http/own-host.ts';
import { MESSAGE_TYPES } from './message.ts';

/** Where messages are sent to. */
export interface Receiver {
  name: string;
  url: URL;
  /** Each signs every message. */
  secrets: string[];
  /** Undefined: all. */
  types?: string[] | undefined;
}

/** Where the receivers are configured, and what is allowed. */
export type ReceiversConfig = Pick<Config, 'webhooksFile' | 'webhooksAllowPrivate' | 'production'>;

/** Longer than any list of receivers, in characters. */
const MAX_LENGTH = 1024 * 1024;

/** How many secrets a receiver may have: two while they are rotated. */
const MAX_SECRETS = 5;

/**
 * Reads the receivers from the file that `WEBHOOKS_FILE` names; none without it.
 *
 * @throws ConfigError naming every fault of the file in one message, and no secret
 */
export async function readReceivers(config: ReceiversConfig): Promise<Receiver[]> {
  const { webhooksFile } = config;
  if (webhooksFile === undefined) return [];
  const text = await readFile(webhooksFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(`WEBHOOKS_FILE cannot be read: ${error.code ?? 'error'}, ${webhooksFile}`);
  });
  return parseReceivers(text, config);
}

/** The same of the file's text. */
export function parseReceivers(text: string, config: ReceiversConfig): Receiver[] {
  const fault = (problem: string) => new ConfigError(`WEBHOOKS_FILE (${config.webhooksFile}) ${problem}`);
  if (text.length > MAX_LENGTH) throw fault('is larger than a list of receivers can be');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the file, and so perhaps a secret.
    const [where = ''] = /\bline \d+ column \d+/.exec(error instanceof Error ? error.message : '') ?? [];
    throw fault(`is not valid JSON${where && `: see ${where}`}`);
  }
  const parsed = fileOf(config).safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `  ${placeOf(path, json)}${message}`);
  throw fault(`is wrong:\n${problems.join('\n')}`);
}

/** For people: `receiver 2 ("crm"): secrets.0 `. */
function placeOf([index, ...below]: PropertyKey[], json: unknown): string {
  if (typeof index !== 'number') return '';
  const name = Array.isArray(json) ? Object(json[index]).name : undefined;
  const quoted = typeof name === 'string' && NAME.test(name) ? ` ("${name}")` : '';
  return `receiver ${index + 1}${quoted}: ${below.length > 0 ? `${below.join('.')} ` : ''}`;
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;

function fileOf(config: ReceiversConfig) {
  return z
    .array(receiverOf(config), { error: 'must be a list of receivers' })
    .superRefine((receivers, context) => {
      for (const [index, { name }] of receivers.entries()) {
        if (receivers.findIndex((other) => other.name === name) === index) continue;
        context.addIssue({ code: 'custom', path: [index, 'name'], message: 'must differ from all others' });
      }
    });
}

function receiverOf(config: ReceiversConfig) {
  return z.strictObject(
    {
      name: z
        .string({ error: 'must be a text' })
        .regex(NAME, { error: 'must be up to 64 lower-case letters, digits and hyphens, a letter first' }),
      url: z.string({ error: 'must be a URL' }).transform((text, context) => {
        const problem = problemOf(text, config);
        if (problem === undefined) return new URL(text);
        context.addIssue({ code: 'custom', message: problem });
        return z.NEVER;
      }),
      secrets: z
        .array(z.string({ error: SECRET }).refine(isSecret, { error: SECRET }), {
          error: 'must be a list of secrets',
        })
        .min(1, { error: 'must have at least one secret' })
        .max(MAX_SECRETS, { error: `must have at most ${MAX_SECRETS} secrets` }),
      types: z
        .array(z.enum(MESSAGE_TYPES, { error: `must be one of ${MESSAGE_TYPES.join(', ')}` }), {
          error: 'must be a list of types',
        })
        .min(1, { error: 'must have at least one type; leave it out for all' })
        .optional(),
    },
    {
      error: ({ code }) =>
        code === 'unrecognized_keys'
          ? 'may have name, url, secrets and types only'
          : 'must be an object with name, url and secrets',
    },
  );
}

const SECRET = 'must be whsec_ and the base64 of 24 to 64 random bytes';

/** As Standard Webhooks has them: 24 to 64 bytes. */
function isSecret(text: string): boolean {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  if (base64 === undefined) return false;
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 && bytes.length >= 24 && bytes.length <= 64;
}

/** What is wrong with a receiver's URL; undefined if nothing is. */
function problemOf(text: string, { production, webhooksAllowPrivate }: ReceiversConfig): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL such as https://receiver.example/webhooks';
  const { protocol, hostname, username, password, hash } = new URL(text);
  const isOwn = isLoopback(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isOwn && !production)) {
    return 'must start with https:// (http:// only for this machine, and not in production)';
  }
  if (username || password) return 'must not hold a user or password: the signature says who sends';
  if (hash) return 'must not have a fragment';
  if (!webhooksAllowPrivate && (isOwn || isPrivate(hostname))) {
    return 'must not be a private address, unless WEBHOOKS_ALLOW_PRIVATE is true';
  }
  return undefined;
}

/** Whether a host is an address that is not public. What a name resolves to is checked for each connection. */
function isPrivate(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(host) && ipaddr.parse(host).range() !== 'unicast';
}
