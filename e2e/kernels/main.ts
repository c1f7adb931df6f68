/**
 * The sensor on kernels that this machine does not run: Debian's, booted in QEMU one after the other. For each, which programs
 * attach, which events come and whether the host can be isolated. Slow (no KVM), downloads some 100 MB a kernel, hence no part of
 * `npm test`.
 *
 *   npm run test:kernels [-- SERIES ...]     such as 6.1 6.12; default: 5.10, 6.1, 6.12 and the newest 7
 *
 * Fails when a kernel that could be booted lacks anything; what could not be had is said at the end.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sensorSupport } from '@picket/native';
import { actSources } from '../../agent/sensor/contract/act.ts';
import type { Report } from './report.ts';

const bed = join(import.meta.dirname, 'bed.sh');
const contract = join(import.meta.dirname, '../../agent/sensor/contract');
if (process.argv.includes('--help')) {
  console.log('npm run test:kernels [-- SERIES ...]   such as 6.1 6.12; default: 5.10, 6.1, 6.12 and the newest 7');
  process.exit(0);
}
const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['6.1', '6.12', '7', '5.10'];
const leftOut: string[] = [];
let [whole, lacking] = [0, 0];

/** The Debian packages that the bed needs, by a program of each. */
const tools = {
  'qemu-system-x86_64': 'qemu-system-x86',
  busybox: 'busybox-static',
  cpio: 'cpio',
  modprobe: 'kmod',
  xz: 'xz-utils',
  'apt-get': 'apt',
};
const missing = Object.entries(tools).filter(([program]) => spawnSync('which', [program]).status !== 0);
if (missing.length > 0) {
  console.error(`Missing: ${missing.map(([program]) => program).join(', ')}.`);
  console.error(`Install them (apt-get install ${missing.map(([, its]) => its).join(' ')}) and try again.`);
  process.exit(1);
}
// The kernels boot over this host's files: what can't be loaded here as an addon can't there.
const support = sensorSupport();
if (!support.supported && support.reason.includes('native addon')) throw new Error(support.reason);

const out = mkdtempSync(join(tmpdir(), 'picket-kernel-'));
for (const [act, sources] of Object.entries({ act: actSources, 'act-uring': ['act-uring.c'] }))
  execFileSync('cc', ['-O1', '-pthread', '-o', join(out, act), ...sources.map(name => join(contract, name))]);
const outside = [await echo(), await echo()];

for (const series of wanted) {
  const [kernel, said] = await call('newest', series);
  const problem = kernel === '' ? `the mirror has no such kernel ${said}` : (await call('get', kernel))[1];
  if (problem !== '') leftOut.push(`${series}: ${problem.trim()}`);
  else await show(series, kernel);
}
rmSync(out, { recursive: true, force: true });
for (const each of leftOut) console.log(`\nLEFT OUT  ${each}`);
console.log(`\n${whole} kernels have everything, ${lacking} lack something, ${leftOut.length} were left out`);
process.exit(lacking > 0 || whole === 0 ? 1 : 0);

async function show(series: string, kernel: string): Promise<void> {
  // Once more where nothing came: a kernel patches itself while it boots, which QEMU without KVM at times gets wrong.
  const first = await boot(kernel);
  const report = typeof first === 'string' ? await boot(kernel) : first;
  if (typeof report === 'string') {
    lacking += 1;
    console.log(`\n✖ ${series} (${kernel}): no report came out of it; it said last:\n${report}`);
    return;
  }
  const refused = report.hooks.filter(hook => !hook.attached);
  const untold = Object.keys(report.told).filter(deed => !report.told[deed]);
  const good = refused.length === 0 && untold.length === 0;
  if (good) whole += 1;
  else lacking += 1;
  console.log(`\n${good ? '✔' : '✖'} ${series} (Linux ${report.kernel})`);
  console.log(`  attached: ${names(report.hooks.filter(hook => hook.attached).map(hook => hook.name))}`);
  for (const hook of refused) console.log(`  REFUSED:  ${hook.name}: ${hook.reason}`);
  for (const fallback of report.fallbacks) console.log(`  FALLBACK: ${fallback}`);
  console.log(`  told:     ${names(Object.keys(report.told).filter(deed => report.told[deed]))}`);
  if (untold.length > 0) console.log(`  NOT TOLD: ${names(untold)}`);
  const counters = Object.entries(report.counters).map(([name, value]) => `${name} ${value}`);
  if (counters.length > 0) console.log(`  counters: ${names(counters)}`);
}

/** Gives the report of the kernel, or what the machine said last. */
async function boot(kernel: string): Promise<Report | string> {
  const file = join(out, 'report.json');
  rmSync(file, { force: true });
  const command = `'${process.execPath}' '${join(import.meta.dirname, 'report.ts')}' /out/report.json ${outside.join(' ')}`;
  const [said] = await call('run', kernel, command);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return said.slice(-2_000);
  }
}

function names(list: readonly string[]): string {
  return list.join(', ');
}

/** A port of this machine's loopback, which the guests reach. */
async function echo(): Promise<number> {
  const server = createServer(socket => socket.on('error', () => undefined).pipe(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Calls the bed; gives what it printed and, where it failed, why. */
async function call(...args: string[]): Promise<[output: string, problem: string]> {
  const child = spawn(bed, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, OUT: out, LIMIT: '300' },
  });
  const [stdout, stderr] = await Promise.all(
    [child.stdout, child.stderr].map(async stream => {
      let text = '';
      for await (const chunk of stream.setEncoding('utf8')) text += chunk;
      return text;
    }),
  );
  if (child.exitCode === null) await once(child, 'exit');
  const failed = `${args.join(' ')} failed: ${stderr!.trim().split('\n').slice(-3).join(' ')}`;
  return [stdout!.trim(), child.exitCode === 0 ? '' : failed];
}
