/** Batches as an agent of another version encodes them: with a schema that is ours with something added, or something left out. */

import { readFileSync } from 'node:fs';
import { EventBatch, type EventBatchFields, EventKind, FileFlag } from '@picket/proto';
import protobuf from 'protobufjs';

export interface Encoded {
  readonly bytes: Uint8Array;
  readonly events: number;
}

export type Dialect = (batch: EventBatchFields) => Encoded;

export const ours: Dialect = batch => ({ bytes: EventBatch.encode(batch).finish(), events: batch.kinds?.length ?? 0 });

/** Bytes of the paths of one batch when each event has its own, as who stores them must have it. */
export const longPathBytes = 400 * 8_000;

/** Opens of one file with a long name instead of the story's: small to send, and soon more than a part may hold. */
export const longPaths: Dialect = ({ endpointId, bootId, streamId, firstSequence, times }) => {
  const path = '/srv'.padEnd(8_000, '/long');
  const events = longPathBytes / path.length;
  const each = (value: number) => new Array<number>(events).fill(value);
  const batch: EventBatchFields = {
    ...{ endpointId, bootId, streamId, firstSequence },
    strings: [Buffer.alloc(0), Buffer.from(path)],
    kinds: each(EventKind.FILE_OPEN),
    times: [times![0]!, ...each(1).slice(1)],
    process: each(0),
    count: each(1),
    files: { path: each(1), what: each(FileFlag.FILE_READ) },
  };
  return { bytes: EventBatch.encode(batch).finish(), events };
};

/** Events of the unknown kind that the newer agent adds to each batch. */
export const newsPerBatch = 2;
const newKind = 77;

/** Knows a kind, a table, columns and fields that this server does not. */
export function newerAgent(): Dialect {
  const encode = encoder(text =>
    [
      ['message EventBatch {', 'WeatherTable weather = 90; string mood = 91;'],
      ['message FileTable {', 'repeated uint64 size = 40 [packed = true]; repeated bytes label = 41;'],
      ['message ProcessTable {', 'repeated uint32 colour = 40 [packed = true];'],
      ['message Clock {', 'uint64 moon_micros = 40;'],
      ['enum EventKind {', `WEATHER_CHANGED = ${newKind};`],
    ].reduce(
      (schema, [after, added]) => replaced(schema, after!, `${after} ${added}`),
      `${text}\nmessage WeatherTable { repeated uint32 degrees = 1 [packed = true]; repeated string sky = 2; }\n`,
    ),
  );
  return batch => {
    const { kinds = [], times = [], process = [], count = [], files, processes, clock } = batch;
    const news = Array.from({ length: newsPerBatch }, () => newKind);
    const all = [...kinds!, ...news];
    const bytes = encode({
      ...batch,
      kinds: all,
      times: [...times!, ...news.map(() => 1)],
      process: [...process!, ...news.map(() => 1)],
      count: [...count!, ...news.map(() => 1)],
      files: {
        ...files,
        size: files?.path?.map((_, i) => 2 ** 40 + i),
        label: files?.path?.map(() => Buffer.from('x')),
      },
      processes: { ...processes, colour: processes?.pid?.map(pid => pid % 7) },
      clock: { ...clock, moonMicros: 2 ** 52 },
      weather: { degrees: news, sky: news.map(() => 'grey') },
      mood: 'curious',
    });
    return { bytes, events: all.length };
  };
}

/** Was there before much of what the schema has now. */
export function olderAgent(): Dialect {
  const encode = encoder(text =>
    [
      /^ {2}.* (?:agent_version|clock|losses|heartbeat|unix|syscalls) = .*$/gm,
      /^ {2}.* (?:script|loginuid|mount_namespace|pid_namespace|args_bytes|device|inode|asked|gid) = .*$/gm,
      /^ {2}(?:SYSCALL_SEQUENCE|UNIX_CONNECT) = .*$/gm,
    ].reduce((schema, gone) => replaced(schema, gone, ''), text),
  );
  return batch => ({ bytes: encode(batch), events: batch.kinds?.length ?? 0 });
}

function encoder(change: (schema: string) => string): (batch: object) => Uint8Array {
  const schema = readFileSync(new URL(import.meta.resolve('@picket/proto/picket.proto')), 'utf8');
  const { root } = protobuf.parse(change(schema));
  const type = root.lookupType('picket.v1.EventBatch');
  return batch => type.encode(batch).finish();
}

function replaced(text: string, what: string | RegExp, by: string): string {
  const changed = text.replace(what, by);
  if (changed === text) throw new Error(`the schema has nothing like ${what}`);
  return changed;
}
