import { once } from 'node:events';
import { constants } from 'node:os';
import { logOutput } from '../log-output.ts';
import type { RunningAgent } from '../run.ts';
import { WrongOption } from '../spool/folder.ts';
import type { Command } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { loadOrComplain } from './load-or-complain.ts';
import { startLean } from './start-lean.ts';

export const run: Command = {
  name: 'run',
  about: 'watch this host until told to stop',
  help: `Watches this host and submits what it sees to the server of the configuration file, until SIGTERM or SIGINT. Needs
a kernel with BTF and the BPF ring buffer, and the capabilities that monitoringAgent.service gives it, or root. Logs JSON lines to
standard output.

Exit code 78: the configuration file is wrong, or names a spool folder that can't be used; 69: this host or user cannot run the sensor.`,
  options: ['config'],
  async run({ config: file }) {
    const loaded = loadOrComplain(file);
    if (!loaded) return exitCodes.config;
    await startLean(loaded.config.spool_directory, () => Promise.all([import('../run.ts'), import('pino')]));
    const { pino } = await import('pino');
    const { CannotWatch, runAgent } = await import('../run.ts');
    const log = pino(
      { level: loaded.config.log_level, base: null, formatters: { level: level => ({ level }) } },
      logOutput(),
    );
    for (const warning of loaded.warnings) log.warn(warning);
    const stop = new AbortController();
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => stop.abort(constants.signals[signal]));
    let agent: RunningAgent;
    try {
      agent = await runAgent(loaded, log, process.env);
    } catch (error) {
      const cannotWatch = error instanceof CannotWatch;
      console.error(
        `monitoringAgent: ${cannotWatch ? 'this host cannot be watched: ' : ''}${(error as Error).message}`,
      );
      // What was opened before it failed, the sensor among it, would keep the process.
      if (cannotWatch) process.exit(exitCodes.unavailable);
      process.exit(error instanceof WrongOption ? exitCodes.config : exitCodes.failed);
    }
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    await agent.close(Number(stop.signal.reason));
    return exitCodes.ok;
  },
};
