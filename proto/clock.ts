/** The clock of a batch, without decoding the batch. */

import protobuf from 'protobufjs/minimal.js';
import { picket } from './gen/picket.js';

const clockField = 6;
/** Fields are written in order; from this one on they are large. */
const firstLargeField = 10;

/** Of an encoded `EventBatch`; undefined where it has none, or is no batch. */
export function clockOf(bytes: Uint8Array): { readonly wallMicros: number; readonly bootMicros: number } | undefined {
  const reader = protobuf.Reader.create(bytes);
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const field = tag >>> 3;
      if (field === clockField) {
        const { wallMicros, bootMicros } = picket.v1.Clock.decode(reader, reader.uint32());
        return { wallMicros, bootMicros };
      }
      if (field >= firstLargeField) return undefined;
      reader.skipType(tag & 7);
    }
  } catch {
    // Torn: whoever decodes the whole says what is wrong.
  }
  return undefined;
}
