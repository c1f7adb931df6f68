/** What the agent costs other programs: the same loops and the same build without and with it, in turns. */

import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { Figures } from './bench.ts';
import { obstacle, startAgent } from './measure/agent.ts';
import { quantile } from './measure/quantile.ts';
import { build, writeProject } from './overhead/build.ts';

export const about = 'open+close, getppid and a C build with and without the agent, as ratios: [--rounds 7]';

interface Round {
  readonly openClose: number;
  readonly getppid: number;
  readonly build: number;
}

const execute = promisify(execFile);
const source = fileURLToPath(import.meta.resolve('./overhead/loops.c'));

export async function run(args: readonly string[]): Promise<Figures> {
  const { values } = parseArgs({ args: [...args], options: { rounds: { type: 'string', default: '7' } } });
  const why = obstacle();
  if (why) throw new Error(`overhead can't be measured here: ${why}`);
  const folder = mkdtempSync(join(tmpdir(), 'picket-overhead-'));
  const loops = join(folder, 'loops');
  const project = join(folder, 'project');
  const subject = join(folder, 'subject');
  await execute('cc', ['-O2', '-o', loops, source]);
  writeFileSync(subject, 'x');
  writeProject(project);
  // Nothing here may block: the agent's submissions are answered by this process.
  const nanos = async (...what: string[]) => Number((await execute(loops, what)).stdout);
  const round = async (): Promise<Round> => ({
    openClose: await nanos('open', subject),
    getppid: await nanos('getppid'),
    build: await fastest(buildsOfRound, () => build(project)),
  });
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"accepted"}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await round(); // Files, headers and the compiler are in the cache from here on.
    const bare: Round[] = [];
    const watched: Round[] = [];
    for (let i = 0; i < Number(values.rounds); i++) {
      bare.push(await round());
      const agent = await startAgent(configuration(port), folder);
      try {
        await attached(folder);
        watched.push(await round());
      } finally {
        await agent.stop();
      }
    }
    return {
      open_close: ratio(watched, bare, each => each.openClose),
      getppid: ratio(watched, bare, each => each.getppid),
      c_build: ratio(watched, bare, each => each.build),
      open_close_bare_ns: least(bare, each => each.openClose),
      getppid_bare_ns: least(bare, each => each.getppid),
      c_build_bare_s: least(bare, each => each.build),
    };
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What else the machine does makes a build slower, never faster. */
const buildsOfRound = 3;

async function fastest(times: number, measure: () => Promise<number>): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < times; i++) best = Math.min(best, await measure());
  return best;
}

const least = (rounds: readonly Round[], of: (round: Round) => number) => Math.min(...rounds.map(of));

/** The median of the rounds: a shared machine is faster and slower by the minute, and both halves of a round lie close together. */
const ratio = (watched: readonly Round[], bare: readonly Round[], of: (round: Round) => number) =>
  Math.round(
    quantile(
      watched.map((round, i) => of(round) / of(bare[i]!)),
      0.5,
    )! * 1_000,
  ) / 1_000;

const configuration = (port: number) =>
  [
    `api=http://127.0.0.1:${port}/submit_logs`,
    `key=${randomBytes(32).toString('base64url')}`,
    'name=overhead',
    `id=${randomUUID()}`,
    'buffer_size=20000',
    'batch_size=1000',
  ].join('\n');

/** Waits until the agent's log says that it watches. */
async function attached(folder: string): Promise<void> {
  for (let patience = 200; patience > 0; patience--) {
    const log = join(folder, 'agent.log');
    const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
    if (/watching/i.test(text)) return;
    await delay(100);
  }
  throw new Error(`The agent did not start within 20 s: ${readFileSync(join(folder, 'agent.log'), 'utf8')}`);
}
