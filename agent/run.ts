/** The agent: a config and a run. Reads from top to bottom: lock, spool, processes, sensor, heartbeat; and ends in reverse. */

import { bootMicros, notifyService, releaseUnused, type SentSignal, sensorSupport } from '@picket/native';
import type { Logger } from 'pino';
import { optionDigests } from './config/digest.ts';
import type { LoadedConfig } from './config/load.ts';
import { type HeartbeatSources, heartbeat } from './health/heartbeat.ts';
import { HeldUp } from './health/held-up.ts';
import { thisHost } from './health/host.ts';
import { Losses } from './health/losses.ts';
import { runBefore, witnessFile, writeMark } from './health/previous-run.ts';
import { type KnownProcesses, senderOf } from './health/sender.ts';
import { type ServiceEnvironment, serviceManager } from './health/service-manager.ts';
import { type AgentStatus, serveStatus } from './health/status.ts';
import { isUninstalling } from './health/uninstalling.ts';
import { makeMask } from './masking/mask.ts';
import { Pipeline } from './pipeline.ts';
import { Environments } from './processes/environment.ts';
import { Executables } from './processes/executables.ts';
import { lookForHidden } from './processes/hidden-rounds.ts';
import { packageOwners } from './processes/packages.ts';
import { hostFiles, processOfThread, readProcess, readProcesses } from './processes/proc.ts';
import { ProcessTable } from './processes/table.ts';
import { UserNames } from './processes/users.ts';
import { HostNetwork, hostPlaces, type NetworkPlaces } from './response/host-network.ts';
import { Responder } from './response/responder.ts';
import { Transport, type TransportOptions } from './sending/transport.ts';
import { type EventSource, openEventSource } from './sensor/source.ts';
import { makeSpoolFolder } from './spool/folder.ts';
import { version } from './version.ts';

const heartbeatMillis = 10_000;
/** How often the agent looks whether it was held up. */
const heldUpMillis = 2_000;
/** When unused memory is given back: a start needs twice of what comes after it, so may a burst; what is used after all is paged in again. */
const releaseMillis = { first: 30_000, later: 180_000 };
/** How often events are asked for that wait for more of their kind. */
const dueMillis = 2_000;
/** How long a stop may go on sending; what is left is in the spool. */
const stopMillis = 3_000;

export interface RunningAgent {
  /** Stops in order: no more events, the last batch spooled, sent if the server takes it, files closed. `signal`: what asked for it. */
  close(signal: number): Promise<void>;
  status(): AgentStatus;
}

/** This host cannot be watched; the message says why and what to do. */
export class CannotWatch extends Error {
  override readonly name = 'CannotWatch';
}

/**
 * Rejects with `CannotWatch`, with `WrongOption` where the spool's folder can't be used, or with the system's error where it is in use.
 * `isolated`: what a command to isolate takes hold of; all of this host, but for tests.
 */
export async function runAgent(
  { config, ca }: LoadedConfig,
  log: Logger,
  environment: ServiceEnvironment,
  isolated: () => NetworkPlaces = () => hostPlaces(config.id),
): Promise<RunningAgent> {
  const support = sensorSupport();
  if (!support.supported) throw new CannotWatch(support.reason);

  const startedAt = Date.now();
  const service = serviceManager(environment, process.pid, notifyService);
  makeSpoolFolder(config.spool_directory);
  // First of all: it fails where another agent has this spool.
  const statusServer = await serveStatus(config.spool_directory, () => status());

  let source: EventSource | undefined;
  let responder: Responder | undefined;
  const host = thisHost();
  const users = new UserNames();
  const losses = new Losses(() => source?.counters() ?? {});
  const count = (loss: string) => losses.add(loss);
  const files = hostFiles();
  const executables = new Executables({
    count,
    host: files,
    owners: packageOwners(),
  });
  const environments = new Environments();
  const processes = new ProcessTable({
    executable: image => executables.of(image),
    maskArgs: config.masking ? makeMask(config.masking_pattern) : args => args,
    userName: uid => users.name(uid),
    readProcess: pid => (seesOthers() ? readProcess(pid, { count }) : undefined),
    processOfThread: thread => (seesOthers() ? processOfThread(thread) : 0),
    readLoader: image => (seesOthers() ? environments.loader(image, performance.now()) : undefined),
    count,
  });
  const addresses = () => responder?.isolation?.addresses;
  const server: TransportOptions = { api: config.api, id: config.id, key: config.key, ca, addresses };
  const pipeline = new Pipeline({
    transport: { ...server, commandsWait: () => responder?.ask() },
    batchSize: config.batch_size,
    bufferSize: config.buffer_size,
    flushMillis: config.flush_interval,
    spoolFolder: config.spool_directory,
    spoolBytes: config.spool_size,
    boot: host.boot,
    version,
    processes,
    losses,
    log,
    bootMicros,
    hostNamespace: files.namespace,
  });

  try {
    source = openEventSource({ ignoreSelf: true }, event => {
      pipeline.record(event);
      heldUp.read(event.time);
    });
  } catch (error) {
    await pipeline.close(0);
    statusServer.close();
    throw new CannotWatch(error instanceof Error ? error.message : String(error));
  }
  // After the sensor, so that no process falls between; its first events wait until this is through.
  processes.addFound(seesOthers() ? readProcesses({ count }) : []);
  pipeline.start();

  const { hooks, fallbacks } = source;
  for (const hook of hooks.filter(({ attached }) => !attached)) {
    log.warn({ hook: hook.name, why: hook.reason }, 'A kernel program is not attached; what it would see is missing');
  }
  if (fallbacks.length > 0) log.info({ fallbacks }, 'This kernel lacks something that the sensor does in another way');
  if (!seesOthers()) {
    log.warn(
      'The agent runs in a pid namespace: of processes that ran before it only their numbers are known; run it on the host itself (containers: --pid=host)',
    );
  }
  const network = new HostNetwork(config.api, isolated);
  const questions = new Transport({ ...server, keepAlive: false });
  if (config.command_key) {
    responder = new Responder({
      ...{
        key: config.command_key,
        endpoint: config.id,
        boot: host.boot,
        folder: config.spool_directory,
        network,
        log,
      },
      transport: questions,
      seesOthers: seesOthers(),
      lose: name => losses.add(name),
    });
    responder.start();
  } else {
    log.info('No command_key in the configuration: commands of the server are not obeyed');
  }
  const eventsSeen = () => pipeline.recorder.seen;
  const known: KnownProcesses = {
    userName: uid => users.name(uid),
    find(pid, startTicks) {
      const image = processes.current(pid, startTicks, Date.now() * 1000);
      return image.exe === '' ? undefined : image;
    },
  };
  const sentBy = (sent: SentSignal | undefined) => sent && senderOf(sent, known, bootMicros());
  const folder = config.spool_directory;
  const before = runBefore(folder, host.boot, bootMicros());
  const witness = source.startWitness(witnessFile(folder), () => losses.add('witness.lost'));
  const startedMicros = startedAt * 1000;
  const mark = (inOrder: boolean) =>
    writeMark(folder, { boot: host.boot, startedMicros, aliveMicros: Date.now() * 1000, inOrder });
  const heldUp = new HeldUp(heldUpMillis, performance.now(), sent => senderOf(sent, known, bootMicros()));
  const sources: HeartbeatSources = {
    ...{ host, startedMicros, spool: pipeline.spool, eventsSeen, bootMicros },
    hooks: () => source?.hooks ?? [],
    fallbacks,
    heldUp: () => heldUp.told,
    intervalMillis: heartbeatMillis,
    options: optionDigests(config),
    previous: { end: before.end, aliveMicros: before.aliveMicros, by: sentBy(before.signal) ?? null },
  };
  const beat = () => {
    users.refresh();
    mark(false);
    const counters = losses.news();
    if (counters.length > 0)
      log.info({ counters }, 'Counted for the first time since the start; status says how often');
    pipeline.beat(heartbeat(sources));
    service.status(summary(status()));
  };
  beat();
  const heartbeatTimer = setInterval(beat, heartbeatMillis);
  const lookForStall = () => {
    const clocks = { steadyMillis: performance.now(), now: Date.now() * 1000, boot: bootMicros() };
    return heldUp.look({ ...clocks, stop: source?.signal('stop') });
  };
  const heldUpTimer = setInterval(() => lookForStall() && beat(), heldUpMillis);
  const stopLooking = lookForHidden({
    kernel: () => (seesOthers() ? (source?.tasks() ?? []) : []),
    active: sinceMicros => processes.active(sinceMicros),
    record: event => pipeline.record(event),
    log,
  });
  const dueTimer = setInterval(() => pipeline.tellDue(Date.now() * 1000), dueMillis);
  const firstReleaseTimer = setTimeout(releaseUnused, releaseMillis.first);
  const releaseTimer = setInterval(releaseUnused, releaseMillis.later);
  const aliveTimer = service.aliveEveryMillis && setInterval(() => service.alive(), service.aliveEveryMillis);
  service.ready();
  log.info(
    { endpoint: config.id, name: config.name, api: config.api.href, version, processes: processes.size },
    'Watching this host',
  );

  /** Whether /proc counts processes as the kernel does; in a pid namespace its numbers are others, and those of few. */
  function seesOthers(): boolean {
    return source === undefined || source.ownPid === process.pid;
  }

  function status(): AgentStatus {
    const { spool, backlog, submitter } = pipeline;
    const cpu = process.cpuUsage();
    return {
      pid: process.pid,
      version,
      endpoint: config.id,
      name: config.name,
      api: config.api.href,
      startedAt,
      sending: submitter.state,
      eventsSeen: pipeline.recorder.seen,
      queue: {
        events: spool.unsentEvents,
        batches: spool.unsentBatches,
        eventsInMemory: backlog.memoryEvents,
        spoolBytes: spool.bytes,
        spoolCapacity: config.spool_size,
      },
      processes: processes.size,
      losses: losses.all(),
      hooks: source?.hooks ?? [],
      fallbacks: source?.fallbacks ?? [],
      isolation: responder?.isolation ?? null,
      rssBytes: process.memoryUsage.rss(),
      cpuMicros: cpu.user + cpu.system,
    };
  }

  return {
    status,
    async close(signal) {
      const uninstalling = isUninstalling();
      service.stopping();
      await responder?.close();
      questions.close();
      clearInterval(heartbeatTimer);
      clearInterval(heldUpTimer);
      lookForStall();
      const hooksAtEnd = source?.hooks ?? [];
      const sent = source?.signal('end');
      clearTimeout(firstReleaseTimer);
      clearInterval(releaseTimer);
      stopLooking();
      clearInterval(dueTimer);
      await source?.close();
      await executables.close();
      pipeline.tellDue(Date.now() * 1000, true);
      // After the sensor, whose last events say who the sender is.
      heldUp.settle();
      const stopping = sent?.signal === signal ? sentBy(sent) : { signal, atMicros: Date.now() * 1000 };
      const ending = stopping && { signal: stopping, uninstalling };
      pipeline.farewell(heartbeat({ ...sources, hooks: () => hooksAtEnd }, ending));
      await pipeline.close(stopMillis);
      mark(true);
      witness.dismiss();
      if (aliveTimer) clearInterval(aliveTimer);
      statusServer.close();
      const { queue, sending } = status();
      log.info(
        { sent: sending.acceptedEvents, kept: queue.events },
        'Stopped; what the server has not taken is in the spool',
      );
    },
  };
}

/** One line for `systemctl status`. */
function summary({ sending, queue, eventsSeen }: AgentStatus): string {
  const waiting = queue.events > 0 ? `, ${queue.events} waiting` : '';
  return `${sending.state}; ${eventsSeen} events seen${waiting}${sending.trouble ? `; ${sending.trouble}` : ''}`;
}
