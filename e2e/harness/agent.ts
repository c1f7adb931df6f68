import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentStatus, askStatus } from '@picket/agent';
import { within } from './until.ts';

const root = join(import.meta.dirname, '../..');

export interface AgentProcess {
  readonly pid: number;
  /** Its log lines so far. */
  output(): string;
  running(): boolean;
  /** What `picket-agent status` shows. */
  status(): Promise<AgentStatus>;
  /** SIGTERM as systemd sends it; resolves with the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

/** The agent as the unit starts it, with the configuration file of the test; `environment`: beside this process's own. */
export function startAgent(config: string, environment: Readonly<Record<string, string>> = {}): AgentProcess {
  const child = spawn(process.execPath, ['agent/main.ts', 'run', '--config', config], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const spool = /^spool_directory=(.+)$/m.exec(readFileSync(config, 'utf8'))?.[1] ?? '/var/lib/monitoringAgent';
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text));
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve));
  return {
    pid: child.pid!,
    output: () => output,
    running: () => child.exitCode === null && child.signalCode === null,
    async status() {
      const status = await askStatus(spool);
      if (!status) throw new Error(`no agent answers in ${spool}; its log:\n${output}`);
      return status;
    },
    async stop() {
      child.kill('SIGTERM');
      return await within('the agent to end after SIGTERM', 30, ended);
    },
    async kill() {
      child.kill('SIGKILL');
      await within('the agent to end after SIGKILL', 10, ended);
    },
  };
}
