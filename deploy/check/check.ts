/** npm run check: types, lint and format, import directions, unused code, shell scripts; a line each, all of them even when one fails. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFiles } from '../setup/fingerprint.mjs';
import { checkDirections } from './directions.ts';

const root = join(import.meta.dirname, '../..');
const programs = join(root, 'node_modules/.bin');
/** Fewer files than this are not the project: the checker has lost its way. */
const leastModules = 60;

interface Outcome {
  readonly passed: boolean;
  /** One short remark for the line, such as how much was looked at. */
  readonly note?: string;
  /** What is wrong, for people. */
  readonly report: string;
}

interface Check {
  readonly name: string;
  /** `undefined`: it can be done here; else why it is left out. */
  readonly leftOut?: string | undefined;
  run(): Promise<Outcome>;
}

function command(program: string, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let report = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (report += text));
    child.once('error', reject);
    child.once('close', code => resolve({ passed: code === 0, report }));
  });
}

/** Against the API as it is now, not as it was when the dashboard was built last. */
async function typesOfDashboard(): Promise<Outcome> {
  const api = await command(process.execPath, 'dashboard/types.ts');
  return api.passed ? command(join(programs, 'tsc'), '-p', 'dashboard/tsconfig.json', '--noEmit') : api;
}

async function directions(): Promise<Outcome> {
  const { modules, violations } = await checkDirections(root);
  const blind =
    modules < leastModules ? [`only ${modules} modules were seen, at least ${leastModules} were expected`] : [];
  const faults = [...violations, ...blind];
  return { passed: faults.length === 0, note: `${modules} modules`, report: faults.join('\n') };
}

const scripts = [
  'install.sh',
  '.ci/run',
  ...['deploy', 'e2e', 'bench'].flatMap(room => sourceFiles(root, room)),
].filter(file => existsSync(join(root, file)) && (file.endsWith('.sh') || file === '.ci/run'));
const shellcheck = spawnSync('shellcheck', ['--version']).status === 0;
const dashboardTypes =
  existsSync(join(root, 'dashboard/lib/api-types.ts')) && existsSync(join(root, 'dashboard/next-env.d.ts'));

const checks: readonly Check[] = [
  { name: 'types', run: () => command(join(programs, 'tsc'), '-p', 'tsconfig.json') },
  {
    name: 'types of the dashboard',
    leftOut: dashboardTypes ? undefined : 'its build has not run yet, and checks them itself',
    run: typesOfDashboard,
  },
  { name: 'lint and format', run: () => command(join(programs, 'biome'), 'check', '--diagnostic-level=error', '.') },
  { name: 'import directions', run: directions },
  { name: 'unused code', run: () => command(join(programs, 'knip'), '--no-progress') },
  {
    name: 'shell scripts',
    leftOut: shellcheck ? undefined : 'shellcheck is not installed',
    run: () => command('shellcheck', ...scripts),
  },
];

const failed: string[] = [];
for (const { name, leftOut, run } of checks) {
  if (leftOut !== undefined) {
    console.log(`- ${name} (left out: ${leftOut})`);
    continue;
  }
  const started = performance.now();
  const { passed, note, report } = await run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${passed ? '✓' : '✗'} ${name} (${seconds} s${note === undefined ? '' : `, ${note}`})`);
  if (!passed) {
    failed.push(name);
    console.log(report.trimEnd().replace(/^/gm, '    '));
  }
}
console.log(failed.length === 0 ? 'All checks passed.' : `${failed.length} failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
