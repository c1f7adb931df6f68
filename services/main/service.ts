/** What every composition root begins with: a log, metrics, and a stack of what has to be closed in reverse order. */

import pino, { type Logger } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { type Micros, micros } from '../domain/events/ids.ts';
import { findLauncher } from './launcher.ts';
import { logOutput } from './log-output.ts';
import { ProcessRegistry } from './process-registry.ts';

/** The wall clock. */
export const now = (): Micros => micros(Date.now() * 1000);

export interface Service extends AsyncDisposable {
  readonly log: Logger;
  readonly metrics: ProcessRegistry;
  /** Closed from the last to the first when the service is disposed. */
  readonly running: AsyncDisposableStack;
  /** For adapters of PostgreSQL: a connection broke while nobody used it. */
  connectionBroke(error: Error): void;
  /** Says that everything serves; resolves when the service is to stop, by a signal or because its launcher has gone. */
  untilStopped(): Promise<void>;
}

export function openService(name: string, level: string): Service {
  const log = pino({ name, level }, logOutput());
  const metrics = new ProcessRegistry();
  collectDefaultMetrics({ register: metrics });
  const running = new AsyncDisposableStack();
  running.defer(() => log.info('stopped'));
  const stop = stopRequested();
  // By then what runs has been closed, where it failed to start; later it is a bug, and a restart is the cure.
  process.once('uncaughtException', error => {
    log.fatal({ err: error }, 'failed');
    findLauncher()?.failed(error.message);
    process.exit(1);
  });
  return {
    log,
    metrics,
    running,
    connectionBroke: error => log.warn({ err: error }, 'a connection to PostgreSQL broke'),
    async untilStopped() {
      log.info('ready');
      log.info({ reason: await stop }, 'stopping');
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function stopRequested(): Promise<string> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal));
    process.on('disconnect', () => resolve('the launcher has gone'));
  });
}
