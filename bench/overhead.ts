/**
 * What the agent costs other programs: the same work with nobody watching, with Picket's agent, and with others that watch, in turns.
 * A ratio is the median over the rounds of what the work took, divided by what it took in the same round with nobody watching: a
 * shared machine is faster and slower by the minute, and the parts of a round lie close together.
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
import { auditd, opensnoop, type Watcher } from './overhead/watchers.ts';
import { makeWork, type Task, tasks, type Work } from './overhead/work.ts';

export const about =
  'what the agent costs other programs, as ratios: [--rounds 7] [--idle 30] [--settle 90] [--against opensnoop,auditd|none]';

type Times = Readonly<Record<Task, number>>;

const others: readonly Watcher[] = [opensnoop, auditd];

export async function run(args: readonly string[]): Promise<Figures> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '7' },
      idle: { type: 'string', default: '30' },
      settle: { type: 'string', default: '90' },
      against: { type: 'string', default: 'opensnoop,auditd' },
    },
  });
  const why = obstacle();
  if (why) throw new Error(`overhead can't be measured here: ${why}`);
  const chosen = values.against === 'none' ? [] : values.against.split(',').map(watcherNamed);
  for (const { name, obstacle } of chosen) if (obstacle) say(`${name} is left out: ${obstacle}`);
  const against = chosen.filter(({ obstacle }) => obstacle === undefined);
  const folder = mkdtempSync(join(tmpdir(), 'picket-overhead-'));
  try {
    const work = await makeWork(folder);
    say('A first round, so that files, headers and the compiler are in the cache …');
    await once(work);
    const rounds = Number(values.rounds);
    const bare: Times[] = [];
    const picket: Times[] = [];
    const buildShares: number[] = [];
    const beside = new Map<string, { readonly bare: Times[]; readonly watched: Times[] }>();
    let lost = 0;
    for (let round = 1; round <= rounds; round++) {
      say(`Round ${round} of ${rounds} …`);
      bare.push(await once(work));
      const agent = await startLoneAgent(folder);
      try {
        const shares = shareOf(agent.pid, work);
        picket.push(await once(shares.work));
        buildShares.push(shares.ofBuild());
        const { losses } = await agent.status();
        if (Object.keys(losses).length > 0) say(`  its counters: ${JSON.stringify(losses)}`);
        lost += counted(losses, name => lossCounters.includes(name));
      } finally {
        await agent.stop();
      }
      if (against.includes(opensnoop)) await turn(opensnoop, bare.at(-1)!);
    }
    // Last, and over the rounds before: after it nothing is as it was without it.
    for (const watcher of against.filter(each => each !== opensnoop)) {
      for (let round = 1; round <= rounds; round++) {
        say(`${watcher.name}, round ${round} of ${rounds} …`);
        await turn(watcher, bare[round - 1]!);
      }
    }
    const idle = await idleFigures(Number(values.settle), Number(values.idle));
    return {
      ...ratios(picket, bare),
      c_build_agent_pct: rounded(quantile(buildShares, 0.5)!),
      ...idle,
      lost,
      ...Object.fromEntries(
        [...beside].flatMap(([name, { watched, bare }]) =>
          Object.entries(ratios(watched, bare)).map(([task, ratio]) => [`${name}.${task}`, ratio]),
        ),
      ),
      ...Object.fromEntries(tasks.map(task => [`bare.${task}`, Math.min(...bare.map(times => times[task]))])),
    };

    async function turn(watcher: Watcher, before: Times): Promise<void> {
      const stop = await watcher.start(folder);
      try {
        const { watched, bare } = beside.get(watcher.name) ?? { watched: [], bare: [] };
        watched.push(await once(work));
        bare.push(before);
        beside.set(watcher.name, { watched, bare });
      } finally {
        await stop();
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  /** Once it has looked at the programs that ran before it, as on a host that runs for days. */
  async function idleFigures(settleSeconds: number, seconds: number) {
    say(`The agent alone: ${settleSeconds} s to settle, ${seconds} s watched …`);
    const agent = await startLoneAgent(folder);
    try {
      await delay(settleSeconds * 1000);
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

async function once(work: Work): Promise<Times> {
  const times: Partial<Record<Task, number>> = {};
  for (const task of tasks) times[task] = await work[task]();
  return times as Times;
}

/** The work, and how much of one core the process used while the build ran, in percent. */
function shareOf(pid: number, work: Work) {
  let share = Number.NaN;
  return {
    work: {
      ...work,
      async c_build() {
        const before = cpuSecondsOf(tree(pid));
        const begun = performance.now();
        const least = await work.c_build();
        share = ((cpuSecondsOf(tree(pid)) - before) / ((performance.now() - begun) / 1000)) * 100;
        return least;
      },
    },
    ofBuild: () => share,
  };
}

function ratios(watched: readonly Times[], bare: readonly Times[]): Figures {
  const ratio = (task: Task) =>
    quantile(
      watched.map((times, round) => times[task] / bare[round]![task]),
      0.5,
    )!;
  return Object.fromEntries(tasks.map(task => [task, rounded(ratio(task))]));
}

function watcherNamed(name: string): Watcher {
  const watcher = others.find(each => each.name === name);
  if (watcher) return watcher;
  throw new Error(`--against ${name}: expected ${others.map(each => each.name).join(' or ')}, with commas, or none`);
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const rounded = (value: number) => Math.round(value * 1_000) / 1_000;
