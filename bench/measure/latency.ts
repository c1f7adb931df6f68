/**
 * From a system call to an alert that the API gives out. Programs that nobody has seen read /etc/shadow, each under a name of
 * its own, so that each makes an alert of its own; the alert says when the kernel saw the call, we when we could read it.
 */

import { execFile } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Api } from './api.ts';

const run = promisify(execFile);

/** Milliseconds between two attacks, between two looks at the API (it allows 50 requests a second), and until we give up. */
const pace = { attack: 150, look: 25, patience: 15_000 };

/** Milliseconds of each alert, at most `attacks` and more where one attack makes several. */
export async function alertLatencies(
  api: Api,
  endpoint: string,
  attacks: number,
  folder: string,
): Promise<{ millis: number[]; missing: number }> {
  const programs = join(folder, 'attacks');
  await mkdir(programs, { recursive: true });
  const millis: number[] = [];
  const known = new Set((await api.newestAlerts(endpoint)).map(alert => alert.id));
  const names = new Set<string>();
  const attacked = new Set<string>();
  let over = false;

  const watching = (async () => {
    for (let until = Number.POSITIVE_INFINITY; Date.now() < until; ) {
      const alerts = await api.newestAlerts(endpoint);
      const readable = Date.now();
      for (const alert of alerts) {
        if (known.has(alert.id)) continue;
        known.add(alert.id);
        // An alert names a program without what is temporary in its path; the last part stays.
        const name = basename(alert.program);
        if (!names.has(name)) continue;
        attacked.delete(name);
        millis.push(readable - microsOf(alert.firstSeenAt) / 1000);
      }
      if (over && attacked.size === 0) return;
      if (over && until === Number.POSITIVE_INFINITY) until = Date.now() + pace.patience;
      await delay(pace.look);
    }
  })();

  for (let i = 0; i < attacks; i++) {
    const name = `reader-${i}`;
    const program = join(programs, name);
    await copyFile('/bin/cat', program);
    names.add(name);
    attacked.add(name);
    await run(program, ['/etc/shadow']);
    await delay(pace.attack);
  }
  over = true;
  await watching;
  return { millis, missing: attacked.size };
}

/** `2026-11-21T03:00:00.123456Z`; Date knows milliseconds only. */
function microsOf(instant: string): number {
  const fraction = /\.(\d+)/.exec(instant)?.[1] ?? '0';
  return Date.parse(instant.replace(/\.\d+/, '')) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
