/** A submission's body, read within limits. */

import type { IncomingMessage } from 'node:http';
import { type Refused, refused } from './outcome.ts';
import type { Room } from './room.ts';

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
  held: Room,
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
