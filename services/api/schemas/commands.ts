import { z } from 'zod';
import { commandStates } from '../../domain/response/command.ts';
import { execId } from './events.ts';
import { page, pageParameters } from './page.ts';
import { count, id, instant, line } from './scalars.ts';

const action = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('kill-process'), execId: z.string() }),
  z.object({ kind: z.literal('isolate'), minutes: count.nullable() }),
  z.object({ kind: z.literal('release') }),
  z.object({ kind: z.literal('collect-file'), path: z.string() }),
]);

const microseconds = z.number().describe('Microseconds since the Unix epoch');

const collectedFile = z.object({
  path: z.string(),
  type: z.enum(['file', 'folder', 'link', 'device', 'pipe', 'socket']),
  bytes: z.number(),
  mode: z.number().describe('Permission bits'),
  uid: z.number(),
  gid: z.number(),
  accessedMicros: microseconds,
  modifiedMicros: microseconds,
  changedMicros: microseconds,
  bornMicros: microseconds.nullable(),
  target: z.string().nullable().describe('Where a link leads'),
  sha256: z.string().nullable().describe('Of a file that was read whole'),
});

export const command = z
  .object({
    id,
    action,
    state: z
      .enum(commandStates)
      .describe(
        'queued: the agent has not asked for it yet; sent: it has, and has not answered; refused: it did not try; expired: its time passed without an answer',
      ),
    askedBy: z.string().describe('Mail address of who gave it'),
    issuedAt: instant,
    expiresAt: instant,
    sentAt: instant.nullable(),
    finishedAt: instant.nullable().describe('By the clock of the host'),
    detail: z.string().describe('What the agent says about it'),
    file: collectedFile.nullable(),
  })
  .meta({ id: 'Command' });

export const commandPage = page('CommandPage', command);
export const commandsQuery = z.strictObject(pageParameters);

export const killOrder = z.strictObject({ execId });
/** A week is the longest limit: what is longer is meant to be ended by a person. */
export const isolationOrder = z.strictObject({
  minutes: z
    .int()
    .min(1)
    .max(7 * 24 * 60)
    .optional()
    .describe('Ends by itself after so many minutes; left out: when it is released'),
});
export const fileOrder = z.strictObject({
  path: line(4096)
    .refine(path => path.startsWith('/') && !path.endsWith('/'), 'must be the absolute path of a file')
    .refine(path => Buffer.byteLength(path) <= 4096, 'must have at most 4,096 bytes'),
});
