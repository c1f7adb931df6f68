/**
 * POST /commands: an agent says what came of its commands and how it is, and gets those that wait for it. Signed like a
 * submission, for the same reasons; a way of its own, so that a full disk, a full bus or a flood of events is not in the way of it.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { type EndpointId, type Micros, micros } from '../domain/events/ids.ts';
import { outcomes, type ResponseReport } from '../domain/response/command.ts';
import { tooLarge } from './body.ts';
import { type Identification, identify, prove } from './identify.ts';
import { type Refused, refused, retryAfter } from './outcome.ts';

export const exchangePath = '/commands';
/** Bytes: 16 results with the metadata of files. */
export const exchangeLimit = 256 << 10;

export interface ExchangeRequest {
  readonly headers: IncomingHttpHeaders;
  /** `endpoint` is who it claims to come from. */
  readBody(endpoint: EndpointId): Promise<Buffer | Refused>;
}

export interface Handed {
  readonly accepted: true;
  /** Signed commands, oldest first. */
  readonly commands: readonly string[];
}

export async function exchange(
  request: ExchangeRequest,
  identification: Identification,
  now: () => Micros,
): Promise<Handed | Refused> {
  const { directory, hindrances } = identification;
  const received = now();
  const { headers } = request;
  if (headers['content-type'] !== 'application/json')
    return refused('malformed', 'Content-Type: application/json expected');
  if (headers['content-encoding'] !== 'identity') return refused('bad-encoding', 'Content-Encoding: identity expected');
  if (Number(headers['content-length'] ?? 0) > exchangeLimit) return tooLarge(exchangeLimit);
  const identified = await identify({ path: exchangePath, headers }, identification, received);
  if ('reason' in identified) return identified;
  const { endpoint } = identified;
  const body = await request.readBody(endpoint);
  if (!Buffer.isBuffer(body)) return body;
  const doubt = prove(identified, body, identification, received);
  if (doubt) return doubt;
  const report = read(body);
  if ('reason' in report) return report;
  try {
    const commands = await directory.commands.exchange(endpoint, report, received);
    hindrances.wentThrough('commands', received);
    return { accepted: true, commands };
  } catch (error) {
    hindrances.refused('commands', error as Error, received);
    return refused('unavailable', 'Commands cannot be looked up at the moment', retryAfter.unavailable);
  }
}

function read(body: Buffer): ResponseReport | Refused {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    return refused('malformed', 'The body is not JSON');
  }
  const { success, data, error } = report.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  return refused('malformed', `${issue?.path.join('.').slice(0, 100)}: ${issue?.message.slice(0, 200)}`);
}

/** What PostgreSQL's text and jsonb can hold. */
const words = (most: number) =>
  z
    .string()
    .max(most)
    .transform(text => text.replaceAll('\0', '\uFFFD').toWellFormed());
/** Microseconds since the epoch, before the year 2100. */
const moment = z
  .int()
  .min(0)
  .max(4_102_444_800_000_000)
  .transform(value => micros(value));
const whole = z.int().min(0);

const file = z.object({
  path: words(8_192),
  type: z.enum(['file', 'folder', 'link', 'device', 'pipe', 'socket']),
  bytes: whole,
  mode: z.int().min(0).max(0o7777),
  uid: whole,
  gid: whole,
  accessedMicros: z.int(),
  modifiedMicros: z.int(),
  changedMicros: z.int(),
  bornMicros: z.int().nullable(),
  target: words(8_192).nullable(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});

const report = z.object({
  serverKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  isolation: z.object({ sinceMicros: moment, untilMicros: moment.nullable(), fleeting: words(300) }).nullable(),
  results: z
    .array(
      z.object({
        id: z.guid(),
        outcome: z.enum(outcomes),
        atMicros: moment,
        detail: words(500),
        file: file.nullable(),
      }),
    )
    .max(16),
  refusals: z.array(z.object({ atMicros: moment, detail: words(500) })).max(16),
});
