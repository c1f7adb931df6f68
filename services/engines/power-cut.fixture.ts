/** A power cut of a broker's machine: what the kernel had not written to the disk yet is gone, though it was acknowledged. */

import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestKafka } from './kafka.fixture.ts';

/** Of the topic's first partition, which is one segment, only messages before this offset are left. Resolves when the broker serves again. */
export async function cutPower(broker: TestKafka, topic: string, offset: number): Promise<void> {
  await broker.kill();
  const segment = join(broker.folder, 'kafka', `${topic}-0`, '00000000000000000000.log');
  await truncate(segment, endBefore(await readFile(segment), offset));
  await broker.start();
}

/** Of each batch: the first offset, the bytes behind that and this length, and 23 bytes from its beginning the last offset less the first. */
function endBefore(segment: Buffer, offset: number): number {
  let end = 0;
  while (end < segment.length && Number(segment.readBigInt64BE(end)) + segment.readInt32BE(end + 23) < offset) {
    end += 12 + segment.readInt32BE(end + 8);
  }
  return end;
}
