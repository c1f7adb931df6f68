import { setTimeout } from 'node:timers/promises';
import { holder, inUse } from './ports.mjs';
import { progress } from './progress.mjs';

/** A server whose launcher was killed ends by itself, within so long. */
const endingMillis = 15_000;

/**
 * What is in the way of listening. A server of this project may be ending just now (its launcher was killed): it is waited for.
 *
 * @param {Pick<import('./options.mjs').Options, 'ports' | 'listen'>} options
 * @param {number} [patienceMillis]
 * @returns {Promise<string[]>} a line for each port that is taken, in plain words
 */
export async function portsTaken(options, patienceMillis = endingMillis) {
  let taken = await look(options);
  if (!taken.some(({ by }) => isOurs(by))) return taken.map(words);
  const shown = progress('a server that ran before');
  shown.said('has the ports still; waiting for its end');
  for (const until = Date.now() + patienceMillis; Date.now() < until && taken.some(({ by }) => isOurs(by)); ) {
    await setTimeout(250);
    taken = await look(options);
  }
  if (taken.length === 0) shown.done('has ended');
  else shown.failed();
  return taken.map(words);
}

/** @typedef {{ purpose: string, port: number, variable: string, by: ReturnType<typeof holder> }} Taken */

/**
 * @param {Pick<import('./options.mjs').Options, 'ports' | 'listen'>} options
 * @returns {Promise<Taken[]>}
 */
async function look({ ports, listen }) {
  const wanted = [
    { purpose: 'agents', port: ports.ingress, host: listen, variable: 'PICKET_INGRESS_PORT' },
    { purpose: 'the dashboard', port: ports.dashboard, host: listen, variable: 'PICKET_DASHBOARD_PORT' },
    { purpose: 'the API', port: ports.api, host: '127.0.0.1', variable: 'PICKET_API_PORT' },
  ];
  const taken = [];
  for (const { host, ...rest } of wanted) {
    if (await inUse(rest.port, host)) taken.push({ ...rest, by: holder(rest.port) });
  }
  return taken;
}

/** @param {ReturnType<typeof holder>} by */
const isOurs = by => by?.command.includes('services/main/all-in-one.ts') === true;

/** @param {Taken} taken */
function words({ purpose, port, variable, by }) {
  const who = by === undefined ? 'by another process' : `by process ${by.pid} (${by.command.slice(0, 120)})`;
  return isOurs(by)
    ? `Port ${port}, needed for ${purpose}, is in use ${who}: Picket runs here already. Stop it first, or set ${variable} to another port.`
    : `Port ${port}, needed for ${purpose}, is in use ${who}. Stop it, or set ${variable} to another port.`;
}
