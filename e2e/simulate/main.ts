/** npm run simulate: harmless attacks on this host, each of which Picket has to show as an alert. `usage` says how it is called. */

import { parseArgs } from 'node:util';
import { watchAlerts } from './alert-watch.ts';
import type { Scenario } from './scenario.ts';
import { credentialRead } from './scenarios/credential-read.ts';
import { cronJob } from './scenarios/cron-job.ts';
import { droppedBinary } from './scenarios/dropped-binary.ts';
import { memfdExecution } from './scenarios/memfd-execution.ts';
import { reverseShell } from './scenarios/reverse-shell.ts';
import { systemdUnit } from './scenarios/systemd-unit.ts';

const scenarios: readonly Scenario[] = [
  credentialRead,
  reverseShell,
  droppedBinary,
  cronJob,
  systemdUnit,
  memfdExecution,
];

/** Past this an alert that is not there is taken for missing; one that comes later than `--within` is late. */
const patienceMillis = 15_000;

const usage = `npm run simulate -- [--wait] [--within SECONDS] [--only NAME]

Attacks this host, harmlessly, and undoes it: ${scenarios.map(({ name }) => name).join(', ')}.

  --wait             ask the API for each alert: PICKET_TOKEN is a bearer token (POST /api/v1/login gives one), PICKET_API where
                     it listens (default http://127.0.0.1:3001)
  --within SECONDS   after which an alert is late (default 2)
  --only NAME        this attack alone
`;

const values = options();
const within = Number(values.within) * 1000;
const token = process.env['PICKET_TOKEN'];
if (values.wait && !token) {
  console.error('--wait asks the API, and needs a bearer token in PICKET_TOKEN (POST /api/v1/login gives one)');
  process.exit(64);
}
const watch =
  values.wait && token ? watchAlerts(process.env['PICKET_API'] ?? 'http://127.0.0.1:3001', token) : undefined;
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

const chosen = scenarios.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  console.error(`There is no ${values.only}; there are: ${scenarios.map(({ name }) => name).join(', ')}`);
  process.exit(64);
}

const unheard = await watch?.obstacle();
if (unheard !== undefined) {
  console.error(unheard);
  process.exit(1);
}

let failed = 0;
for (const scenario of chosen) {
  if (stopping.signal.aborted) break;
  const obstacle = scenario.obstacle();
  if (obstacle !== undefined) {
    console.log(`- ${scenario.name} left out: ${obstacle}`);
    continue;
  }
  const since = new Date();
  await attack(scenario);
  console.log(`${scenario.name}: ${scenario.does}`);
  if (watch === undefined) {
    console.log(`  look for an alert of ${scenario.detectors.join(' or ')}`);
    continue;
  }
  const millis = await watch.alertAfter(scenario.detectors, since, patienceMillis);
  if (millis !== undefined && millis <= within) {
    console.log(`  ✓ alert after ${millis} ms (${scenario.detectors.join(', ')})`);
  } else {
    failed++;
    console.log(
      `  ✗ ${millis === undefined ? 'no alert' : `alert only after ${millis} ms`} (${scenario.detectors.join(', ')})`,
    );
  }
}
if (stopping.signal.aborted) console.log('Stopped; everything was undone.');
else if (watch === undefined)
  console.log('All done and undone. The alerts are in the dashboard, at the address that npm start has shown.');
process.exitCode = failed > 0 || stopping.signal.aborted ? 1 : 0;

/** Whatever happens, what the attack left is undone. */
async function attack({ run }: Scenario): Promise<void> {
  using undo = new DisposableStack();
  try {
    await run(undo, stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  }
}

/** Ends the process where it was asked for help, or for what there is not. */
function options() {
  const known = {
    wait: { type: 'boolean', default: false },
    within: { type: 'string', default: '2' },
    only: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  try {
    const { values: given } = parseArgs({ options: known });
    if (!given.help) return given;
    process.stdout.write(usage);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(64);
  }
  process.exit(0);
}
