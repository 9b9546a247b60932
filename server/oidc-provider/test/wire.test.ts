import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { times } from '../../test/effort.ts';
import { Random } from '../../test/grants/interleavings/random.ts';
import { expectNoDifference } from '../../test/grants/read-model/actors.ts';
import { Line } from '../../test/line.ts';
import { useService } from '../../test/service.ts';
import { AuthorizationServer } from './authorization-server.ts';
import { grantsOf, refused, waysToRevoke } from './ways.ts';

/*
 * A provider whose commands are 0 to 20 ms on their way to the database: refreshes race revocations as between machines.
 */

const ROUNDS = Number(process.env.ROUNDS ?? times(3, 25));
/** The longest way of a command, in milliseconds. */
const LONGEST = 20;

/** How many commands a refresh takes, or more. */
const COMMANDS = 16;

const service = useService();
const near = new AuthorizationServer(service);
const far = new AuthorizationServer(service);
const random = new Random(1);
let line: Line;

beforeAll(async () => {
  await near.start();
  const opened = await Line.open(service.uri);
  line = opened.line;
  await far.start(opened.uri);
  line.delay = () => random.below(LONGEST + 1);
});
afterAll(async () => {
  await far.stop();
  line.close();
  await near.stop();
});
beforeEach(() => {
  service.now = new Date();
});

it(
  `of ${ROUNDS} refreshes on a slow line that race as many revocations, no token survives`,
  async () => {
    const ways = waysToRevoke(service);
    const outcomes = { refreshed: 0, refused: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      await service.empty();
      const { refresh_token = '' } = await near.signIn();
      await grantsOf(service);
      const [name, revoke] = random.maybeOf(ways) ?? [];
      // The revocation begins beside any command of the refresh, or after it; in the first round always after it.
      let left = round === 0 ? Number.POSITIVE_INFINITY : random.below(COMMANDS + 1);
      let revoked: ReturnType<NonNullable<typeof revoke>> | undefined;
      far.perform = (command) => {
        if (left === 0) revoked = revoke?.();
        left -= 1;
        return command();
      };
      const next = await far.refresh(refresh_token).catch(refused);
      const answer = await (revoked ?? revoke?.());
      expect(answer?.status, name).toBeLessThan(300);
      outcomes[next ? 'refreshed' : 'refused'] += 1;
      expect(await service.store.refreshTokens.countDocuments({ revoked_at: null }), name).toBe(0);
      expect(await grantsOf(service), name).toMatchObject([{ status: 'revoked' }]);
      if (next?.refresh_token) {
        await expect(near.refresh(next.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
        expect(await near.isActive(next.access_token), name).toBe(false);
      }
      await expectNoDifference(service.model);
    }
    expect(outcomes.refreshed).toBeGreaterThan(0);
    process.stdout.write(`  wire: ${outcomes.refreshed} refreshed, ${outcomes.refused} refused\n`);
  },
  30_000 + ROUNDS * 3_000,
);
