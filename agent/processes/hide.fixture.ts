/**
 * Run in a mount namespace of its own (unshare --mount): hides a process as rootkits do, by a mount over its folder in /proc, and
 * prints what the comparison of the views says before, meanwhile and after, as JSON.
 */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { openEventSource } from '../sensor/source.ts';
import { CrossView, procView } from './cross-view.ts';

const source = openEventSource({}, () => undefined);
const view = new CrossView({ procs: [procView()], kernel: () => source.tasks(), active: () => [] });
const find = async () => (await view.find(Date.now() * 1000, () => wait(200))).filter(({ pid }) => pid === child.pid);
const child = spawn('/bin/sleep', ['600'], { stdio: 'ignore' });
const place = `/proc/${child.pid}`;
const decoy = spawn('/bin/sleep', ['601'], { stdio: 'ignore' });

const before = await find();
execFileSync('mount', ['-t', 'tmpfs', 'none', place]);
const covered = await find();
const again = await find();
execFileSync('umount', [place]);
const open = await find();
execFileSync('mount', ['--bind', `/proc/${decoy.pid}`, place]);
const disguised = await find();
execFileSync('umount', [place]);
execFileSync('mount', ['-t', 'tmpfs', 'none', '/proc']);
const all = await view.find(Date.now() * 1000, () => wait(200));
execFileSync('umount', ['/proc']);
console.log(JSON.stringify({ pid: child.pid, before, covered, again, open, disguised, all }));
for (const each of [child, decoy]) {
  each.kill('SIGKILL');
  await once(each, 'exit');
}
await source.close();
