/**
 * A host that does what servers do: daemons that open their files and talk to their peers, and programs that are run, load
 * their libraries, read a few files and exit. Programs, files and peers are drawn by Zipf's law.
 */

import type { EventBatchFields } from '@picket/proto';
import { type BatchIdentity, Columns, type Image } from './columns.ts';
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

export interface HostIdentity extends BatchIdentity {
  /** Hosts of one seed do the same things. */
  readonly seed: number;
  /** Micros between one event and the next on the average; 40 unless given, a host that is as busy as can be. */
  readonly pace?: number;
}

/** What a host does besides: adds events, each with the next time that `at` gives. */
export type Acts = (batch: Columns, at: () => number) => void;

/** Events of one program that runs, or of a daemon that works, on the average. */
const eventsAtOnce = 6;

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
  readonly #pace: number;

  constructor(identity: HostIdentity) {
    this.identity = identity;
    this.#pace = identity.pace ?? 40;
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

  /** The next `size` events, those of `acts` first; none is later than `now`, microseconds since the epoch. */
  batch(size: number, now: number, acts?: Acts): EventBatchFields {
    const batch = new Columns();
    let time = now - size * this.#pace;
    const at = () => {
      time += 1 + Math.floor(this.#random() * 60);
      return Math.min(time, now);
    };
    acts?.(batch, at);
    while (batch.length < size) {
      // What belongs together happens at once; a quiet host does nothing in between.
      if (this.#pace > 40) time = now - Math.floor((size - batch.length + this.#random() * eventsAtOnce) * this.#pace);
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
