/**
 * npm start: sets up what is missing, runs the server and this host's agent, and ends both in order.
 * Plain JavaScript for any Node from 20, because it runs before anything is installed.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { keepAgent } from './agent.mjs';
import { agentObstacle } from './agent-obstacle.mjs';
import { reachable, readOptions, usage } from './options.mjs';
import { portsTaken } from './ports-taken.mjs';
import { progress } from './progress.mjs';
import { startServer } from './server.mjs';
import { SetupFailed, setUp } from './setup.mjs';
import { enrolThisHost } from './this-host.mjs';

/** @typedef {import('./options.mjs').Options} Options */

const serverGraceMillis = 60_000;
/** How long the agent may take until the server has heard from it. */
const agentPatienceMillis = 30_000;

/** @param {string} line */
const say = line => process.stdout.write(`${line}\n`);

/**
 * @param {Options} options
 * @returns {Promise<number>} exit code
 */
async function start(options) {
  const obstacle = options.agent ? agentObstacle() : undefined;
  const withAgent = options.agent && obstacle === undefined;
  // Before anything is built: what takes minutes must not end with this, nor be built under a server that runs.
  const taken = await portsTaken(options);
  if (taken.length > 0) {
    for (const line of taken) process.stderr.write(`${line}\n`);
    return 1;
  }
  await setUp({ sensor: withAgent, dashboard: true, tests: false });

  /** @type {Promise<void>} */
  const stopped = new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve());
    // npm that was killed can't pass anything on: its end shows by another process becoming our parent.
    const parent = process.ppid;
    if (process.env['npm_lifecycle_event'] !== undefined) {
      setInterval(() => process.ppid === parent || resolve(), 500).unref();
    }
  });
  mkdirSync(options.data, { recursive: true, mode: 0o755 });
  const shown = progress('server');
  const server = startServer(options, shown.said);
  let ready;
  try {
    ready = await Promise.race([server.ready, stopped]);
  } catch (error) {
    shown.failed();
    process.stderr.write(`The server could not start: ${/** @type {Error} */ (error).message}\n`);
    process.stderr.write(`Its log: ${join(options.data, 'log', 'server.log')}\n`);
    return 1;
  }
  if (ready === undefined) {
    shown.failed();
    await server.child.stop(serverGraceMillis);
    say('Stopped before it was ready; nothing is left running.');
    return 0;
  }
  shown.done();

  const log = join(options.data, 'log', 'agent.log');
  let agent;
  let host = obstacle === undefined ? 'no agent runs here (--no-agent)' : `no agent runs here: ${obstacle}`;
  if (withAgent) {
    const enrolled = await enrolThisHost(
      server,
      options,
      `http://${reachable(options)}:${options.ports.ingress}/submit_logs`,
    );
    if ('obstacle' in enrolled) {
      host = `no agent runs here: ${enrolled.obstacle}`;
    } else {
      agent = keepAgent({ config: options.config, log, tell: say });
      host = (await agentSeen(server, enrolled.id, agent, stopped))
        ? `watched by its agent (${enrolled.note})`
        : `${agent.over() ? 'no agent runs here' : 'the agent has not reached the server yet'}; its log: ${log}`;
    }
  }
  sayWhatNext(options, ready.firstAdmin, host, agent !== undefined);

  const how = await Promise.race([server.child.ended, stopped]);
  if (how !== undefined) {
    process.stderr.write(`The server ended (${how}); its last words:\n${server.child.lastWords().join('\n')}\n`);
  }
  const stopping = progress('stopping');
  stopping.said('agent: sends what it still has');
  await agent?.stop();
  stopping.said('server: writes down what it still holds');
  await server.child.stop(serverGraceMillis);
  stopping.done();
  return how === undefined ? 0 : 1;
}

/**
 * @param {import('./server.mjs').Server} server
 * @param {string} id
 * @param {{ over(): boolean }} agent
 * @param {Promise<void>} stopped
 */
async function agentSeen(server, id, agent, stopped) {
  const shown = progress('agent');
  let over = false;
  stopped.then(() => {
    over = true;
  });
  for (const until = Date.now() + agentPatienceMillis; Date.now() < until && !over && !agent.over(); ) {
    if ((await server.endpoint(id)).seen) {
      shown.done();
      return true;
    }
    await setTimeout(200);
  }
  shown.failed();
  return false;
}

/**
 * @param {Options} options
 * @param {{ email: string, password: string } | null} firstAdmin
 * @param {string} host
 * @param {boolean} agent
 */
function sayWhatNext(options, firstAdmin, host, agent) {
  say('');
  say('Picket is running.');
  say(`  Dashboard    http://${reachable(options)}:${options.ports.dashboard}`);
  if (firstAdmin !== null) {
    say(`  First login  ${firstAdmin.email}  password ${firstAdmin.password}`);
    say('               (shown only this once; you choose your own at the first login)');
  }
  say(`  This host    ${host}`);
  say(`  Data, logs   ${options.data}`);
  say('');
  if (agent)
    say('Try next, in another terminal: npm run simulate (harmless attacks, each one an alert in the dashboard).');
  say('Ctrl-C stops everything.');
}

const options = readOptions(process.argv.slice(2), process.env);
if ('error' in options) {
  process.stderr.write(`${options.error}\n\n${usage}`);
  process.exitCode = 64;
} else if (options.help) {
  process.stdout.write(usage);
} else {
  try {
    process.exitCode = await start(options);
  } catch (error) {
    if (!(error instanceof SetupFailed)) throw error;
    process.exitCode = 1;
  }
  process.exit();
}
