/** What is timed while somebody watches, or nobody: loops of one system call, a search, a build. */

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build, writeProject } from './build.ts';

const execute = promisify(execFile);
const source = fileURLToPath(import.meta.resolve('./loops.c'));

/** The keys of the figures. */
export const tasks = ['open_close', 'open_10k', 'getppid', 'fork_exec', 'tcp_connect', 'find', 'c_build'] as const;
export type Task = (typeof tasks)[number];

/** Each gives nanoseconds of one system call or program, CPU nanoseconds of the search, or seconds of the build. */
export type Work = Readonly<Record<Task, () => Promise<number>>>;

/**
 * One search right after the other. A kernel that reclaims what nobody touched for half a minute (DAMON) makes the first one three times
 * as dear as those after it, with or without a watcher: what it costs is reading directories back in, not being watched.
 */
const searches = 3;

/** Makes what the work needs in `folder`. */
export async function makeWork(folder: string): Promise<Work> {
  const loops = join(folder, 'loops');
  const many = join(folder, 'many');
  const project = join(folder, 'project');
  const subject = join(folder, 'subject');
  await execute('cc', ['-O2', '-o', loops, source]);
  mkdirSync(many);
  writeFileSync(subject, 'x');
  writeProject(project);
  const nanos = async (...what: string[]) => Number((await execute(loops, what)).stdout);
  return {
    open_close: () => nanos('open', subject),
    open_10k: () => nanos('opens', many, '10000'),
    getppid: () => nanos('getppid'),
    fork_exec: () => nanos('exec', '/bin/true'),
    tcp_connect: () => nanos('connect'),
    find: () => leastOf(searches, () => nanos('cpu', 'find', '/usr', '-xdev', '-type', 'f')),
    c_build: () => build(project),
  };
}

async function leastOf(times: number, measure: () => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < times; turn++) least = Math.min(least, await measure());
  return least;
}
