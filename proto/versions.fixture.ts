/** For tests: batches as agents of other versions write them, the first that there was and one of tomorrow. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import type { EventBatchFields } from './index.ts';

export type Encode = (batch: EventBatchFields) => Uint8Array;

export const schema = (file: string) =>
  protobuf.parse(readFileSync(join(import.meta.dirname, file), 'utf8')).root.lookup('picket.v1') as protobuf.Namespace;

export const firstSchema = schema('first.proto');
const firstBatch = firstSchema.lookupType('EventBatch');

export const writtenByFirst: Encode = batch => firstBatch.encode(batch).finish();
export const readByFirst = (bytes: Uint8Array): EventBatchFields => firstBatch.toObject(firstBatch.decode(bytes));

/** By the schema of today, with a field and a column more in every message. */
export const writtenByNewer: Encode = batch => {
  const newer = schema('picket.proto');
  for (const message of newer.nestedArray) {
    if (!(message instanceof protobuf.Type)) continue;
    message.add(new protobuf.Field('news', 500, 'string')).add(new protobuf.Field('column', 501, 'uint32', 'repeated'));
  }
  const type = newer.lookupType('EventBatch');
  return type.encode(withNews(batch, type)).finish();
};

function withNews(message: object, { fieldsArray }: protobuf.Type): object {
  const inner = fieldsArray.flatMap(field => {
    const { name, resolvedType } = field.resolve();
    const value: unknown = message[name as keyof typeof message];
    if (value === undefined || !(resolvedType instanceof protobuf.Type)) return [];
    const each = (one: object) => withNews(one, resolvedType);
    return [[name, Array.isArray(value) ? value.map(each) : each(value as object)]];
  });
  return { ...message, ...Object.fromEntries(inner), news: 'of tomorrow', column: [1, 2, 3] };
}
