/** From a submission's body, as it was received and as the bus carries it, to the batch in it. */

import type { Batch } from '../domain/events/batch.ts';

export const encodings = ['zstd', 'gzip', 'identity'] as const;
/** HTTP's Content-Encoding; the bus carries it in the header `encoding`. */
export type Encoding = (typeof encodings)[number];

export const isEncoding = (value: string | undefined): value is Encoding =>
  encodings.some(encoding => encoding === value);

export type DecodedBody = {
  /** Bytes that had to be looked at: those of the batch, or as many as are allowed where decompression was given up. */
  readonly bytes: number;
} & (
  | { readonly ok: true; readonly batch: Batch }
  | { readonly ok: false; readonly reason: 'bad-encoding' | 'too-large' | 'malformed'; readonly detail: string }
);

export interface Decoder {
  /** The same bytes in the same encoding give the same answer. The batch may be shared with others who asked. */
  decode(body: Uint8Array, encoding: string): Promise<DecodedBody>;
}
