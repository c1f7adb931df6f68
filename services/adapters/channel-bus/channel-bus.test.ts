import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import pino from 'pino';
import { busContract, numbered } from '../../ports/bus.contract.ts';
import { type Bus, BusFull, BusUnavailable } from '../../ports/bus.ts';
import { LogBus } from '../log-bus/log-bus.ts';
import { openChannelBus, serveBus } from './channel-bus.ts';

const logger = pino({ level: 'silent' });

busContract('durable log over a channel', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'picket-channel-bus-'));
  const open = async (): Promise<Bus> => {
    const log = await LogBus.open({ folder, groups: {}, reserveBytes: 0 }, logger);
    const { port1, port2 } = new MessageChannel();
    serveBus(port1, log);
    const bus = openChannelBus(port2);
    const close = async (): Promise<void> => {
      await bus.close();
      await log.close();
    };
    return { ...bus, close };
  };
  return { open, dispose: () => rm(folder, { recursive: true }) };
});

const { port1, port2 } = new MessageChannel();

test('what a full bus says is the same over a channel', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'picket-channel-bus-'));
  const log = await LogBus.open({ folder, groups: {}, reserveBytes: Number.MAX_SAFE_INTEGER }, logger);
  serveBus(port1, log);
  const bus = openChannelBus(port2);
  await assert.rejects(bus.publish('events', [numbered(1)]), (error: Error) => error instanceof BusFull);
  await bus.close();
  await assert.rejects(bus.publish('events', [numbered(1)]), BusUnavailable);
  await log.close();
  await rm(folder, { recursive: true });
});
