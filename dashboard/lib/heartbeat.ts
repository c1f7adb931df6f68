/** The agent's word about itself. The API passes it on as it came, so each member is looked at before it is believed. */

export interface Hook {
  readonly name: string;
  readonly attached: boolean;
  readonly reason: string;
}

export interface Heartbeat {
  readonly hostname: string | undefined;
  readonly os: string | undefined;
  readonly kernel: string | undefined;
  readonly architecture: string | undefined;
  readonly rssBytes: number | undefined;
  readonly spoolBytes: number | undefined;
  readonly spoolBatches: number | undefined;
  readonly eventsSeen: number | undefined;
  /** Share of one processor since the agent started. */
  readonly cpuShare: number | undefined;
  readonly startedMicros: number | undefined;
  readonly hooks: readonly Hook[];
  /** What its kernel has the sensor do in another way, each in words. */
  readonly fallbacks: readonly string[];
}

type Members = Readonly<Record<string, unknown>>;

const text = (members: Members, name: string): string | undefined => {
  const value = members[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

// 64-bit numbers may arrive as strings.
const number = (members: Members, name: string): number | undefined => {
  const value = members[name];
  const result = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof result === 'number' && Number.isFinite(result) && result >= 0 ? result : undefined;
};

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param at when the heartbeat was made, RFC 3339 */
export function readHeartbeat(members: Members, at: string | null): Heartbeat {
  const cpu = number(members, 'cpuMicros');
  const startedMicros = number(members, 'startedMicros');
  const lived = startedMicros === undefined || at === null ? 0 : Date.parse(at) * 1000 - startedMicros;
  const hooks: unknown = members['hooks'];
  const fallbacks: unknown = members['fallbacks'];
  return {
    hostname: text(members, 'hostname'),
    os: text(members, 'os'),
    kernel: text(members, 'kernel'),
    architecture: text(members, 'architecture'),
    rssBytes: number(members, 'rssBytes'),
    spoolBytes: number(members, 'spoolBytes'),
    spoolBatches: number(members, 'spoolBatches'),
    eventsSeen: number(members, 'eventsSeen'),
    cpuShare: cpu !== undefined && lived > 0 ? cpu / lived : undefined,
    startedMicros,
    hooks: (Array.isArray(hooks) ? hooks : []).filter(isMembers).map(hook => ({
      name: text(hook, 'name') ?? 'unnamed',
      attached: hook['attached'] === true,
      reason: text(hook, 'reason') ?? '',
    })),
    fallbacks: (Array.isArray(fallbacks) ? fallbacks : []).filter(words => typeof words === 'string'),
  };
}
