/** What `picket-agent status` shows: the running agent's answer on a socket in its spool folder. */

import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { HookReport } from '@picket/native';
import type { Isolation } from '../response/report.ts';
import type { SendingState } from '../sending/submitter.ts';

export interface AgentStatus {
  readonly pid: number;
  readonly version: string;
  readonly endpoint: string;
  readonly name: string;
  readonly api: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly sending: SendingState;
  /** Events seen, folded ones with their number. */
  readonly eventsSeen: number;
  readonly queue: {
    readonly events: number;
    readonly batches: number;
    readonly eventsInMemory: number;
    readonly spoolBytes: number;
    readonly spoolCapacity: number;
  };
  readonly processes: number;
  readonly losses: Readonly<Record<string, number>>;
  readonly hooks: readonly HookReport[];
  readonly fallbacks: readonly string[];
  /** null: this host has its network. */
  readonly isolation: Isolation | null;
  readonly rssBytes: number;
  readonly cpuMicros: number;
}

const socketPath = (spoolFolder: string) => join(spoolFolder, 'status.sock');

/** Answers each connection with the status as JSON, for root only. Rejects when another agent answers there already. */
export async function serveStatus(spoolFolder: string, status: () => AgentStatus): Promise<Server> {
  const path = socketPath(spoolFolder);
  const other = await askStatus(spoolFolder);
  if (other)
    throw new Error(`an agent (pid ${other.pid}) uses ${spoolFolder} already; stop it, or set another spool_directory`);
  rmSync(path, { force: true });
  const server = createServer(connection => {
    connection.on('error', () => connection.destroy());
    connection.end(JSON.stringify(status()));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const mask = process.umask(0o177);
  server.once('error', reject).listen(path, resolve);
  process.umask(mask);
  await promise;
  server.unref();
  return server;
}

/** undefined: no agent runs on this spool, or this user may not ask it. */
export function askStatus(spoolFolder: string): Promise<AgentStatus | undefined> {
  const { promise, resolve } = Promise.withResolvers<AgentStatus | undefined>();
  let text = '';
  connect(socketPath(spoolFolder))
    .setEncoding('utf8')
    .setTimeout(3000, () => resolve(undefined))
    .on('data', chunk => {
      text += chunk;
    })
    .on('error', () => resolve(undefined))
    .on('end', () => resolve(text === '' ? undefined : (JSON.parse(text) as AgentStatus)));
  return promise;
}
