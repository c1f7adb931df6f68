/**
 * One submission from its headers to its outcome. The order is the point: nothing is read from a sender who does not claim
 * to be a known endpoint at this time, nothing is decompressed before the signature holds, nothing is acknowledged before
 * the bus has it.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from 'pino';
import type { Batch } from '../domain/events/batch.ts';
import type { EndpointId, Micros } from '../domain/events/ids.ts';
import { type Bus, BusFull } from '../ports/bus.ts';
import { type Decoder, type Encoding, isEncoding } from '../ports/decoder.ts';
import type { EndpointDirectory } from '../ports/endpoint-directory.ts';
import { tooLarge } from './body.ts';
import type { IngressLimits } from './config.ts';
import { endpointReport } from './endpoint-report.ts';
import type { Hindrances } from './hindrances.ts';
import { type Identified, identify, prove } from './identify.ts';
import type { IngressMetrics } from './metrics.ts';
import { type Outcome, type Refused, refused, retryAfter, someTime } from './outcome.ts';
import type { ReplayWindow } from './replay-window.ts';
import type { Room } from './room.ts';
import type { TokenBuckets } from './token-buckets.ts';
import type { Watermarks } from './watermarks.ts';

/** A request as it arrives: headers at once, the body when it is asked for. */
export interface Submission {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** `endpoint` is who it claims to come from. */
  readBody(endpoint: EndpointId): Promise<Buffer | Refused>;
}

export interface Reception {
  readonly limits: IngressLimits;
  readonly bus: Bus;
  readonly decoder: Decoder;
  readonly directory: EndpointDirectory;
  readonly replays: ReplayWindow;
  readonly buckets: TokenBuckets;
  readonly underWay: Room;
  readonly watermarks: Watermarks;
  readonly hindrances: Hindrances;
  readonly metrics: IngressMetrics;
  readonly logger: Logger;
  now(): Micros;
}

export async function receive(submission: Submission, reception: Reception): Promise<Outcome> {
  const received = reception.now();
  const claimed = await claim(submission, reception, received);
  if ('reason' in claimed) return claimed;
  const { endpoint } = claimed;
  const body = await submission.readBody(endpoint);
  if (!Buffer.isBuffer(body)) return body;
  if (!reception.underWay.take(endpoint, 1))
    return refused('unavailable', 'The server has as many submissions under way as it may', someTime());
  try {
    return await take(claimed, submission.headers, body, received, reception);
  } finally {
    reception.underWay.give(endpoint, 1);
  }
}

/** What is whole, and claims to be of a known endpoint. */
async function take(
  claimed: Claimed,
  sent: IncomingHttpHeaders,
  body: Buffer,
  received: Micros,
  reception: Reception,
): Promise<Outcome> {
  const { decoder, metrics } = reception;
  const { endpoint, encoding } = claimed;
  const doubt = prove(claimed, body, reception, received);
  if (doubt) return doubt;
  metrics.bytes.inc(body.length);

  const { read, bytes } = await readBatch(sent, endpoint, body, encoding, decoder);
  reception.buckets.spend(endpoint, priceOf(read, bytes), received / 1e6);
  if ('reason' in read) return setAside(read, sent, endpoint, body, received, reception);

  const { boot, stream, firstSequence, length } = read;
  const last = firstSequence + length - 1;
  const published = await reception.watermarks.inTurn(endpoint, stream, async (): Promise<Outcome> => {
    // A batch without events has no numbers to be known by: it is the agent's word about itself, and may come twice.
    if (length > 0 && reception.watermarks.covers(endpoint, stream, last))
      return { accepted: true, status: 'duplicate' };
    const headers = {
      encoding,
      endpoint,
      boot,
      stream,
      sequence: `${firstSequence}`,
      count: `${length}`,
      received: `${received}`,
    };
    const refusal = await publish(reception, 'events', endpoint, headers, body);
    if (refusal) return refusal;
    if (length > 0) reception.watermarks.raise(endpoint, stream, last);
    metrics.events.inc(length);
    return { accepted: true, status: 'accepted' };
  });
  // Whatever hinders us, the agent was heard.
  reception.directory.report(endpointReport(read, received));
  if (published.accepted) {
    metrics.unknownEvents.inc(read.unknownKinds);
    metrics.losses.report(endpoint, read.losses);
  }
  return reception.directory.commands.waiting(endpoint) ? { ...published, commands: true } : published;
}

interface Claimed extends Identified {
  readonly encoding: Encoding;
}

/** What the headers alone say, and what we know of the endpoint that they name. */
async function claim(submission: Submission, reception: Reception, received: Micros): Promise<Claimed | Refused> {
  const { headers } = submission;
  const { limits } = reception;
  if (headers['content-type'] !== 'application/x-protobuf') {
    return refused('malformed', 'Content-Type: application/x-protobuf expected');
  }
  const encoding = headers['content-encoding'];
  if (!isEncoding(encoding)) return refused('bad-encoding', 'Content-Encoding: zstd, gzip or identity expected');
  if (Number(headers['content-length'] ?? 0) > limits.bodyBytes) return tooLarge(limits.bodyBytes);
  const identified = await identify(submission, reception, received);
  if ('reason' in identified) return identified;
  const { endpoint } = identified;
  const wait = reception.buckets.wait(endpoint, received / 1e6);
  if (wait > 0) return refused('rate-limited', `More than ${limits.eventsPerSecond} events a second`, wait);
  return { ...identified, encoding };
}

/**
 * What a submission costs its endpoint, in events, by the work that it made: a kilobyte may inflate to 32 MiB. An event that an
 * agent sends has 30 to 100 bytes, long arguments apart; garbage is charged as small events, and never less than a thousand.
 */
const priceOf = (read: Batch | Refused, bytes: number): number =>
  'reason' in read ? Math.max(1000, Math.ceil(bytes / 64)) : Math.max(1, read.length, Math.ceil(bytes / 512));

/** The batch, which must be what the headers say, and the bytes that had to be looked at to know. */
async function readBatch(
  headers: IncomingHttpHeaders,
  endpoint: EndpointId,
  body: Buffer,
  encoding: Encoding,
  decoder: Decoder,
): Promise<{ readonly read: Batch | Refused; readonly bytes: number }> {
  const decoded = await decoder.decode(body, encoding);
  const { bytes } = decoded;
  if (!decoded.ok) return { read: refused(decoded.reason, decoded.detail), bytes };
  return { read: asClaimed(headers, endpoint, decoded.batch), bytes };
}

function asClaimed(headers: IncomingHttpHeaders, endpoint: EndpointId, batch: Batch): Batch | Refused {
  const said: [what: string, header: unknown, body: string][] = [
    ['endpoint', endpoint, batch.endpoint],
    ['picket-boot', headers['picket-boot'], batch.boot],
    ['picket-stream', headers['picket-stream'], batch.stream],
    ['picket-sequence', headers['picket-sequence'], `${batch.firstSequence}`],
  ];
  for (const [what, header, own] of said) {
    if (header !== own)
      return refused('malformed', `${what}: the signed header says ${String(header).slice(0, 64)}, the batch ${own}`);
  }
  return batch;
}

/** A valid key signed something that is no batch of its endpoint: kept for whoever looks into it. */
async function setAside(
  refusal: Refused,
  { 'picket-boot': boot, 'picket-stream': stream, 'picket-sequence': sequence }: IncomingHttpHeaders,
  endpoint: EndpointId,
  body: Buffer,
  received: Micros,
  reception: Reception,
): Promise<Refused> {
  const { reason, detail } = refusal;
  reception.logger.warn(
    { endpoint, reason, detail },
    'A submission with a valid signature cannot be read; it is in the dead-letter topic',
  );
  const headers = {
    endpoint,
    reason,
    detail: detail.slice(0, 500),
    boot: `${boot}`,
    stream: `${stream}`,
    sequence: `${sequence}`,
    received: `${received}`,
  };
  return (await publish(reception, 'dead-letter', endpoint, headers, body)) ?? refusal;
}

async function publish(
  { bus, hindrances, now }: Reception,
  topic: 'events' | 'dead-letter',
  key: EndpointId,
  headers: Readonly<Record<string, string>>,
  value: Uint8Array,
): Promise<Refused | undefined> {
  try {
    await bus.publish(topic, [{ key, headers, value }]);
    for (const hindrance of ['full', 'bus'] as const) hindrances.wentThrough(hindrance, now());
    return undefined;
  } catch (error) {
    if (error instanceof BusFull) {
      hindrances.refused('full', error, now());
      return refused('disk-full', 'The server has no room for more at the moment; keep the batch', retryAfter.diskFull);
    }
    hindrances.refused('bus', error as Error, now());
    return refused('unavailable', 'The server cannot keep the batch at the moment', retryAfter.unavailable);
  }
}
