/**
 * Where ingress, archive and analysis live in one process, each batch is decoded once: the newest are remembered by what
 * their bodies are, for those who read them from the bus right after. A reader who is far behind finds nothing here and
 * has them decoded again, which is all that happens in processes of their own.
 */

import { hash } from 'node:crypto';
import type { DecodedBody, Decoder } from '../../ports/decoder.ts';

export interface Remembering {
  /** How often each body is asked for where all goes well: after the last time it is forgotten. */
  readonly readers: number;
  /** Events of all batches remembered at most; one is some 300 bytes. */
  readonly events: number;
}

interface Remembered {
  readonly decoded: DecodedBody & { ok: true };
  asked: number;
}

export function remembering(decoder: Decoder, { readers, events }: Remembering): Decoder {
  /** From the oldest to the newest. */
  const known = new Map<string, Remembered>();
  let held = 0;

  const forget = (key: string, { decoded }: Remembered): void => {
    known.delete(key);
    held -= weight(decoded);
  };

  return {
    async decode(body, encoding) {
      const key = `${encoding} ${hash('sha256', body, 'base64')}`;
      const found = known.get(key);
      if (found) {
        found.asked++;
        if (found.asked >= readers) forget(key, found);
        return found.decoded;
      }
      const decoded = await decoder.decode(body, encoding);
      // Another may have asked meanwhile.
      if (!decoded.ok || weight(decoded) > events || known.has(key)) return decoded;
      known.set(key, { decoded, asked: 1 });
      held += weight(decoded);
      for (const [oldest, remembered] of known) {
        if (held <= events) break;
        forget(oldest, remembered);
      }
      return decoded;
    },
  };
}

const weight = ({ batch }: DecodedBody & { ok: true }): number => Math.max(batch.length, 1);
