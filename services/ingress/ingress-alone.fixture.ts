/**
 * Ingress over a durable log and nothing behind it, as a process of its own, for `npm run bench -- ingress`. The parent sends
 * an order and is told the port; then it may ask for what the process has used. It ends when the parent disconnects.
 */

import { createPublicKey } from 'node:crypto';
import { join } from 'node:path';
import pino from 'pino';
import { Registry } from 'prom-client';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import { StaticDirectory } from '../adapters/static-directory.ts';
import { type EndpointId, micros } from '../domain/events/ids.ts';
import { defaultLimits } from './config.ts';
import { runIngress } from './run.ts';

interface Order {
  readonly folder: string;
  /** Public keys as SPKI PEM. */
  readonly endpoints: readonly { readonly id: string; readonly publicKey: string }[];
}

const order = await new Promise<Order>(resolve => process.once('message', message => resolve(message as Order)));
const keys = order.endpoints.map(
  ({ id, publicKey }) => [id as EndpointId, { publicKey: createPublicKey(publicKey), revoked: false }] as const,
);
const logger = pino({ level: 'warn' });
const bus = await LogBus.open({ folder: join(order.folder, 'bus'), groups: {} }, logger);
const ingress = await runIngress(
  {
    host: '127.0.0.1',
    port: 0,
    watermarkFile: join(order.folder, 'watermarks.json'),
    limits: { ...defaultLimits, eventsPerSecond: 1e9, eventBurst: 1e9 },
  },
  {
    bus,
    decoder: plainDecoder(),
    directory: new StaticDirectory(new Map(keys)),
    logger,
    registry: new Registry(),
    now: () => micros(Date.now() * 1000),
  },
);
process.send!({ port: ingress.port });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!({ cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss() });
});
process.once('disconnect', async () => {
  await ingress.close();
  await bus.close();
});
