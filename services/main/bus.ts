/** The bus by its URL. Kafka will be another scheme here; `readEnvironment` refuses those that are not there yet. */

import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import type { Bus } from '../ports/bus.ts';

/** Who reads `events`: what one of them has not read yet is kept. */
const groups = { events: ['archive', 'analysis'] } as const;

/** `log:///folder`: one process at a time can have it open. */
export function openBus(url: string, log: Logger): Promise<Bus> {
  return LogBus.open({ folder: fileURLToPath(url.replace(/^log:/, 'file:')), groups }, log);
}
