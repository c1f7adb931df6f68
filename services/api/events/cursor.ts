/** The cursor of an event list: the place of its last event, as base64url JSON. */

import { z } from 'zod';
import type { EndpointId, Micros, StreamId } from '../../domain/events/ids.ts';
import { BadCursor } from '../../ports/page.ts';
import type { EventCursor } from '../../queries/events/search.ts';

const place = z.tuple([
  z.literal('events'),
  z
    .int()
    .min(0)
    .max(Date.UTC(2200, 0) * 1000),
  z.guid(),
  z.string().regex(/^[0-9a-f]{16}$/),
  z.int().min(0),
]);

export function encodeEventCursor({ time, endpoint, stream, sequence }: EventCursor): string {
  return Buffer.from(JSON.stringify(['events', time, endpoint, stream, sequence])).toString('base64url');
}

/** Throws `BadCursor`. */
export function decodeEventCursor(cursor: string): EventCursor {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw new BadCursor();
  }
  const parsed = place.safeParse(value);
  if (!parsed.success) throw new BadCursor();
  const [, time, endpoint, stream, sequence] = parsed.data;
  return { time: time as Micros, endpoint: endpoint as EndpointId, stream: stream as StreamId, sequence };
}
