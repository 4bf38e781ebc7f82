import {
  MAX_OVERVIEW_ROWS,
  OVERVIEW_RANGES,
  type EndpointSeen,
  type Overview,
  type SpoolingClient,
} from '../../../protocol/overview.js';
import type { AccessService } from '../accounts/access-service.js';
import type { Session, SessionService } from '../sessions/session-service.js';
import { keptFor } from './kept-for.js';
import { latestOf } from './latest-of.js';
import type { LoadHistory } from './load-history.js';
import type { OverviewService } from './overview-service.js';

/** A numbered stream, as the dump knows it. */
interface Stream {
  readonly id: string;
  /** The id of whose it is; where it is not given, nobody ever had the name that it was sent under. */
  readonly owner?: string | undefined;
  readonly last: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What is looked at in the dump. */
export interface OverviewedDump {
  lastSeq(): number;
  queuedBytes(): number;
  /** Looks at all of its files. */
  measure(): Promise<{ readonly segments: number; readonly bytes: number }>;
  freeBytes(): Promise<number>;
  streams(): Iterable<Stream>;
}

/** What the service of the overview needs. */
export interface OverviewDeps {
  readonly history: Pick<LoadHistory, 'view'>;
  readonly dump: OverviewedDump;
  readonly sessions: Pick<SessionService, 'live'>;
  readonly access: Pick<AccessService, 'assert'>;
  /** What users are called now, by their ids. */
  readonly namesOf: (userIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** How many are connected to the live feed. */
  readonly subscriptions: () => number;
  readonly clock: () => Date;
  /** Milliseconds that pass however the clock is set. */
  readonly now: () => number;
}

/** Whoever asks every second is told something new each time. */
const KEPT_MS = 900;

/** Makes the service of the overview. What is costly to find out is looked at once a second, however many want to see it. */
export function createOverviewService(deps: OverviewDeps): OverviewService {
  const { history, dump, access, clock, subscriptions } = deps;
  const startedAt = clock().toISOString();
  const standing = keptFor(KEPT_MS, deps.now, () => lookAt(deps));

  return {
    overview: async (caller, range) => {
      access.assert(caller, 'messages:read');
      const { size, ...others } = await standing();
      const { until, ...load } = history.view(range);
      return {
        now: clock().toISOString(),
        started_at: startedAt,
        range,
        step: OVERVIEW_RANGES[range],
        until: new Date(until * 1000).toISOString(),
        ...load,
        dump: { last_seq: dump.lastSeq(), ...size, queued_bytes: dump.queuedBytes() },
        ...others,
        subscriptions: subscriptions(),
      };
    },
  };
}

type Standing = Pick<Overview, 'endpoints' | 'endpoint_count' | 'spooling' | 'spooling_count'> & {
  readonly size: Pick<Overview['dump'], 'bytes' | 'segments' | 'free_bytes'>;
};

async function lookAt({ dump, sessions, namesOf }: OverviewDeps): Promise<Standing> {
  const [{ bytes, segments }, freeBytes, open, streams] = await Promise.all([
    dump.measure(),
    dump.freeBytes().catch(() => null),
    latestOf(sessions.live(), MAX_OVERVIEW_ROWS, ({ lastUsedAt }) => lastUsedAt),
    latestOf(dump.streams(), MAX_OVERVIEW_ROWS, ({ at }) => at),
  ]);
  const owners = new Set(streams.latest.flatMap(({ owner }) => owner ?? []));
  const names = await namesOf([...owners]);
  return {
    size: { bytes, segments, free_bytes: freeBytes },
    endpoints: open.latest.map(endpointOf),
    endpoint_count: open.count,
    spooling: streams.latest.map((stream) => spoolingClientOf(stream, names)),
    spooling_count: streams.count,
  };
}

function endpointOf({ userName, endpoint, kind, client, lastUsedAt }: Session): EndpointSeen {
  return {
    user: userName,
    endpoint,
    kind: kind === 'login' ? 'login' : 'handshake',
    client,
    last_seen_at: new Date(lastUsedAt).toISOString(),
  };
}

function spoolingClientOf(
  { owner = '', id, last, at }: Stream,
  names: ReadonlyMap<string, string>,
): SpoolingClient {
  return { user: names.get(owner) ?? null, producer: id, last, last_seen_at: new Date(at).toISOString() };
}
