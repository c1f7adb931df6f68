/**
 * Are the columns of a batch what they claim to be? Checked once, where a batch is decoded, so that everything behind it
 * may index them without a thought. A column of a table may be absent (an older agent that does not know it): it reads as zeros.
 */

import { type EventBatch, EventKind } from '@picket/proto';

/** Bounds on what one batch may hold, far above what an agent sends. */
export const limits = {
  events: 65_536,
  strings: 262_144,
  stringBytes: 65_536,
  processes: 65_536,
  /** Bytes of the paths and arguments of all rows. A string is sent once and may stand in every row: 64 kB would become 8 GB. */
  rowBytes: 33_554_432,
} as const;

export type Family = 'execs' | 'forks' | 'exits' | 'files' | 'network' | 'unix' | 'syscalls' | 'changes';

/** The table that holds a kind's own columns, by kind number. */
export const familyOfKind: readonly (Family | undefined)[] = (() => {
  const families: (Family | undefined)[] = [];
  families[EventKind.PROCESS_EXEC] = 'execs';
  families[EventKind.PROCESS_FORK] = 'forks';
  families[EventKind.PROCESS_EXIT] = 'exits';
  families[EventKind.FILE_OPEN] = 'files';
  families[EventKind.NETWORK_CONNECT] = 'network';
  families[EventKind.NETWORK_ACCEPT] = 'network';
  families[EventKind.NETWORK_BIND] = 'network';
  families[EventKind.NETWORK_LISTEN] = 'network';
  families[EventKind.NETWORK_RESOLVE] = 'network';
  families[EventKind.NETWORK_CLOSE] = 'network';
  families[EventKind.UNIX_CONNECT] = 'unix';
  families[EventKind.SYSCALL_SEQUENCE] = 'syscalls';
  families[EventKind.FILE_CHANGE] = 'changes';
  families[EventKind.IDENTITY_CHANGE] = 'changes';
  families[EventKind.PROCESS_ACCESS] = 'changes';
  families[EventKind.KERNEL_CHANGE] = 'changes';
  families[EventKind.SOCKET_OPEN] = 'changes';
  families[EventKind.PROCESS_HIDDEN] = 'changes';
  return families;
})();

/** What a column's numbers may be: any, a reference into `strings`, or a process ref (0 is none). */
type Bound = 'number' | 'string' | 'process';

const processColumns = {
  pid: 'number',
  startTicks: 'number',
  parent: 'process',
  exe: 'string',
  args: 'string',
  cwd: 'string',
  script: 'string',
  user: 'string',
  cgroup: 'string',
  uid: 'number',
  euid: 'number',
  gid: 'number',
  loginuid: 'number',
  flags: 'number',
  mountNamespace: 'number',
  pidNamespace: 'number',
  exeHash: 'string',
  package: 'string',
  loader: 'string',
  capabilities: 'number',
} as const satisfies Record<string, Bound>;

const familyColumns = {
  execs: { previous: 'process', argsBytes: 'number', result: 'number', asked: 'string' },
  forks: { child: 'process' },
  exits: { code: 'number', signal: 'number', runMicros: 'number' },
  files: {
    path: 'string',
    asked: 'string',
    flags: 'number',
    what: 'number',
    device: 'number',
    inode: 'number',
    result: 'number',
  },
  network: {
    family: 'number',
    protocol: 'number',
    localAddress: 'string',
    localPort: 'number',
    remoteAddress: 'string',
    remotePort: 'number',
    result: 'number',
    what: 'number',
    domain: 'string',
    sent: 'number',
    received: 'number',
    runMicros: 'number',
  },
  unix: { path: 'string', result: 'number', what: 'number' },
  syscalls: { thread: 'number', unseen: 'number' },
  changes: {
    operation: 'number',
    path: 'string',
    other: 'string',
    target: 'process',
    value: 'number',
    extra: 'number',
    result: 'number',
    what: 'number',
  },
} as const satisfies Record<Family, Record<string, Bound>>;

type Columns<T extends Record<string, Bound>> = { readonly [Name in keyof T]: readonly number[] };
export type ProcessColumns = Columns<typeof processColumns>;
export type FamilyColumns = { readonly [F in Family]: Columns<(typeof familyColumns)[F]> };

/** A table's columns in the order in which they are checked, and the table that has no rows: small batches lack most. */
interface Table {
  readonly plan: readonly { readonly column: string; readonly name: string; readonly bound: Bound }[];
  readonly none: Readonly<Record<string, readonly number[]>>;
}

const nothing: readonly number[] = [];
const tableOf = (name: string, spec: Record<string, Bound>): Table => ({
  plan: Object.entries(spec).map(([column, bound]) => ({ column, name: `${name}.${column}`, bound })),
  none: Object.fromEntries(Object.keys(spec).map(column => [column, nothing])),
});
const processTable = tableOf('processes', processColumns);
const familyNames = Object.keys(familyColumns) as Family[];
const familyTables = Object.fromEntries(
  familyNames.map(family => [family, tableOf(family, familyColumns[family])]),
) as Record<Family, Table>;

/** The first thing that is wrong with a batch: what, where, expected and found. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** Every table with every column at full length. Throws `Malformed`. */
export function checkColumns(wire: EventBatch): {
  processes: ProcessColumns;
  families: FamilyColumns;
  rows: Uint32Array;
} {
  const events = wire.kinds.length;
  if (events > limits.events) throw new Malformed(`kinds: at most ${limits.events} events expected, ${events} found`);
  if (wire.strings.length > limits.strings) {
    throw new Malformed(`strings: at most ${limits.strings} expected, ${wire.strings.length} found`);
  }
  if (events > 0 && wire.strings[0]?.length !== 0) throw new Malformed('strings: entry 0 must be the empty string');
  const long = wire.strings.findIndex(string => string.length > limits.stringBytes);
  if (long >= 0) {
    throw new Malformed(
      `strings[${long}]: at most ${limits.stringBytes} bytes expected, ${wire.strings[long]!.length} found`,
    );
  }

  const processCount = wire.processes?.pid?.length ?? 0;
  if (processCount > limits.processes) {
    throw new Malformed(`processes: at most ${limits.processes} expected, ${processCount} found`);
  }
  const bounds = {
    number: Number.POSITIVE_INFINITY,
    string: Math.max(wire.strings.length, 1),
    process: processCount + 1,
  };
  const table = ({ plan, none }: Table, of: object | null | undefined, rows: number) => {
    if (!of && rows === 0) return none;
    const columns: Record<string, readonly number[]> = {};
    for (const { column, name, bound } of plan) {
      const values = (of as Record<string, number[]> | null | undefined)?.[column] ?? nothing;
      columns[column] = full(name, values, rows, bounds[bound]);
    }
    return columns;
  };

  exact('times', wire.times, events);
  full('process', wire.process, events, bounds.process, true);
  full('count', wire.count, events, bounds.number, true);
  const { rows, totals } = familyRows(wire.kinds);
  const families: Partial<Record<Family, unknown>> = {};
  for (const family of familyNames) families[family] = table(familyTables[family], wire[family], totals[family]);
  exact('syscalls.numbers', wire.syscalls?.numbers ?? [], totals.syscalls);
  const checked = {
    processes: table(processTable, wire.processes, processCount) as ProcessColumns,
    families: families as FamilyColumns,
    rows,
  };
  checkRowBytes(wire, checked.processes, checked.families);
  return checked;
}

/** What the rows come to when each has its strings, as the store will have them. Throws `Malformed`. */
function checkRowBytes(wire: EventBatch, processes: ProcessColumns, families: FamilyColumns): void {
  let bytes = 0;
  const add = (refs: readonly number[]) => {
    for (let i = 0; i < refs.length; i++) bytes += wire.strings[refs[i]!]?.length ?? 0;
  };
  const { files, execs, network, unix, changes } = families;
  for (const column of [
    processes.args,
    files.path,
    files.asked,
    execs.asked,
    network.domain,
    unix.path,
    changes.path,
    changes.other,
  ])
    add(column);
  for (let i = 0; i < wire.kinds.length; i++) {
    const process = wire.process[i]!;
    if (process !== 0 && wire.kinds[i] === EventKind.PROCESS_EXEC)
      bytes += wire.strings[processes.args[process - 1]!]?.length ?? 0;
  }
  if (bytes > limits.rowBytes) {
    throw new Malformed(`rows: at most ${limits.rowBytes} bytes of paths and arguments expected, ${bytes} found`);
  }
}

/** For each event its row in its family's table, and how many rows each table must have. */
function familyRows(kinds: readonly number[]): { rows: Uint32Array; totals: Record<Family, number> } {
  const totals = { execs: 0, forks: 0, exits: 0, files: 0, network: 0, unix: 0, syscalls: 0, changes: 0 };
  const rows = new Uint32Array(kinds.length);
  for (let i = 0; i < kinds.length; i++) {
    const family = familyOfKind[kinds[i]!];
    if (family) rows[i] = totals[family]++;
  }
  return { rows, totals };
}

function exact(name: string, values: readonly unknown[], length: number): void {
  if (values.length !== length) throw new Malformed(`${name}: ${length} entries expected, ${values.length} found`);
}

/** The column itself, zeros where it is absent; every value a safe integer below `bound`. */
function full(
  name: string,
  values: readonly number[],
  length: number,
  bound: number,
  required = false,
): readonly number[] {
  if (values.length === 0 && !required) return zeros(length);
  exact(name, values, length);
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value >= bound || !Number.isSafeInteger(value)) {
      throw new Malformed(
        `${name}[${i}]: ${Number.isFinite(bound) ? `less than ${bound}` : 'an integer below 2^53'} expected, ${value} found`,
      );
    }
  }
  return values;
}

let shared: readonly number[] = [];
/** At least `length` zeros, shared by all absent columns. */
function zeros(length: number): readonly number[] {
  if (shared.length < length) shared = new Array<number>(length).fill(0);
  return shared;
}
