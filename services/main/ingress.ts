/** Ingress alone: agents in front of it, a bus and a PostgreSQL that others run behind it. */

import { join } from 'node:path';
import { openEndpointDirectory } from '../adapters/control-store/endpoint-directory.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { defaultLimits } from '../ingress/config.ts';
import { runIngress } from '../ingress/run.ts';
import { openBus } from './bus.ts';
import { measureAnswers } from './bus-metrics.ts';
import { busVariables, readEnvironment, variables } from './environment.ts';
import { now, openService } from './service.ts';

const settings = readEnvironment(
  variables.pick({
    PICKET_DATA: true,
    PICKET_LOG_LEVEL: true,
    PICKET_LISTEN: true,
    PICKET_INGRESS_PORT: true,
    PICKET_POSTGRES_URL: true,
    ...busVariables,
  }),
);
await using service = openService('ingress', settings.PICKET_LOG_LEVEL);
const { log, metrics, running } = service;

const directory = openEndpointDirectory({ url: settings.PICKET_POSTGRES_URL, onError: service.connectionBroke });
running.defer(() => directory.close());
const bus = await openBus(settings, log);
running.defer(() => bus.close());
measureAnswers(bus, metrics);
const ingress = await runIngress(
  {
    host: settings.PICKET_LISTEN,
    port: settings.PICKET_INGRESS_PORT,
    watermarkFile: join(settings.PICKET_DATA, 'ingress.watermarks'),
    limits: defaultLimits,
  },
  { bus, decoder: plainDecoder(), directory, registry: metrics, logger: log, now },
);
running.defer(() => ingress.close());

await service.untilStopped();
