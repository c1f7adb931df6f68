/** npm run cluster: Picket on the engines of large installations, on this machine, until Ctrl-C. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lockFolder } from '../../services/engines/folder-lock.ts';
import { openPassage } from '../../services/engines/postgres-account.ts';
import { dashboardBuilt } from '../../services/main/dashboard.ts';
import { progress } from '../setup/progress.mjs';
import { type Cluster, startCluster } from './cluster.ts';
import { doorsTaken } from './doors.ts';
import { edgeFiles } from './edge-certificate.ts';
import { openJournal } from './journal.ts';
import { type Options, publicUrl, readOptions, submissionUrl, usage } from './options.ts';
import { firstLogin, partsOf } from './parts.ts';
import { answerRemote } from './remote.ts';
import { targetsFile, writeTargets } from './scrape-targets.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);
const complain = (line: string) => void process.stderr.write(`${line}\n`);

/** Gives the exit code. */
async function run(options: Options): Promise<number> {
  mkdirSync(options.data, { recursive: true, mode: 0o711 });
  openPassage(options.data);
  using stack = new DisposableStack();
  const lock = lockFolder(options.data, 'choose another folder with --data');
  stack.defer(() => lock.release());
  const taken = await doorsTaken(options);
  if (taken.length > 0) {
    taken.forEach(complain);
    return 1;
  }
  if (options.dashboard && !dashboardBuilt()) {
    complain('The dashboard has not been built: npm run build -w @picket/dashboard, or start with --no-dashboard');
    return 1;
  }

  const stopping = stopRequested();
  const shown = progress('cluster');
  let cluster: Cluster;
  try {
    const edge = edgeFiles(options, process.env);
    const parts = await partsOf(options, edge, process.env);
    writeTargets(options.data, parts);
    const journal = openJournal(options.data, say);
    cluster = await startCluster(parts, journal, stopping, names => shown.said(`waiting for ${names.join(', ')}`));
  } catch (error) {
    shown.failed();
    if (stopping.aborted) {
      say('Stopped before it was ready; nothing is left running.');
      return 0;
    }
    complain(`The cluster could not start: ${(error as Error).message}`);
    complain(`The logs of its parts: ${join(options.data, 'log')}`);
    return 1;
  }
  shown.done();
  const renewal = setInterval(() => renewCertificate(options, cluster), 6 * 3_600_000);
  summary(options);
  answerRemote(cluster);

  await new Promise(resolve => (stopping.aborted ? resolve(0) : stopping.addEventListener('abort', resolve)));
  clearInterval(renewal);
  const end = progress('stopping');
  await cluster.close();
  end.done();
  return 0;
}

/** Traefik reads its files again on SIGHUP; connections stay. */
function renewCertificate(options: Options, cluster: Cluster): void {
  try {
    if (!edgeFiles(options, process.env).renewed) return;
    const traefik = cluster.parts().find(({ name }) => name === 'traefik')?.pid;
    if (traefik !== undefined) process.kill(traefik, 'SIGHUP');
    say('The certificate was renewed.');
  } catch (error) {
    complain(`The certificate could not be renewed: ${(error as Error).message}`);
  }
}

/** A second one ends at once; the kernel then ends the parts. */
function stopRequested(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => (stop.signal.aborted ? process.exit(130) : stop.abort(new Error(signal))));
  }
  process.on('disconnect', () => stop.abort(new Error('whoever started it has gone')));
  return stop.signal;
}

function summary(options: Options): void {
  const login = firstLogin(options);
  say('');
  say('Picket’s cluster is running.');
  say(`  ${options.dashboard ? 'Dashboard    ' : 'API          '}${publicUrl(options)}`);
  say(`  Agents       ${submissionUrl(options)}`);
  if (login !== undefined) {
    say(`  First login  ${login.email}  password ${login.password}`);
    say('               (you choose your own at the first login)');
  }
  const acme = process.env['PICKET_EDGE_ACME_DOMAIN'];
  if (acme) {
    say(`  Certificate  comes for ${acme} by ACME`);
  } else if (options.certificate === undefined) {
    say(`  Authority    ${join(options.data, 'edge', 'ca.pem')}`);
    say(
      '               (of the certificate: browsers have to be told to trust it, agents are told by their configuration)',
    );
  }
  say(`  Metrics      ${targetsFile(options.data)} names each service's address`);
  say(`  Logs         ${join(options.data, 'log')}, one a part`);
  say(`  Data         ${options.data}`);
  say('');
  say('Ctrl-C stops everything.');
}

const options = readOptions(process.argv.slice(2));
if ('error' in options) {
  complain(`${options.error}\n\n${usage}`);
  process.exitCode = 64;
} else if (options.help) {
  say(usage);
} else {
  try {
    process.exitCode = await run(options);
  } catch (error) {
    complain((error as Error).message);
    process.exitCode = 1;
  }
  process.exit();
}
