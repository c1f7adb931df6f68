/**
 * Run inside a booted kernel: which programs of the sensor attach, and whether a deed of each kind becomes its event.
 * Last, whether all of it can be isolated. Writes a Report as JSON to the file that is named; then two ports of the machine outside.
 */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import type { HookReport } from '@picket/native';
import { FileFlag, ProcessFlag } from '@picket/proto';
import type { SensorEvent } from '../../agent/sensor/event.ts';
import { openEventSource } from '../../agent/sensor/source.ts';
import { tryIsolation } from './isolated.ts';

export interface Report {
  readonly kernel: string;
  readonly hooks: readonly HookReport[];
  readonly fallbacks: readonly string[];
  /** Each thing that was done, and whether the sensor told it as it was. */
  readonly told: Readonly<Record<string, boolean>>;
  /** Counters that are not 0. */
  readonly counters: Readonly<Record<string, number>>;
}

const opens = 50;
const [into = 'report.json', server, other] = process.argv.slice(2);
const folder = mkdtempSync('/run/picket-kernel-');
const file = join(folder, 'opened');
const socket = join(folder, 'socket');
const events: SensorEvent[] = [];

const source = openEventSource({ sampleOneIn: 1, flushMillis: 10, foldMillis: 500 }, event => events.push(event));

const child = spawnSync('/bin/sh', ['-c', 'exit 3']).pid;
writeFileSync(file, 'x');
for (let i = 0; i < opens; i++) closeSync(openSync(file, 'r'));
const port = await talk({ port: 0, host: '127.0.0.1' });
await talk({ path: socket });
const lookup = run('act', 'lookup', '127.0.0.2', 'www.example.com', 'write', '127.0.0.1', '9');
const ring = run('act-uring', 'plain', 'open', file, '/etc/picket-nothing');
const change = run('act-uring', 'plain', 'change', folder);
const reach = run('act-uring', 'plain', 'connect', '127.0.0.1', '9');
const sent = run('act-uring', 'plain', 'send', '127.0.0.1', '9');
const later = run('act-uring', 'async', 'open', file, '/etc/picket-nothing');
const names = run('act', 'change-file', folder);
const refused = run('act', 'execute', file);
const sockets = run('act', 'raw-sockets');
const asNobody = run('act', 'identity');
const tracer = run('act', 'trace');
const loader = run('act', 'kernel', 'picket_test');
const interrupted = run('act', 'interrupted', '127.0.0.1');
const many = run('act', 'send-many', '127.0.0.1', '20001', '20');
const ping = run('act', 'ping', '127.0.0.1', 'raw', 'free');
const clock = run('act', 'clock');
const detached = run('act', 'detached', folder, 'opened');
const put = act('act', 'put', '/dev', folder);
const tmpfs = run('act', 'tmpfs', folder, 'mounted');
const deep = run('act', 'deep', folder, 'd', '1000');
const apart = spawnSync('unshare', ['--net', '--user', '/bin/true']).pid;
const mptcp = act('act', 'carry-mptcp', '127.0.0.1', '0');
const tasks = source.tasks();
await source.close();
const isolated = await tryIsolation(Number(server), Number(other)).catch((error: Error) => ({
  [error.message]: false,
}));

/** Runs a program that stands beside the report (main.ts compiled it), for a moment at most; gives its pid. */
function act(program: string, ...args: string[]) {
  return spawnSync(join(dirname(into), program), args, { timeout: 10_000 });
}

/** The pid of a process that did this. */
function run(program: string, ...args: string[]): number {
  return act(program, ...args).pid;
}

/** Listens, connects to it, says nothing, leaves; gives the port where there is one. */
async function talk(where: { port: number; host: string } | { path: string }): Promise<number> {
  const server = createServer(peer => peer.resume()).listen(where);
  await once(server, 'listening');
  const address = server.address();
  const at = typeof address === 'object' && address ? address.port : 0;
  const client = 'path' in where ? connect(where.path) : connect(at, where.host);
  await once(client, 'connect');
  client.end();
  await once(client, 'close');
  server.close();
  await once(server, 'close');
  return at;
}

type Operated = 'file-change' | 'identity-change' | 'process-access' | 'kernel-change' | 'socket-open';
/** What a process did, by the numbers of the operations, in their order. */
const operations = (kind: Operated, pid: number) =>
  events.flatMap(event => (event.kind === kind && event.pid === pid ? [event.operation] : [])).join();
const counted = (kind: 'connect' | 'close', pid: number) =>
  events.reduce((sum, e) => sum + (e.kind === kind && e.pid === pid && e.result === 0 ? e.count : 0), 0);
const some = (fits: (event: SensorEvent) => boolean) => events.some(fits);
/** Before Linux 5.12 nobody can walk further (`fallbacks`). */
const old = source.fallbacks.some(each => each.startsWith('of a path'));
const apartFlags = ProcessFlag.OWN_USERS | ProcessFlag.OWN_NETWORK;
const own = events.filter(event => event.pid === source.ownPid);
const opened = own.filter(event => event.kind === 'open' && event.path === file && event.flags % 4 === 0);
const report: Report = {
  kernel: release(),
  hooks: source.hooks,
  fallbacks: source.fallbacks,
  told: {
    fork: some(event => event.kind === 'fork' && event.childPid === child),
    exec: some(event => event.kind === 'exec' && event.pid === child && event.image.args === '/bin/sh\0-c\0exit 3\0'),
    exit: some(event => event.kind === 'exit' && event.pid === child && event.code === 3),
    [`open, ${opens} times`]: opened.reduce((sum, event) => sum + event.count, 0) === opens,
    bind: own.some(event => event.kind === 'bind' && event.localPort === port),
    listen: own.some(event => event.kind === 'listen' && event.localPort === port),
    connect: own.some(event => event.kind === 'connect' && event.remotePort === port && event.result === 0),
    accept: own.some(event => event.kind === 'accept' && event.localPort === port),
    'unix-connect': own.some(event => event.kind === 'unix-connect' && event.path === socket),
    close: own.some(event => event.kind === 'close' && event.accepted && event.localPort === port),
    'question for a name': some(event => event.kind === 'name-heard' && event.pid === lookup),
    'io_uring: open': some(
      event => event.kind === 'open' && event.pid === ring && event.path === file && event.inode > 0,
    ),
    'io_uring: open of what is not there': some(
      event =>
        event.kind === 'open' && event.pid === ring && event.path === '/etc/picket-nothing' && event.result === -2,
    ),
    'io_uring: open by a thread of the kernel': some(
      event => event.kind === 'open' && event.pid === later && event.path === file && event.inode > 0,
    ),
    'io_uring: rename': some(event => event.kind === 'file-change' && event.pid === change && event.operation === 1),
    'io_uring: unlink': some(event => event.kind === 'file-change' && event.pid === change && event.operation === 2),
    'io_uring: datagram': some(event => event.kind === 'connect' && event.pid === sent && event.remotePort === 9),
    'io_uring: connect': some(event => event.kind === 'connect' && event.pid === reach && event.result === -111),
    'changes of names and rights': operations('file-change', names) === '6,6,6,7,7,7,8,8,4,5,1,1,3,2,2,2',
    'exec that was refused': some(event => event.kind === 'exec-failed' && event.pid === refused),
    'raw and packet sockets': operations('socket-open', sockets) === '50,51',
    'another user': operations('identity-change', asNobody) === '21,20,20',
    'access to another process': operations('process-access', tracer) === '34,30,31,32,32,31,33',
    'BPF program and map': operations('kernel-change', loader).startsWith('40,47'),
    'who sets the clock': operations('kernel-change', clock).startsWith('46'),
    'connect that was interrupted': counted('connect', interrupted) === 2 && counted('close', interrupted) >= 2,
    'datagrams of one call': counted('connect', many) === 20,
    'packet without a port': counted('connect', ping) === 1,
    'path in a mount that hangs nowhere': some(
      e =>
        e.kind === 'open' &&
        e.pid === detached &&
        Boolean(e.what & FileFlag.FILE_DETACHED) &&
        e.path.endsWith('/opened'),
    ),
    // Before Linux 5.12 there is no mount_setattr.
    ...(put.status === 3
      ? {}
      : {
          'change of a root that hangs nowhere': some(
            e =>
              e.kind === 'file-change' &&
              e.pid === put.pid &&
              e.path === '/' &&
              Boolean(e.what & FileFlag.FILE_DETACHED),
          ),
        }),
    'path in a tmpfs': some(
      e =>
        e.kind === 'open' &&
        e.pid === tmpfs &&
        !(e.what & FileFlag.FILE_DETACHED) &&
        e.path === join(folder, 'mounted'),
    ),
    'path of a thousand names, or its end': some(
      e =>
        e.kind === 'open' &&
        e.pid === deep &&
        (e.path === `${folder}/${'d/'.repeat(1000)}leaf` || Boolean(e.what & FileFlag.FILE_PATH_CUT && old)),
    ),
    'users and network of its own': some(
      e =>
        e.kind === 'exec' && e.pid === apart && (e.image.flags & apartFlags) === apartFlags && e.image.utsNamespace > 0,
    ),
    // Debian's 5.10 is built without it.
    ...(mptcp.status === 3 ? {} : { 'connection of MPTCP': counted('connect', mptcp.pid) === 1 }),
    'the kernel’s tasks': tasks.some(task => task.pid === source.ownPid),
    syscalls: some(event => event.kind === 'syscalls' && event.numbers.length > 0),
    ...isolated,
  },
  counters: Object.fromEntries(Object.entries(source.counters()).filter(([, value]) => value > 0)),
};
writeFileSync(into, JSON.stringify(report));
