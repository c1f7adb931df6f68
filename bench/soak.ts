/** Whether the agent leaks: mixed load for minutes, its memory and its file descriptors from beginning to end. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { lossCounters } from '../services/domain/sensor/loss.ts';
import type { Figures } from './bench.ts';
import { obstacle } from './measure/agent.ts';
import { compile, counted, startLoneAgent } from './measure/lone-agent.ts';
import { cpuSecondsOf, memoryOf } from './measure/processes.ts';
import { quantile } from './measure/quantile.ts';
import { build, writeProject } from './overhead/build.ts';

export const about = "mixed load, and whether the agent's memory and descriptors stay flat: [--minutes 20]";

interface Look {
  readonly rss: number;
  readonly descriptors: number;
}

const lookMillis = 5_000;

export async function run(args: readonly string[]): Promise<Figures> {
  const { values } = parseArgs({ args: [...args], options: { minutes: { type: 'string', default: '20' } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes was expected to be a number above 0, not ${values.minutes}`);
  const why = obstacle();
  if (why !== undefined) throw new Error(`No agent can be watched here: ${why}`);
  const folder = mkdtempSync(join(tmpdir(), 'picket-soak-'));
  const load = new Load(folder);
  const agent = await startLoneAgent(folder);
  try {
    const looks: Look[] = [];
    const begun = performance.now();
    const cpu = cpuSecondsOf([agent.pid]);
    const end = begun + minutes * 60_000;
    const loading = load.until(end);
    for (let at = begun; at < end; at += lookMillis) {
      await delay(Math.max(0, at + lookMillis - performance.now()));
      looks.push({ rss: memoryOf([agent.pid]), descriptors: readdirSync(`/proc/${agent.pid}/fd`).length });
      if (looks.length % (60_000 / lookMillis) === 0) say(looks, (performance.now() - begun) / 60_000, load.rounds);
    }
    await loading;
    const { eventsSeen, losses } = await agent.status();
    const third = Math.floor(looks.length / 3);
    const [early, late] = [looks.slice(third, 2 * third), looks.slice(2 * third)];
    const rss = (of: readonly Look[]) =>
      quantile(
        of.map(look => look.rss),
        0.5,
      )!;
    return {
      minutes,
      rounds: load.rounds,
      events_seen: eventsSeen,
      rss_mb: megabytes(rss(late)),
      rss_peak_mb: megabytes(Math.max(...looks.map(look => look.rss))),
      /** The median of the last third against that of the second. */
      rss_growth_pct: Math.round((rss(late) / rss(early) - 1) * 1000) / 10,
      fds_begin: looks[0]!.descriptors,
      fds: looks.at(-1)!.descriptors,
      fds_peak: Math.max(...looks.map(look => look.descriptors)),
      cpu_pct: Math.round((cpuSecondsOf([agent.pid]) - cpu) / ((performance.now() - begun) / 100_000)),
      lost: counted(losses, name => lossCounters.includes(name) && !name.startsWith('shed.')),
      shed: counted(losses, name => name.startsWith('shed.')),
    };
  } finally {
    load.stop();
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a busy host does, one thing after the other, with a pause between: half of the time is the host's own. */
class Load {
  readonly #folder: string;
  readonly #storm: string;
  #running: ChildProcess | undefined;
  #stopped = false;
  rounds = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#storm = compile('../../agent/sensor/contract/storm.c', folder, 'storm');
    writeProject(join(folder, 'project'));
    mkdirSync(join(folder, 'files'));
  }

  async until(end: number): Promise<void> {
    const files = join(this.#folder, 'files');
    const work: readonly (() => Promise<unknown>)[] = [
      () => this.#run(this.#storm, 'files', files, '20000'),
      () => this.#run(this.#storm, 'connections', '3000'),
      () =>
        this.#run('/bin/sh', '-c', 'i=0; while [ $i -lt 300 ]; do /bin/cat /etc/hosts >/dev/null; i=$((i+1)); done'),
      () => this.#run(this.#storm, 'paths', files, '1000'),
      () => this.#run(this.#storm, 'arguments', '20'),
      () => this.#run('/usr/bin/find', '/usr/share', '-maxdepth', '3'),
      () => build(join(this.#folder, 'project')),
      () => this.#run('/usr/bin/getent', 'hosts', `soak-${this.rounds}.invalid`),
    ];
    for (let i = 0; performance.now() < end && !this.#stopped; i++) {
      const began = performance.now();
      await work[i % work.length]!();
      if (i % work.length === work.length - 1) this.rounds++;
      await delay(Math.min(performance.now() - began, Math.max(0, end - performance.now())));
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#running?.kill('SIGKILL');
  }

  async #run(program: string, ...args: string[]): Promise<void> {
    this.#running = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    await once(this.#running, 'exit');
  }
}

function say(looks: readonly Look[], minutes: number, rounds: number): void {
  const { rss, descriptors } = looks.at(-1)!;
  process.stdout.write(
    `${minutes.toFixed(0)} min: ${megabytes(rss)} MB, ${descriptors} descriptors, ${rounds} rounds of load\n`,
  );
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);
