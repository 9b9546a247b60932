import { z } from 'zod';
import { POLICIES_FAULT, type RatePolicies, readPolicies } from './http/rate-policies.ts';

/** The server's whole configuration, read from environment variables. */
export interface Config {
  production: boolean;
  host: string;
  port: number;
  /** Undefined: an embedded MongoDB, for trying out, developing and testing. */
  mongodbUri: string | undefined;
  /** Whether a start creates missing indexes; if not, `npm run indexes` does. */
  autoIndex: boolean;
  /** The folder of the embedded database and the server's own signing key. */
  dataDir: string;
  issuer: string;
  audience: string;
  /** Undefined: the server is its own issuer, for trying out. */
  jwksUri: URL | undefined;
  /** How long the issuer's keys stay in use when they cannot be fetched again, in seconds. */
  jwksMaxStaleSeconds: number;
  corsOrigins: string[];
  /** Where clients reach the server, if known. */
  publicUrl: URL | undefined;
  /** How many of our own proxies are in front. */
  trustedProxies: number;
  /** How many requests each caller may send; undefined for no limits. */
  ratePolicies: RatePolicies | undefined;
  /** How many requests that only read a server carries out at a time, and how many others. */
  maxInFlight: number;
  /** How long a list waits for pending rows to be taken in, in milliseconds. */
  listWaitMs: number;
  /** How long audit events are kept, in days. */
  auditDays: number;
  /** How long a suspended grant can be restored before it is revoked, in days. */
  suspensionDays: number;
  /** The file that lists the receivers of webhooks; undefined: there are none. */
  webhooksFile: string | undefined;
  /** Whether receivers may be at private addresses. */
  webhooksAllowPrivate: boolean;
  logLevel: string;
  /** Where metrics are served, at the same host; undefined: nowhere. */
  metricsPort: number | undefined;
}

/** The environment is not a valid configuration. The message names every invalid variable and the reason. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const REPOSITORY = new URL('../../', import.meta.url);

const url = (protocols: RegExp, example: string) =>
  z.url({ protocol: protocols, error: `must be a URL such as ${example}` });
const oneOf = (values: readonly [string, ...string[]]) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const port = z
  .string()
  .regex(/^\d{1,5}$/, { error: 'must be a port number, 0 to 65535' })
  .transform(Number)
  .refine((number) => number <= 65_535, { error: 'must be a port number, 0 to 65535' });

const THIRTY_DAYS = 30 * 86_400;
const MAX_STALE = `must be a number of seconds, 0 to ${THIRTY_DAYS} (30 days)`;

const variables = z.object({
  NODE_ENV: oneOf(['development', 'test', 'production']).default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(3000),
  // Only the driver knows all valid forms, such as several hosts with ports.
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\/\S+$/, {
      error: 'must be a URI such as mongodb://127.0.0.1:27017/grantkeeper',
    })
    .optional(),
  AUTO_INDEX: oneOf(['true', 'false']).default('true'),
  DATA_DIR: z.string().default(decodeURIComponent(new URL('.data', REPOSITORY).pathname)),
  AUTH_ISSUER: z.string().optional(),
  AUTH_AUDIENCE: z.string().optional(),
  AUTH_JWKS_URI: url(/^https?$/, 'https://issuer.example/jwks').optional(),
  AUTH_JWKS_MAX_STALE_SECONDS: z
    .string()
    .regex(/^\d{1,7}$/, { error: MAX_STALE })
    .transform(Number)
    .refine((seconds) => seconds <= THIRTY_DAYS, { error: MAX_STALE })
    .default(86_400),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .refine((origins) => origins.every(isOrigin), {
      error: 'must be origins such as https://app.example, separated by commas, or *',
    }),
  PUBLIC_URL: url(/^https?$/, 'https://grants.example').optional(),
  TRUSTED_PROXIES: z
    .string()
    .regex(/^\d{1,2}$/, { error: 'must be a number of proxies, 0 to 99' })
    .transform(Number)
    .default(0),
  RATE_LIMITS: z
    .string()
    .default('')
    .transform((text, context) => {
      const policies = readPolicies(text);
      if (policies) return policies;
      context.addIssue({ code: 'custom', message: POLICIES_FAULT });
      return z.NEVER;
    }),
  MAX_IN_FLIGHT: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, { error: 'must be a number of requests, 1 to 9999' })
    .transform(Number)
    .default(8),
  LIST_WAIT_MS: z
    .string()
    .regex(/^[1-9]\d{1,4}$/, { error: 'must be a number of milliseconds, 10 to 99999' })
    .transform(Number)
    .default(2_000),
  AUDIT_RETENTION_DAYS: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, { error: 'must be a number of days, 1 to 9999' })
    .transform(Number)
    .default(365),
  SUSPENSION_DAYS: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, { error: 'must be a number of days, 1 to 999' })
    .transform(Number)
    .default(7),
  WEBHOOKS_FILE: z.string().optional(),
  WEBHOOKS_ALLOW_PRIVATE: oneOf(['true', 'false']).default('false'),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  METRICS_PORT: port.optional(),
});

/** The names of all environment variables that configure the server. */
export const VARIABLES = variables.keyof().options;

/**
 * Reads the configuration from environment variables. An empty one counts as not set.
 *
 * @throws ConfigError naming every invalid variable, in one message
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = variables.safeParse(set);
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`),
    ...missing(set),
    ...(parsed.data && isSamePort(parsed.data)
      ? ['METRICS_PORT must not be PORT: metrics are not public']
      : []),
  ];
  if (!parsed.success || problems.length > 0) {
    throw new ConfigError(
      `The configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
  }
  const { data } = parsed;
  return {
    production: data.NODE_ENV === 'production',
    host: data.HOST,
    port: data.PORT,
    mongodbUri: data.MONGODB_URI,
    autoIndex: data.AUTO_INDEX === 'true',
    dataDir: data.DATA_DIR,
    issuer: data.AUTH_ISSUER ?? 'urn:grantkeeper:own-issuer',
    audience: data.AUTH_AUDIENCE ?? 'urn:grantkeeper:api',
    jwksUri: data.AUTH_JWKS_URI === undefined ? undefined : new URL(data.AUTH_JWKS_URI),
    jwksMaxStaleSeconds: data.AUTH_JWKS_MAX_STALE_SECONDS,
    corsOrigins: data.CORS_ORIGINS,
    publicUrl: data.PUBLIC_URL === undefined ? undefined : new URL(data.PUBLIC_URL),
    trustedProxies: data.TRUSTED_PROXIES,
    ratePolicies: data.RATE_LIMITS === 'off' ? undefined : data.RATE_LIMITS,
    maxInFlight: data.MAX_IN_FLIGHT,
    listWaitMs: data.LIST_WAIT_MS,
    auditDays: data.AUDIT_RETENTION_DAYS,
    suspensionDays: data.SUSPENSION_DAYS,
    webhooksFile: data.WEBHOOKS_FILE,
    webhooksAllowPrivate: data.WEBHOOKS_ALLOW_PRIVATE === 'true',
    logLevel: data.LOG_LEVEL,
    metricsPort: data.METRICS_PORT,
  };
}

/** Whether two ports are one; for 0, the system chooses another each time. */
function isSamePort({ PORT, METRICS_PORT }: z.infer<typeof variables>): boolean {
  return PORT !== 0 && PORT === METRICS_PORT;
}

/** Reports variables that others make mandatory. */
function missing(set: NodeJS.ProcessEnv): string[] {
  const production = set.NODE_ENV === 'production';
  const others = production || set.AUTH_JWKS_URI !== undefined;
  const needed: [name: string, when: boolean, why: string][] = [
    ['MONGODB_URI', production, 'must be set in production: the embedded MongoDB is for trying out'],
    ['AUTH_JWKS_URI', production, 'must be set in production: the server must not be its own issuer there'],
    ['AUTH_ISSUER', others, 'must be set with AUTH_JWKS_URI: the "iss" of the access tokens'],
    ['AUTH_AUDIENCE', others, 'must be set with AUTH_JWKS_URI: the "aud" that names this API'],
  ];
  return needed
    .filter(([name, when]) => when && set[name] === undefined)
    .map(([name, , why]) => `${name} ${why}`);
}

function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text);
}
