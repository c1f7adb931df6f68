/** Publishes numbered messages until it is killed, several at a time, and prints the highest below which all were acknowledged. */

import pino from 'pino';
import { numbered } from '../../ports/bus.contract.ts';
import { LogBus } from './log-bus.ts';

const bus = await LogBus.open(
  { folder: process.argv[2]!, groups: {}, segmentBytes: 20_000 },
  pino({ level: 'silent' }),
);
for (let next = 0; ; next += 8) {
  const all = Array.from({ length: 8 }, (_, i) => bus.publish('events', [numbered(next + i)]));
  await Promise.all(all);
  process.stdout.write(`${next + 7}\n`);
}
