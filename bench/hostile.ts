/**
 * A host that does its worst: what the agent holds, what it sheds, and whether the host stays usable. One attack after the other; a
 * person's small command and a look at the agent's status are timed meanwhile.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { mapBytes } from '../agent/sensor/contract/map-bytes.ts';
import type { Figures } from './bench.ts';
import { obstacle } from './measure/agent.ts';
import { compile, counted, type LoneAgent, startLoneAgent } from './measure/lone-agent.ts';
import { cpuSecondsOf, memoryOf } from './measure/processes.ts';
import { quantile } from './measure/quantile.ts';

export const about =
  'a fork bomb, a million files, the longest paths and arguments, 100,000 connections: [--share 1: of all that]';

/** Nobody else's: the limit on its processes is the bomb's alone. */
const bomber = 3_141_592;

export async function run(args: readonly string[]): Promise<Figures> {
  const { values } = parseArgs({ args: [...args], options: { share: { type: 'string', default: '1' } } });
  const share = Number(values.share);
  if (!(share > 0)) throw new Error(`--share was expected to be a number above 0, not ${values.share}`);
  const why = obstacle();
  if (why !== undefined) throw new Error(`No agent can be watched here: ${why}`);
  const folder = mkdtempSync(join(tmpdir(), 'picket-hostile-'));
  const storm = compile('../../agent/sensor/contract/storm.c', folder, 'storm');
  const files = join(folder, 'files');
  mkdirSync(files);
  const times = (count: number) => String(Math.max(1, Math.round(count * share)));
  const attacks: Readonly<Record<string, readonly string[]>> = {
    nothing: [],
    files: ['files', files, times(1_000_000)],
    paths: ['paths', files, times(50_000)],
    arguments: ['arguments', times(2_000)],
    connections: ['connections', times(100_000)],
    forks: ['forks', times(20), '1000', String(bomber)],
  };
  const agent = await startLoneAgent(folder);
  try {
    const maps = mapBytes(agent.pid);
    const figures: Record<string, number | null> = {};
    for (const [name, what] of Object.entries(attacks)) {
      for (const [figure, value] of Object.entries(await endure(agent, what.length > 0 ? [storm, ...what] : undefined)))
        figures[`${name}_${figure}`] = value;
      process.stdout.write(`${name}: ${JSON.stringify(Object.fromEntries(Object.entries(figures).slice(-9)))}\n`);
    }
    const { losses } = await agent.status();
    return {
      ...figures,
      maps_mb: megabytes(maps),
      maps_after_mb: megabytes(mapBytes(agent.pid)),
      shed: counted(losses, name => name.startsWith('shed.')),
      execs_lost: losses['ring.full'] ?? 0,
    };
  } finally {
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the attack to its end (none: for five seconds), looks meanwhile, and waits until the agent has read what was left. */
async function endure(agent: LoneAgent, attack: readonly string[] | undefined): Promise<Record<string, number | null>> {
  const before = await agent.status();
  const cpu = cpuSecondsOf([agent.pid]);
  const began = performance.now();
  let over = false;
  const attacking = attack === undefined ? delay(5_000) : succeeded(attack);
  const ended = attacking.finally(() => {
    over = true;
  });
  let [rss, execs, unanswered] = [0, 0, 0];
  const [commands, answers]: [number[], number[]] = [[], []];
  while (!over) {
    commands.push(await timed(() => succeeded(['/bin/true'])));
    execs++;
    answers.push(
      await timed(() =>
        agent.status().catch(() => {
          unanswered++;
        }),
      ),
    );
    rss = Math.max(rss, memoryOf([agent.pid]));
    await delay(100);
  }
  await ended;
  const seconds = (performance.now() - began) / 1000;
  const after = await caughtUp(agent);
  const grown = (has: (name: string) => boolean) => counted(after.losses, has) - counted(before.losses, has);
  return {
    seconds: Math.round(seconds * 10) / 10,
    events: after.eventsSeen - before.eventsSeen,
    shed: grown(name => name.startsWith('shed.')),
    rss_mb: megabytes(rss),
    agent_cpu_pct: Math.round(((cpuSecondsOf([agent.pid]) - cpu) / seconds) * 100),
    looks: execs,
    command_ms: rounded(quantile(commands, 0.5)),
    command_worst_ms: rounded(quantile(commands, 1)),
    status_worst_ms: rounded(quantile(answers, 1)),
    status_unanswered: unanswered,
  };
}

/** What the agent says once it has nothing more to read: its events and losses stand nearly still. */
async function caughtUp(agent: LoneAgent) {
  for (let last = await agent.status(), patience = 120; ; patience--) {
    await delay(1_000);
    const now = await agent.status();
    if (now.eventsSeen - last.eventsSeen < 2_000 || patience === 0) return now;
    last = now;
  }
}

async function succeeded([program, ...args]: readonly string[]): Promise<void> {
  const child = spawn(program!, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${program} ${args[0] ?? ''} ended with ${code ?? signal}`);
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);
const rounded = (value: number | null) => (value === null ? null : Math.round(value * 10) / 10);
