import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';

/** Whom the traffic is from: a header `Authorization` for each kind of caller. */
export interface Callers {
  admin: string;
  person: string;
}

export interface TrafficOptions {
  url: string;
  callers: Callers;
  connections: number;
  seconds: number;
  /** Requests a second of all connections together; by default each sends its next one once the last is answered. */
  rate?: number;
}

/** What came of it. */
export interface Outcome {
  /** How many responses had each status. */
  statuses: Map<number, number>;
  /** Requests without a whole response: the connection broke, or none came within 10 seconds. */
  unanswered: number;
  /** Of the 2xx, in milliseconds, but for the first second, in which connections are made: NaN if there was none. */
  median: number;
  /** 2xx a second. */
  admitted: number;
}

const WARM_UP_MS = 1_000;

/** Connections that begin at different times and with different requests: clients do not all ask the same at once. */
const MAX_GROUPS = 14;

/** Sends ordinary requests in turn, mostly lists, over so many connections. */
export async function sendTraffic(options: TrafficOptions): Promise<Outcome> {
  const { connections, seconds, rate = 0 } = options;
  const statuses = new Map<number, number>();
  const times: number[] = [];
  const begin = performance.now();
  const answered = (status: number, time: number) => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status < 300 && performance.now() - begin > WARM_UP_MS) times.push(time);
  };
  const groups = Math.min(connections, MAX_GROUPS);
  const unanswered = await Promise.all(
    Array.from({ length: groups }, async (_, index) => {
      const own = Math.floor((connections + index) / groups);
      await sleep((index * 1_000) / groups);
      return sendGroup({ ...options, connections: own, rate: (rate * own) / connections }, index, answered);
    }),
  );
  return {
    statuses,
    unanswered: unanswered.reduce((sum, count) => sum + count, 0),
    median: medianOf(times),
    admitted: times.length / (seconds - WARM_UP_MS / 1000),
  };
}

/**
 * Sends the requests of a group of connections.
 *
 * @param first which request is its first, by its place among all
 * @returns how many were not answered
 */
function sendGroup(
  { url, callers, connections, seconds, rate }: TrafficOptions,
  first: number,
  answered: (status: number, time: number) => void,
): Promise<number> {
  const all = mixOf(callers);
  const from = first % all.length;
  const load: autocannon.Options = {
    url,
    connections,
    duration: seconds,
    timeout: 10,
    ...(rate ? { overallRate: Math.max(Math.round(rate), connections) } : {}),
    requests: [...all.slice(from), ...all.slice(0, from)],
  };
  return new Promise((resolve, reject) => {
    const running = autocannon(load, (error, result) => (error ? reject(error) : resolve(result.errors)));
    running.on('response', (_client, status, _bytes, time) => answered(status, time));
  });
}

function mixOf({ admin, person }: Callers): autocannon.Request[] {
  const list = '/api/v1/oauth-grants';
  const get = (path: string, authorization: string): autocannon.Request => ({
    method: 'GET',
    path,
    headers: { authorization },
  });
  return [
    get(`${list}?cursor=first`, admin),
    get('/v1/me/grants', person),
    get(`${list}?cursor=first&client_id=client-1&sort_by=user_name&sort_order=asc`, admin),
    get(`${list}?user_id=person-7`, admin),
    get(`${list}/audit-events?limit=20`, admin),
    get(`${list}?offset=200&limit=50`, admin),
    {
      method: 'POST',
      path: `${list}/revoke`,
      headers: { authorization: admin, 'content-type': 'application/json' },
      body: JSON.stringify({ client_id: 'nobody' }),
    },
  ];
}

/** The median of times, in the unit that they are in. */
export function medianOf(times: number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
