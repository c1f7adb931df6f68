import { type AgentStatus, askStatus } from '../health/status.ts';
import type { Command } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { loadOrComplain } from './load-or-complain.ts';

export const showStatus: Command = {
  name: 'status',
  about: 'show how the running agent does',
  help: `Asks the running agent: does it reach its server, what waits to be sent, what was lost, which kernel programs are
attached. Exit code 0 when an agent runs on this configuration's spool, 3 when none does.`,
  options: ['config', 'json'],
  async run({ config: file, json }) {
    const loaded = loadOrComplain(file);
    if (!loaded) return exitCodes.config;
    const status = await askStatus(loaded.config.spool_directory);
    if (json) console.log(JSON.stringify(status ?? null, null, 2));
    else if (status) console.log(describeStatus(status, Date.now()));
    else console.log('The agent is not running (or this user may not ask it: try as root).');
    return status ? exitCodes.ok : exitCodes.notRunning;
  },
};

/** The status for people, one fact a line. */
export function describeStatus(status: AgentStatus, nowMillis: number): string {
  const { sending, queue, losses, hooks, fallbacks, isolation } = status;
  const since = (at: number) => `${duration(nowMillis - at)} ago`;
  const accepted = sending.lastAcceptedAt === undefined ? 'none yet' : since(sending.lastAcceptedAt);
  const shedOf = /^shed\./;
  const counted = (shed: boolean) =>
    Object.entries(losses)
      .filter(([name]) => shedOf.test(name) === shed)
      .map(([name, count]) => `${name.replace(shedOf, '')} ${count}`)
      .join(', ') || 'nothing';
  const missing = hooks.filter(hook => !hook.attached);
  const percent = (status.cpuMicros / 10 / Math.max(1, nowMillis - status.startedAt)).toFixed(1);
  return [
    `Endpoint   ${status.name} (${status.endpoint})`,
    `Agent      ${status.version}, pid ${status.pid}, started ${since(status.startedAt)}, ${megabytes(status.rssBytes)}, ${percent} % CPU`,
    `Server     ${status.api}: ${sending.state}${sending.trouble ? ` (${sending.trouble})` : ''}`,
    ...(isolation ? [`Isolated   from every network but the server, ${untilText(isolation.untilMicros)}`] : []),
    `Accepted   ${sending.acceptedEvents} events, the last ${accepted}`,
    `Waiting    ${queue.events} events in ${queue.batches} batches; spool ${megabytes(queue.spoolBytes)} of ${megabytes(queue.spoolCapacity)}`,
    `Seen       ${status.eventsSeen} events of ${status.processes} processes`,
    `Lost       ${counted(false)}`,
    `Shed       ${counted(true)}`,
    `Hooks      ${hooks.length - missing.length} of ${hooks.length} attached${missing.map(hook => `\n           ${hook.name}: ${hook.reason}`).join('')}`,
    ...fallbacks.map((fallback, index) => `${index === 0 ? 'Fallbacks ' : '          '} ${fallback}`),
  ].join('\n');
}

const untilText = (micros: number | null): string =>
  micros === null ? 'until it is released' : `until ${new Date(micros / 1000).toISOString()}`;

const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MB`;

function duration(millis: number): string {
  const seconds = Math.max(0, Math.round(millis / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
