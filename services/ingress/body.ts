/** A submission's body, read within limits. */

import type { IncomingMessage } from 'node:http';
import { type Refused, refused } from './outcome.ts';

/**
 * Bytes of all bodies held at the moment, over all connections. Who sends them is not yet proven when they are counted, so
 * one endpoint gets no more than an eighth: whoever only knows its id can be in the way of that endpoint, not of all.
 */
export class HeldBytes {
  #limit: number;
  #held = 0;
  #byEndpoint = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False where there is no room; then nothing was taken. */
  take(endpoint: string, bytes: number): boolean {
    const own = (this.#byEndpoint.get(endpoint) ?? 0) + bytes;
    if (this.#held + bytes > this.#limit || own > this.#limit / 8) return false;
    this.#held += bytes;
    this.#byEndpoint.set(endpoint, own);
    return true;
  }

  give(endpoint: string, bytes: number): void {
    if (bytes === 0) return;
    this.#held -= bytes;
    const own = (this.#byEndpoint.get(endpoint) ?? 0) - bytes;
    if (own > 0) this.#byEndpoint.set(endpoint, own);
    else this.#byEndpoint.delete(endpoint);
  }
}

/** The sender went away before its body was whole; there is nobody to answer. */
export class Aborted extends Error {
  override readonly name = 'Aborted';
}

/**
 * Reads the body, at most `limit` bytes. What it holds is counted in `held`; the caller gives it back. Rejects with
 * `Aborted` only.
 */
export function readBody(
  request: IncomingMessage,
  endpoint: string,
  limit: number,
  held: HeldBytes,
): Promise<Buffer | Refused> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (result: Buffer | Refused) => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      if (!Buffer.isBuffer(result)) {
        held.give(endpoint, bytes);
        // What still comes is read and thrown away, so that the sender gets to our answer.
        request.resume();
      }
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      if (bytes + chunk.length > limit) return end(tooLarge(limit));
      if (!held.take(endpoint, chunk.length))
        return end(refused('unavailable', 'The server holds as many submissions as it may', 1));
      bytes += chunk.length;
      chunks.push(chunk);
    };
    const onEnd = () => end(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes));
    const onGone = () => {
      held.give(endpoint, bytes);
      bytes = 0;
      reject(new Aborted('The sender closed the connection'));
    };
    request.on('data', onData).once('end', onEnd).once('error', onGone).once('close', onGone);
  });
}

export const tooLarge = (limit: number) =>
  refused('too-large', `A submission has at most ${limit} bytes; send fewer events at a time`);
