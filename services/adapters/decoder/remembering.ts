/**
 * Where ingress and analysis live in one thread, each batch is decoded once for both: the newest are remembered by what
 * their bodies are, for those who read them from the bus right after. Where a reader is behind, the older ones stay and newer
 * ones are not remembered: it comes to the older ones first, and what is not here is only decoded again.
 */

import { hash } from 'node:crypto';
import type { DecodedBody, Decoder } from '../../ports/decoder.ts';

export interface Remembering {
  /** How often each body is asked for where all goes well: after the last time it is forgotten. */
  readonly readers: number;
  /** Events of all batches remembered at most; one is some 300 bytes. */
  readonly events: number;
  /** Who has not asked for a batch after so long will not: it gives way to newer ones. */
  readonly patienceMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

interface Remembered {
  readonly decoded: DecodedBody & { ok: true };
  readonly at: number;
  asked: number;
}

export function remembering(
  decoder: Decoder,
  { readers, events, patienceMs, now = () => performance.now() }: Remembering,
): Decoder {
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
      const at = now();
      for (const [oldest, remembered] of known) {
        if (held + weight(decoded) <= events || at - remembered.at < patienceMs) break;
        forget(oldest, remembered);
      }
      if (held + weight(decoded) > events) return decoded;
      known.set(key, { decoded, at, asked: 1 });
      held += weight(decoded);
      return decoded;
    },
  };
}

const weight = ({ batch }: DecodedBody & { ok: true }): number => Math.max(batch.length, 1);
