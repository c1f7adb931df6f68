/**
 * What a host does over a day and an hour, the same for the same seed: the realistic mix of the benchmarks, in it a daemon whose
 * baselines become enforced, and afterwards deviations from them and attacks that rules know. So findings are certain, and
 * one that is missing or counted twice shows.
 */

import type { Columns, Image } from '@picket/bench/load/columns';
import { type HostIdentity, SyntheticHost } from '@picket/bench/load/host';
import { type EventBatchFields, ProcessFlag } from '@picket/proto';

/** Batches in which the daemon only does what it always does: one an hour, enough for its baselines to be enforced. */
export const lessons = 26;
const hour = 3_600_000_000;
const halfMinute = 30_000_000;
/** Events of a batch; the daemon's usual work is half of it. */
export const eventsPerBatch = 120;

/** How often the daemon reads, in so many batches behind the lessons, what it never read before. */
export const strangeReads = (batches: number): number =>
  Array.from({ length: batches }, (_, number) => 1 + (number % 4)).reduce((sum, count) => sum + count, 0);

const usualFiles = ['in', 'out', 'state'].flatMap(folder =>
  [...'abcdefghij'].map(name => `/srv/ledger/${folder}/${name}.book`),
);
const usualTools = [...'abcdefghijklmnopqrstuvwxyz'].map(name => `/usr/lib/ledger/tool-${name}`);

export class Story {
  readonly #host: SyntheticHost;
  readonly #start: number;
  #batches = 0;
  #pid = 70_000;

  /** `start`: microseconds since the epoch, at least 28 hours ago for a story that ends before now. */
  constructor(identity: HostIdentity, start: number) {
    this.#host = new SyntheticHost(identity);
    this.#start = start;
  }

  next(): EventBatchFields {
    const number = this.#batches++;
    const later = number - lessons;
    const now = this.#start + (later < 0 ? number * hour : lessons * hour + later * halfMinute);
    return this.#host.batch(eventsPerBatch, now, (batch, at) => {
      this.#work(batch, at);
      if (later >= 0) this.#attacks(later, batch, at);
    });
  }

  #work(batch: Columns, at: () => number): void {
    for (const file of usualFiles) batch.open(at(), ledger, file, file.includes('/out/'), 1);
    for (const tool of usualTools) this.#runs(ledger, tool, tool, batch, at);
  }

  /** Which of them comes when is a matter of the batch's number alone. */
  #attacks(number: number, batch: Columns, at: () => number): void {
    const place = ['alpha', 'beta', 'gamma'][number % 3];
    batch.open(at(), ledger, `/srv/${place}/page.book`, false, 1 + (number % 4));
    if (number % 2 === 0) this.#runs(ledger, `/usr/bin/python${3 + (number % 3)}`, 'python -', batch, at);
    if (number % 3 === 0) {
      const cat = this.#runs(shell, '/usr/bin/cat', 'cat\0/etc/shadow', batch, at);
      for (let reads = 1 + (number % 2); reads > 0; reads--) batch.open(at(), cat, '/etc/shadow', false, 2);
    }
    if (number % 4 === 1) this.#runs(shell, '/tmp/xmrig', './xmrig\0--donate-level=1', batch, at);
    if (number % 5 === 2) batch.open(at(), shell, '/etc/cron.d/backup', true, 1);
    if (number % 7 === 3) {
      const flags = ProcessFlag.STDIN_SOCKET | ProcessFlag.STDOUT_SOCKET;
      this.#runs(webServer, '/usr/bin/bash', 'bash\0-i', batch, at, flags);
    }
  }

  #runs(parent: Image, exe: string, args: string, batch: Columns, at: () => number, flags = 0): Image {
    const pid = this.#pid++;
    const forked: Image = { ...parent, pid, startTicks: pid, parent };
    const image: Image = { ...forked, exe, args, flags };
    batch.exec(at(), image, forked);
    return image;
  }
}

const root = { cwd: '/', user: 'root', uid: 0 };
const init: Image = {
  ...root,
  pid: 1,
  startTicks: 1,
  exe: '/usr/lib/systemd/systemd',
  args: '/sbin/init',
  cgroup: '/init.scope',
  parent: undefined,
};
const service = (pid: number, exe: string, parent: Image): Image => ({
  ...root,
  pid,
  startTicks: pid,
  exe,
  args: exe,
  cgroup: '/system.slice',
  parent,
});
const ledger = service(60_000, '/usr/sbin/ledgerd', init);
const webServer = service(60_001, '/usr/sbin/lighttpd', init);
const shell = service(60_003, '/usr/bin/bash', service(60_002, '/usr/sbin/ledger-console', init));
