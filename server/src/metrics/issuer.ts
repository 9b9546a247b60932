import { Counter, type Registry } from 'prom-client';
import type { IssuerKeys } from '../http/issuer-keys.ts';
import { KnownGauge } from './known-gauge.ts';

/**
 * Metrics of the issuer's keys, as they are known: nothing is fetched for them.
 *
 * @returns brings them up to date
 */
export function issuerMetrics(registry: Registry, issuer: Pick<IssuerKeys, 'facts'>): () => void {
  const gauge = (name: string, help: string) => new KnownGauge(registry, `grantkeeper_issuer_${name}`, help);
  const up = gauge(
    'up',
    "1 if the issuer's latest answer to a request for its keys could be used, otherwise 0.",
  );
  const keys = gauge('keys', 'Keys that are known.');
  const age = gauge('keys_age_seconds', 'How long ago they were fetched; absent if they never were.');
  const took = gauge('answer_seconds', 'How long the issuer took to answer, or was waited for, last time.');
  const ahead = gauge(
    'clock_ahead_seconds',
    "How far the clock of this machine is ahead of the issuer's; negative if it is behind.",
  );
  const rotations = new Counter({
    name: 'grantkeeper_issuer_rotations_total',
    help: 'How often the issuer was found to publish other keys than before.',
    registers: [registry],
  });
  return () => {
    const facts = issuer.facts;
    up.show(facts.isUp === undefined ? undefined : Number(facts.isUp));
    keys.show(facts.count);
    age.show(facts.age === undefined ? undefined : facts.age / 1_000);
    took.show(facts.took === undefined ? undefined : facts.took / 1_000);
    ahead.show(facts.clock && facts.clock.ahead / 1_000);
    rotations.reset();
    rotations.inc(facts.rotations);
  };
}
