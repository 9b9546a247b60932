import { isLoopback } from '../http/own-host.ts';
import { type Checked, type Finding, mustFix, reasonOf, warning } from './finding.ts';

/** How long to wait for an answer, in milliseconds. */
const PATIENCE = 10_000;

/** Asks the public address for `/readyz`, as a client would reach it. */
export async function checkPublicUrl(publicUrl: URL | undefined): Promise<Checked> {
  if (!publicUrl) return { summary: 'not set', findings: [] };
  const findings: Finding[] = [];
  if (publicUrl.protocol !== 'https:' && !isLoopback(publicUrl.hostname)) {
    findings.push(
      mustFix(
        'public-url-without-tls',
        `PUBLIC_URL is ${publicUrl.origin}, without TLS`,
        'Anyone on the network between a client and the server can read its token and use it.',
        'Have the proxy provide TLS, and set PUBLIC_URL to the https address.',
      ),
    );
  }
  const address = `${publicUrl.href.replace(/\/+$/, '')}/readyz`;
  const trouble = await troubleAt(address);
  return {
    summary: trouble ? address : `${address} answers`,
    findings: [...findings, ...(trouble ? [trouble] : [])],
  };
}

async function troubleAt(address: string): Promise<Finding | undefined> {
  let response: Response;
  try {
    response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE), redirect: 'manual' });
  } catch (error) {
    return warning(
      'public-url-unreachable',
      `nothing answers at ${address} from here (${reasonOf(error)})`,
      'If clients cannot reach it either, nobody can revoke.',
      'Start the server, then check the name, the proxy, and its certificate. Some networks reach their own public address only from outside.',
    );
  }
  const body = await response.text().catch(() => '');
  const status = statusIn(body);
  if (response.ok && status === 'ok') return undefined;
  if (response.status === 503) {
    return mustFix(
      'not-ready',
      `${address} says that the server is not ready (${status ?? body.slice(0, 200)})`,
      'A load balancer routes no traffic to it.',
      'If it is taking in rows, wait; else fix what else is found here, and look into its log.',
    );
  }
  return mustFix(
    'public-url-elsewhere',
    `${address} is answered with ${response.status}, and not by Grantkeeper`,
    'Links in the documentation, and its samples, lead to the wrong place.',
    'Set PUBLIC_URL to the address, including the path, under which the proxy serves Grantkeeper.',
  );
}

function statusIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const isObject = typeof parsed === 'object' && parsed !== null && 'status' in parsed;
    return isObject ? String(parsed.status) : undefined;
  } catch {
    return undefined;
  }
}
