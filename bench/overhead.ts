/**
 * What the agent costs other programs: the same work with nobody watching, with Picket's agent, and with others that watch, in turns.
 * A ratio is the median over the rounds of what the work took (the least of some sweeps), divided by the mean of what it took right
 * before and right after with nobody watching: a shared machine is faster and slower by the minute. The agent is measured once it has
 * looked at the programs that ran before it, as on a host that runs for days.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { lossCounters } from '../services/domain/sensor/loss.ts';
import type { Figures } from './bench.ts';
import { obstacle } from './measure/agent.ts';
import { counted, startLoneAgent } from './measure/lone-agent.ts';
import { cpuSecondsOf, memoryOf, tree } from './measure/processes.ts';
import { quantile } from './measure/quantile.ts';
import { auditd, hook, opensnoop, type Watcher } from './overhead/watchers.ts';
import { makeWork, type Task, tasks, type Work } from './overhead/work.ts';

export const about =
  'what the agent costs other programs, as ratios: [--rounds 7] [--idle 30] [--settle 90] [--against hook,opensnoop,auditd|none]';

type Times = Readonly<Partial<Record<Task, number>>>;

const sweeps = 4;
const others: readonly Watcher[] = [hook, opensnoop, auditd];

export async function run(args: readonly string[]): Promise<Figures> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '7' },
      idle: { type: 'string', default: '30' },
      settle: { type: 'string', default: '90' },
      against: { type: 'string', default: 'hook,opensnoop,auditd' },
    },
  });
  const why = obstacle();
  if (why) throw new Error(`overhead can't be measured here: ${why}`);
  const chosen = values.against === 'none' ? [] : values.against.split(',').map(watcherNamed);
  for (const { name, obstacle } of chosen) if (obstacle) say(`${name} is left out: ${obstacle}`);
  const against = chosen.filter(({ obstacle }) => obstacle === undefined);
  const settleMillis = Number(values.settle) * 1000;
  const folder = mkdtempSync(join(tmpdir(), 'picket-overhead-'));
  try {
    const work = await makeWork(folder);
    // Who can't be started is known before the rounds. The others are last, and for good.
    for (const watcher of against.filter(each => each !== auditd)) await (await watcher.start(folder))();
    say('A first round, so that files, headers and the compiler are in the cache …');
    await once(work);
    const rounds = Number(values.rounds);
    const bare: Times[] = [await once(work)];
    const picket: Times[] = [];
    const buildShares: number[] = [];
    const beside = new Map<string, readonly Times[]>();
    let lost = 0;
    for (let round = 1; round <= rounds; round++) {
      say(`Round ${round} of ${rounds} …`);
      const agent = await startLoneAgent(folder);
      try {
        await delay(settleMillis);
        const shares = shareOf(agent.pid, work);
        picket.push(await once(shares.work));
        buildShares.push(shares.ofBuild());
        const { losses } = await agent.status();
        if (Object.keys(losses).length > 0) say(`  its counters: ${JSON.stringify(losses)}`);
        lost += counted(losses, name => lossCounters.includes(name));
      } finally {
        await agent.stop();
      }
      bare.push(await once(work));
      for (const watcher of against.filter(each => each !== auditd)) await turn(watcher);
    }
    // Last, and over the rounds before: after it nothing is as it was without it.
    for (const watcher of against.filter(each => each === auditd)) {
      for (let round = 1; round <= rounds; round++) {
        say(`${watcher.name}, round ${round} of ${rounds} …`);
        await turn(watcher);
      }
    }
    const idle = await idleFigures(Number(values.idle));
    return {
      ...ratios(picket, between(bare)),
      c_build_agent_pct: rounded(quantile(buildShares, 0.5)!),
      ...idle,
      lost,
      ...Object.fromEntries(
        [...beside].flatMap(([name, watched]) =>
          Object.entries(ratios(watched, bare.slice(1))).map(([task, ratio]) => [`${name}.${task}`, ratio]),
        ),
      ),
      ...Object.fromEntries(tasks.map(task => [`bare.${task}`, Math.min(...bare.map(times => times[task]!))])),
    };

    async function turn(watcher: Watcher): Promise<void> {
      const stop = await watcher.start(folder);
      try {
        beside.set(watcher.name, [...(beside.get(watcher.name) ?? []), await once(work, watcher.tasks)]);
      } finally {
        await stop();
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  async function idleFigures(seconds: number) {
    say(`The agent alone: ${settleMillis / 1000} s to settle, ${seconds} s watched …`);
    const agent = await startLoneAgent(folder);
    try {
      await delay(settleMillis);
      const before = cpuSecondsOf(tree(agent.pid));
      await delay(seconds * 1000);
      const pids = tree(agent.pid);
      const share = (cpuSecondsOf(pids) - before) / seconds;
      return { idle_cpu_pct: rounded(share * 100), rss_mb: Math.round(memoryOf(pids) / 2 ** 20) };
    } finally {
      await agent.stop();
    }
  }
}

/**
 * The least of some sweeps over all tasks. What else the machine does makes each slower, never faster, and a shared machine is slow for
 * seconds at a time.
 */
async function once(work: Work, some: readonly Task[] = tasks): Promise<Times> {
  const times: Partial<Record<Task, number>> = {};
  for (let sweep = 0; sweep < sweeps; sweep++)
    for (const task of some) times[task] = Math.min(times[task] ?? Number.POSITIVE_INFINITY, await work[task]());
  return times;
}

/** The work, and how much of one core the process used while the builds ran, in percent. */
function shareOf(pid: number, work: Work) {
  let [cpu, seconds] = [0, 0];
  return {
    work: {
      ...work,
      async c_build() {
        const before = cpuSecondsOf(tree(pid));
        const begun = performance.now();
        const took = await work.c_build();
        cpu += cpuSecondsOf(tree(pid)) - before;
        seconds += (performance.now() - begun) / 1000;
        return took;
      },
    },
    ofBuild: () => (cpu / seconds) * 100,
  };
}

/** The mean of each two that follow each other. */
const between = (all: readonly Times[]): Times[] =>
  all.slice(1).map((after, round) => {
    const before = all[round]!;
    return Object.fromEntries(tasks.map(task => [task, (before[task]! + after[task]!) / 2]));
  });

function ratios(watched: readonly Times[], bare: readonly Times[]): Figures {
  const ratio = (task: Task) =>
    quantile(
      watched.map((times, round) => times[task]! / bare[round]![task]!),
      0.5,
    )!;
  return Object.fromEntries(tasks.filter(task => watched[0]?.[task]).map(task => [task, rounded(ratio(task))]));
}

function watcherNamed(name: string): Watcher {
  const watcher = others.find(each => each.name === name);
  if (watcher) return watcher;
  throw new Error(`--against ${name}: expected ${others.map(each => each.name).join(' or ')}, with commas, or none`);
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const rounded = (value: number) => Math.round(value * 1_000) / 1_000;
