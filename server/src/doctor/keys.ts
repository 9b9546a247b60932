import { createRemoteJWKSet, customFetch, errors, type JWK, type JWTVerifyGetKey } from 'jose';
import { differenceTo } from '../clock-difference.ts';
import type { Config } from '../config.ts';
import { counted } from '../counted.ts';
import { ALGORITHMS } from '../http/bearer.ts';
import { DATE_STEP_MS, SLOW_MS } from '../http/keys-record.ts';
import { isLoopback } from '../http/own-host.ts';
import { ofDifference } from './clocks.ts';
import { type Checked, type Finding, mustFix, reasonOf, warning } from './finding.ts';

/** What only a private or a symmetric key has (RFC 7518, section 6). */
const SECRET_PARTS = ['d', 'k'];

/** Fetches the issuer's keys as the server does, and checks that they can be used to check tokens. */
export async function checkKeys(
  { jwksUri, production }: Pick<Config, 'jwksUri' | 'production'>,
  clock: () => Date,
): Promise<Checked> {
  if (!jwksUri) return { summary: "the server's own", findings: [] };
  const findings: Finding[] = [];
  if (production && jwksUri.protocol !== 'https:' && !isLoopback(jwksUri.hostname)) {
    findings.push(
      warning(
        'keys-without-tls',
        `AUTH_JWKS_URI is ${jwksUri.origin}, without TLS`,
        'Anyone on the network between here and the issuer can send their own keys, and then make tokens for anybody.',
        'Use the https address.',
      ),
    );
  }
  let date: string | null = null;
  const remote = createRemoteJWKSet(jwksUri, {
    [customFetch]: async (...request) => {
      const response = await fetch(...request);
      date = response.headers.get('date');
      return response;
    },
  });
  const asked = clock().getTime();
  try {
    await remote.reload();
  } catch (error) {
    return { summary: 'none', findings: [...findings, unreachable(jwksUri, error)] };
  }
  const answered = clock().getTime();
  if (answered - asked > SLOW_MS) findings.push(slow(jwksUri, answered - asked));
  if (date !== null && !Number.isNaN(Date.parse(date))) {
    const difference = differenceTo(Date.parse(date), asked, answered, DATE_STEP_MS);
    findings.push(...ofDifference('issuer-clock', "the issuer's", difference));
  }
  const keys = remote.jwks()?.keys ?? [];
  findings.push(...ofKeys(keys, await isUsable(remote), jwksUri));
  return { summary: counted(keys.length, 'key'), findings };
}

function ofKeys(keys: JWK[], canCheck: boolean, { origin, pathname }: URL): Finding[] {
  const where = origin + pathname;
  const secret = keys.filter((key) => SECRET_PARTS.some((part) => part in key));
  const findings: Finding[] = [];
  if (secret.length > 0) {
    findings.push(
      mustFix(
        'secret-key-published',
        `${where} publishes ${counted(secret.length, 'key')} with the secret part (${namesOf(secret)})`,
        'Anyone who has seen it can make a token for anybody.',
        'Replace the key at the issuer now, and publish its public part only.',
      ),
    );
  }
  if (!canCheck) {
    findings.push(
      mustFix(
        'no-usable-key',
        `${where} has no key that can check a token`,
        'Every request with a token is refused.',
        'Publish a public RSA, EC or Ed25519 key for signatures; symmetric keys are refused.',
      ),
    );
  }
  return findings;
}

/** Whether the server would find a key for any signature that it accepts. */
async function isUsable(keys: JWTVerifyGetKey): Promise<boolean> {
  const isFound = await Promise.all(ALGORITHMS.map((alg) => hasKey(keys, alg)));
  return isFound.includes(true);
}

async function hasKey(keys: JWTVerifyGetKey, alg: string): Promise<boolean> {
  try {
    await keys({ alg }, NO_TOKEN);
    return true;
  } catch (error) {
    // The server then tries each of them.
    return error instanceof errors.JWKSMultipleMatchingKeys;
  }
}

const NO_TOKEN = { payload: '', signature: '' };

function namesOf(keys: JWK[]): string {
  return keys.map(({ kid = 'without a kid' }) => kid).join(', ');
}

function unreachable({ origin, pathname }: URL, error: unknown): Finding {
  return mustFix(
    'keys-unreachable',
    `the issuer's keys cannot be fetched from ${origin}${pathname} (${reasonOf(error)})`,
    'Running servers go on with the keys that they know for AUTH_JWKS_MAX_STALE_SECONDS; one that starts now refuses every token with a 503.',
    'Check the address, and that this machine may reach it and trusts its certificate.',
  );
}

function slow({ origin, pathname }: URL, milliseconds: number): Finding {
  return warning(
    'keys-slow',
    `${origin}${pathname} took ${(milliseconds / 1_000).toFixed(1)} s`,
    'A request that needs a new key waits for it, and fails after 5 seconds.',
    'Find out why the issuer is slow.',
  );
}
