import type { Config } from '../config.ts';
import { partsOf } from '../database/connection-string.ts';
import { isLoopback } from '../http/own-host.ts';
import { type Checked, type Finding, warning } from './finding.ts';

/** Finds what in a valid configuration is risky. Opens nothing; `public-url.ts` and the others look at what it names. */
export function checkConfiguration(config: Config): Checked {
  const { production, corsOrigins } = config;
  const findings = [...ofMode(config), ...ofAddress(config), ...ofDatabaseUri(config)];
  if (corsOrigins.includes('*') && production) {
    findings.push(
      warning(
        'any-origin',
        'CORS_ORIGINS is *',
        'Pages of any site may call the API with a token that they got hold of.',
        'Name the origins of your own pages.',
      ),
    );
  }
  return { summary: production ? 'for production' : 'not for production', findings };
}

function ofMode({ production, jwksUri }: Config): Finding[] {
  const mode = warning(
    'not-production',
    'NODE_ENV is not production',
    'The server then also starts without variables that production needs, and validates its own responses, which costs time.',
    'Set NODE_ENV=production.',
  );
  const issuer = warning(
    'own-issuer',
    'the server signs its own tokens, because AUTH_JWKS_URI is not set',
    'Anyone who can read DATA_DIR can make a token for anybody.',
    'Set AUTH_JWKS_URI, AUTH_ISSUER and AUTH_AUDIENCE to those of your authorization server.',
  );
  return [...(production ? [] : [mode]), ...(jwksUri ? [] : [issuer])];
}

function ofAddress({ host, publicUrl, trustedProxies }: Config): Finding[] {
  if (!publicUrl) {
    if (isLoopback(host)) return [];
    return [
      warning(
        'no-public-url',
        'PUBLIC_URL is not set, and HOST lets others reach this server',
        'The documentation and its samples show the address that was called, and /mcp answers to every hostname.',
        'Set PUBLIC_URL to the address that clients use.',
      ),
    ];
  }
  // The server itself speaks HTTP only, so something in front of it provides TLS.
  if (publicUrl.protocol !== 'https:' || trustedProxies > 0) return [];
  return [
    warning(
      'no-trusted-proxy',
      'PUBLIC_URL is https, so a proxy is in front, but TRUSTED_PROXIES is 0',
      "All callers share the proxy's address, and with it the limits that go by address.",
      'Set TRUSTED_PROXIES to the number of your own proxies in front of the server.',
    ),
  ];
}

/** What of a URI the server does not use, but another program with the same URI would. */
const OVERRIDDEN = ['w', 'journal', 'j', 'readPreference'];

function ofDatabaseUri({ mongodbUri }: Config): Finding[] {
  if (mongodbUri === undefined) return [];
  const { hosts, path, options, hasTls } = partsOf(mongodbUri);
  const findings: Finding[] = [];
  if (path === '') {
    findings.push(
      warning(
        'no-database-name',
        'MONGODB_URI names no database',
        'The store is then in the database "test", which other programs use too.',
        'Write the name after the hosts, as in mongodb://m1,m2,m3/grants?replicaSet=rs0.',
      ),
    );
  }
  if (!hasTls && !hosts.every(isLoopback)) {
    findings.push(
      warning(
        'database-without-tls',
        'MONGODB_URI does not ask for TLS',
        'Anyone on the network between here and MongoDB can read the rows, and change them on their way.',
        'Add tls=true to the URI, if MongoDB is not on a network of its own.',
      ),
    );
  }
  const overridden = OVERRIDDEN.filter((name) => options.has(name.toLowerCase()));
  if (overridden.length > 0) {
    findings.push(
      warning(
        'overridden-options',
        `MONGODB_URI sets ${overridden.join(', ')}, which the server overrides`,
        'It always waits until a majority has journaled a write, and reads from the primary. A program that writes the rows with the same URI would not.',
        'Take these options out of the URI, and let the authorization server write with w=majority too.',
      ),
    );
  }
  // Not overridden: the server's own write concern has no limit.
  const limit = options.get('wtimeoutms') ?? options.get('wtimeout') ?? '0';
  if (Number(limit) > 0) {
    findings.push(
      warning(
        'write-timeout',
        `MONGODB_URI sets wtimeoutMS to ${limit}`,
        'A revocation that a majority has not journaled by then fails, though it may have been made.',
        'Take the option out of the URI.',
      ),
    );
  }
  return findings;
}
