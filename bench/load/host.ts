/**
 * A host that does what servers do: daemons that open their files and talk to their peers, and programs that are run, load
 * their libraries, read a few files and exit. Programs, files and peers are drawn by Zipf's law.
 */

import { type EventBatchFields, EventKind, FileFlag, ProcessFlag } from '@picket/proto';
import { type Random, seeded, zipf } from './random.ts';

const daemons = [
  'nginx',
  'postgres',
  'sshd',
  'systemd-journald',
  'cron',
  'containerd',
  'node',
  'redis-server',
  'dbus-daemon',
  'rsyslogd',
];
const libraries = [
  'libc.so.6',
  'libselinux.so.1',
  'libpcre2-8.so.0',
  'libm.so.6',
  'libz.so.1',
  'libcrypto.so.3',
  'libssl.so.3',
  'libtinfo.so.6',
];
const users = ['root', 'www-data', 'postgres', 'alice', 'deploy'];

interface Image {
  readonly pid: number;
  readonly startTicks: number;
  readonly exe: string;
  readonly args: string;
  readonly cwd: string;
  readonly user: string;
  readonly uid: number;
  readonly cgroup: string;
  readonly parent: Image | undefined;
}

export interface HostIdentity {
  readonly endpoint: string;
  /** UUID. */
  readonly boot: string;
  /** 16 hex digits. */
  readonly stream: string;
  /** Hosts of one seed do the same things. */
  readonly seed: number;
}

export class SyntheticHost {
  readonly identity: HostIdentity;
  #random: Random;
  #program: () => number;
  #file: () => number;
  #peer: () => number;
  #daemons: Image[];
  #shell: Image;
  #nextPid = 5000;
  #ticks = 100_000;
  #sequence = 0;

  constructor(identity: HostIdentity) {
    this.identity = identity;
    this.#random = seeded(identity.seed);
    this.#program = zipf(150, 1.1, this.#random);
    this.#file = zipf(400, 1.1, this.#random);
    this.#peer = zipf(500, 1.2, this.#random);
    const init = this.#image(1, '/usr/lib/systemd/systemd', '/sbin/init', 0, undefined, '/init.scope');
    this.#daemons = daemons.map((name, i) =>
      this.#image(
        300 + i,
        `/usr/sbin/${name}`,
        `/usr/sbin/${name}\0--config\0/etc/${name}/${name}.conf`,
        i % users.length,
        init,
        `/system.slice/${name}.service`,
      ),
    );
    const session = this.#image(
      900,
      '/usr/sbin/sshd',
      'sshd: alice [priv]',
      3,
      this.#daemons[2],
      '/user.slice/user-1000.slice',
    );
    this.#shell = this.#image(901, '/usr/bin/bash', '-bash', 3, session, '/user.slice/user-1000.slice');
  }

  /** The next `size` events; `now` in microseconds is the time of the last one. */
  batch(size: number, now: number): EventBatchFields {
    const batch = new Columns();
    let time = now - size * 40;
    const at = () => {
      time += 1 + Math.floor(this.#random() * 60);
      return Math.min(time, now);
    };
    while (batch.length < size) {
      if (this.#random() < 0.2) this.#runProgram(batch, at, size);
      else this.#daemonWorks(batch, at, size);
    }
    const first = this.#sequence;
    this.#sequence += size;
    return batch.fields(this.identity, first, now);
  }

  #daemonWorks(batch: Columns, at: () => number, size: number): void {
    const which = Math.floor(this.#random() * this.#daemons.length);
    const daemon = this.#daemons[which]!;
    for (let left = 1 + Math.floor(this.#random() * 8); left > 0 && batch.length < size; left--) {
      const draw = this.#random();
      if (draw < 0.8)
        batch.open(
          at(),
          daemon,
          `/var/lib/${daemons[which]}/${fileName(this.#file())}`,
          draw < 0.2,
          1 + Math.floor(this.#random() * 3),
        );
      else batch.connection(at(), daemon, draw < 0.9, this.#peer(), 1024 + Math.floor(this.#random() * 60_000));
    }
  }

  #runProgram(batch: Columns, at: () => number, size: number): void {
    const rank = this.#program();
    const parent = this.#random() < 0.5 ? this.#shell : this.#daemons[4]!;
    const exe = `/usr/bin/${programName(rank)}`;
    const forked = this.#image(this.#nextPid++, parent.exe, parent.args, 3, parent, parent.cgroup);
    const image: Image = {
      ...forked,
      exe,
      args: `${programName(rank)}\0-v\0--input\0/home/alice/${fileName(this.#file())}`,
    };
    const room = () => batch.length < size;
    if (room()) batch.fork(at(), parent, forked);
    if (room()) batch.exec(at(), image, forked);
    if (room()) batch.open(at(), image, '/etc/ld.so.cache', false, 1);
    for (let i = 0; i <= rank % libraries.length && room(); i++)
      batch.open(at(), image, `/usr/lib/x86_64-linux-gnu/${libraries[i]}`, false, 1);
    if (room()) batch.open(at(), image, '/usr/lib/locale/locale-archive', false, 1);
    for (let left = rank % 5; left > 0 && room(); left--)
      batch.open(at(), image, `/home/alice/${fileName(this.#file())}`, left === 1, 1);
    if (room()) batch.exit(at(), image, this.#random() < 0.03 ? 1 : 0, 1000 + Math.floor(this.#random() * 1e6));
  }

  #image(pid: number, exe: string, args: string, user: number, parent: Image | undefined, cgroup: string): Image {
    this.#ticks += Math.floor(this.#random() * 4);
    return {
      pid,
      startTicks: this.#ticks,
      exe,
      args,
      cwd: pid < 900 ? '/' : '/home/alice',
      user: users[user]!,
      uid: user === 0 ? 0 : 100 + user,
      cgroup,
      parent,
    };
  }
}

const programName = (rank: number) =>
  ['ls', 'cat', 'grep', 'sed', 'git', 'python3.11', 'find', 'make', 'cc1', 'ld', 'curl', 'awk'][rank] ?? `tool-${rank}`;

const fileName = (rank: number) =>
  `${['data', 'cache', 'state', 'project/src', 'log'][rank % 5]}/${['index', 'main', 'segment', 'entry'][rank % 4]}-${rank}.${['db', 'log', 'ts', 'conf'][rank % 4]}`;

/** A batch under construction: the columns of the wire schema. */
class Columns {
  #strings = new Map<string, number>([['', 0]]);
  #images = new Map<Image, number>();
  #processes = {
    pid: [] as number[],
    startTicks: [] as number[],
    parent: [] as number[],
    exe: [] as number[],
    args: [] as number[],
    cwd: [] as number[],
    user: [] as number[],
    cgroup: [] as number[],
    uid: [] as number[],
    euid: [] as number[],
    gid: [] as number[],
    loginuid: [] as number[],
    flags: [] as number[],
  };
  #kinds: number[] = [];
  #times: number[] = [];
  #process: number[] = [];
  #count: number[] = [];
  #execs = { previous: [] as number[], argsBytes: [] as number[], result: [] as number[], asked: [] as number[] };
  #forks = { child: [] as number[] };
  #exits = { code: [] as number[], signal: [] as number[], runMicros: [] as number[] };
  #files = {
    path: [] as number[],
    asked: [] as number[],
    flags: [] as number[],
    what: [] as number[],
    device: [] as number[],
    inode: [] as number[],
    result: [] as number[],
  };
  #network = {
    family: [] as number[],
    protocol: [] as number[],
    localAddress: [] as number[],
    localPort: [] as number[],
    remoteAddress: [] as number[],
    remotePort: [] as number[],
    result: [] as number[],
  };

  get length(): number {
    return this.#kinds.length;
  }

  open(time: number, image: Image, path: string, write: boolean, count: number): void {
    this.#event(EventKind.FILE_OPEN, time, image, count);
    const ref = this.#string(path);
    this.#files.path.push(ref);
    this.#files.asked.push(0);
    this.#files.flags.push(write ? 0o101 : 0o2000000);
    this.#files.what.push(write ? FileFlag.FILE_WRITE : FileFlag.FILE_READ);
    this.#files.device.push(0xfe00001);
    this.#files.inode.push(inodeOf(path));
    this.#files.result.push(0);
  }

  connection(time: number, image: Image, inbound: boolean, peer: number, port: number): void {
    this.#event(inbound ? EventKind.NETWORK_ACCEPT : EventKind.NETWORK_CONNECT, time, image, 1);
    this.#network.family.push(4);
    this.#network.protocol.push(6);
    this.#network.localAddress.push(this.#string('\x0a\x00\x00\x05'));
    this.#network.localPort.push(inbound ? 443 : port);
    this.#network.remoteAddress.push(this.#string(String.fromCharCode(10, 1, peer >> 8, peer & 127)));
    this.#network.remotePort.push(inbound ? port : 5432);
    this.#network.result.push(0);
  }

  fork(time: number, parent: Image, child: Image): void {
    this.#event(EventKind.PROCESS_FORK, time, parent, 1);
    this.#forks.child.push(this.#processRef(child));
  }

  exec(time: number, image: Image, previous: Image): void {
    this.#event(EventKind.PROCESS_EXEC, time, image, 1);
    this.#execs.previous.push(this.#processRef(previous));
    this.#execs.argsBytes.push(image.args.length);
    this.#execs.result.push(0);
    this.#execs.asked.push(this.#string(image.exe));
  }

  exit(time: number, image: Image, code: number, runMicros: number): void {
    this.#event(EventKind.PROCESS_EXIT, time, image, 1);
    this.#exits.code.push(code);
    this.#exits.signal.push(0);
    this.#exits.runMicros.push(runMicros);
  }

  fields(identity: HostIdentity, firstSequence: number, now: number): EventBatchFields {
    return {
      endpointId: identity.endpoint,
      bootId: Buffer.from(identity.boot.replaceAll('-', ''), 'hex'),
      streamId: Buffer.from(identity.stream, 'hex'),
      firstSequence,
      agentVersion: '0.1.0',
      clock: { wallMicros: now, bootMicros: 1_000_000_000 },
      strings: [...this.#strings.keys()].map(text => Buffer.from(text, 'latin1')),
      processes: this.#processes,
      kinds: this.#kinds,
      times: this.#times.map((time, i) => (i === 0 ? time : time - this.#times[i - 1]!)),
      process: this.#process,
      count: this.#count,
      execs: this.#execs,
      forks: this.#forks,
      exits: this.#exits,
      files: this.#files,
      network: this.#network,
    };
  }

  #event(kind: number, time: number, image: Image, count: number): void {
    this.#kinds.push(kind);
    this.#times.push(time);
    this.#process.push(this.#processRef(image));
    this.#count.push(count);
  }

  #string(text: string): number {
    let ref = this.#strings.get(text);
    if (ref === undefined) {
      ref = this.#strings.size;
      this.#strings.set(text, ref);
    }
    return ref;
  }

  /** Place in the process table plus one; ancestors are put there, too. */
  #processRef(image: Image): number {
    const known = this.#images.get(image);
    if (known !== undefined) return known;
    const parent = image.parent ? this.#processRef(image.parent) : 0;
    const columns = this.#processes;
    const ref = columns.pid.push(image.pid);
    this.#images.set(image, ref);
    columns.startTicks.push(image.startTicks);
    columns.parent.push(parent);
    columns.exe.push(this.#string(image.exe));
    columns.args.push(this.#string(image.args));
    columns.cwd.push(this.#string(image.cwd));
    columns.user.push(this.#string(image.user));
    columns.cgroup.push(this.#string(image.cgroup));
    columns.uid.push(image.uid);
    columns.euid.push(image.uid);
    columns.gid.push(image.uid);
    columns.loginuid.push(4294967295);
    columns.flags.push(ProcessFlag.PROCESS_FLAG_NONE);
    return ref;
  }
}

/** A number that looks like an inode's and is the same for the same path (FNV-1a). */
function inodeOf(path: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % 8_000_000;
}
