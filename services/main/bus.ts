/** The bus by its URL. */

import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { KafkaBus } from '../adapters/kafka-bus/kafka-bus.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import type { Bus } from '../ports/bus.ts';
import type { busVariables, variables } from './environment.ts';

/** Who reads `events`: on the log, what one of them has not read yet is kept. */
const groups = { events: ['archive', 'analysis'] } as const;

export type BusSettings = Pick<z.output<typeof variables>, keyof typeof busVariables>;

/**
 * `log:///folder`: one process at a time can have it open. `kafka://host:port,…`: waits a minute for a broker; throws where
 * none answers, or where a topic that is there does not fit.
 */
export function openBus(settings: BusSettings, log: Logger): Promise<Bus> {
  const url = settings.PICKET_BUS_URL;
  if (url.startsWith('log:')) return openLog(fileURLToPath(url.replace(/^log:/, 'file:')), log);
  const { PICKET_KAFKA_RETENTION_HOURS: retentionHours } = settings;
  const { PICKET_KAFKA_CA: ca, PICKET_KAFKA_USER: user, PICKET_KAFKA_PASSWORD: password } = settings;
  return KafkaBus.open(
    {
      brokers: url.replace(/^kafka:[/][/]|[/]$/g, '').split(','),
      prefix: settings.PICKET_KAFKA_PREFIX,
      partitions: settings.PICKET_KAFKA_PARTITIONS,
      replication: settings.PICKET_KAFKA_REPLICATION,
      ...(retentionHours !== undefined && { retentionHours }),
      sessionMillis: settings.PICKET_KAFKA_SESSION_SECONDS * 1000,
      groups,
      ...((settings.PICKET_KAFKA_TLS === 'true' || ca !== undefined) && { tls: ca === undefined ? {} : { ca } }),
      ...(user !== undefined && { login: { user, password: password ?? '' } }),
    },
    log,
  );
}

/** The durable log in `folder`. */
export function openLog(folder: string, log: Logger): Promise<Bus> {
  return LogBus.open({ folder, groups }, log);
}
