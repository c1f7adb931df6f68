/** Decompresses and decodes every time it is asked. */

import { promisify } from 'node:util';
import { gunzip, gunzipSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { decodeBatch } from '../../domain/events/batch.ts';
import { type DecodedBody, type Decoder, type Encoding, encodings, isEncoding } from '../../ports/decoder.ts';

/** Bytes of a batch after decompression; more is refused. */
const defaultBatchBytes = 32 << 20;

/** Bodies from this size on are decompressed off the event loop: handing over costs as much as 20 kB of work. */
const offLoopBytes = 128 << 10;

const inflate = {
  zstd: { now: zstdDecompressSync, offLoop: promisify(zstdDecompress) },
  gzip: { now: gunzipSync, offLoop: promisify(gunzip) },
} as const;

export function plainDecoder(batchBytes = defaultBatchBytes): Decoder {
  return {
    async decode(body, encoding) {
      const refused = (reason: 'bad-encoding' | 'too-large', detail: string): DecodedBody => ({
        ok: false,
        reason,
        detail,
        // How far it got before it was given up is not known.
        bytes: batchBytes,
      });
      if (!isEncoding(encoding)) {
        return refused('bad-encoding', `One of ${encodings.join(', ')} expected, ${encoding} found`);
      }
      let bytes: Uint8Array;
      try {
        bytes = await decompress(body, encoding, batchBytes);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === 'ERR_BUFFER_TOO_LARGE')
          return refused('too-large', `A decompressed submission has at most ${batchBytes} bytes`);
        return refused('bad-encoding', `The body is not whole ${encoding} data (${code})`);
      }
      if (bytes.length > batchBytes)
        return refused('too-large', `A submission that is not compressed has at most ${batchBytes} bytes`);
      return { bytes: bytes.length, ...decodeBatch(bytes) };
    },
  };
}

/** Stops while inflating when the bytes get more than `limit`. */
async function decompress(body: Uint8Array, encoding: Encoding, limit: number): Promise<Uint8Array> {
  if (encoding === 'identity') return body;
  const options = { maxOutputLength: limit };
  return body.length < offLoopBytes
    ? inflate[encoding].now(body, options)
    : await inflate[encoding].offLoop(body, options);
}
