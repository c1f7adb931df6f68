/**
 * A batch that waited while the clock of its host was set: its times are moved as the clock was. That can be known within one
 * boot, by the clock since boot: a batch holds it beside the wall clock, and nobody ever sets it.
 */

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { clockOf, EventBatch } from '@picket/proto';

/** Less than this is how clocks drift and are slewed. */
const tolerated = 2_000_000;
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/**
 * `body`: a compressed batch of this boot. `bootMicros`: what the wall clock showed at boot, as it knows it now; `knownBootMicros`: as
 * it knew it when the batch was made, where somebody remembers. Microseconds.
 */
export function withRightTimes(body: Uint8Array, bootMicros: number, knownBootMicros?: number): Uint8Array {
  if (knownBootMicros !== undefined && Math.abs(bootMicros - knownBootMicros) < tolerated) return body;
  const bytes = zstdDecompressSync(body);
  const clock = clockOf(bytes);
  if (clock === undefined) return body;
  const moved = Math.round(bootMicros - (clock.wallMicros - clock.bootMicros));
  if (Math.abs(moved) < tolerated) return body;
  const batch = EventBatch.decode(bytes);
  // The others are differences to the one before.
  if (batch.times.length > 0) batch.times[0]! += moved;
  batch.clock = { wallMicros: clock.wallMicros + moved, bootMicros: clock.bootMicros };
  return zstdCompressSync(EventBatch.encode(batch).finish(), compression);
}
