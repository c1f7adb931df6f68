import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RecordLayout, recordLayouts } from '@picket/native';
import fc from 'fast-check';
import { makeDecoder } from './decode.ts';
import type { SensorEvent } from './event.ts';

const layouts = recordLayouts();
const layoutOf = (name: string): RecordLayout => layouts.find(layout => layout.name === name)!;

/** A record as the kernel would send it: the given fields, all others 0; tails after the fixed part. */
function record(name: string, fields: Record<string, number | string>): Buffer {
  const { type, size, fields: all } = layoutOf(name);
  const tails = Object.values(fields).filter(value => typeof value === 'string');
  const bytes = Buffer.alloc(size + tails.join('').length);
  let end = size;
  for (const [field, value] of Object.entries({ ...fields, type, length: bytes.length, count: fields['count'] ?? 1 })) {
    const at = all.find(each => each.name === field)!;
    if (typeof value === 'string') {
      bytes.writeUInt16LE(end, at.offset);
      bytes.writeUInt16LE(value.length, at.offset + 2);
      end += bytes.write(value, end, 'latin1');
    } else if (at.kind === 'u64') {
      bytes.writeBigUInt64LE(BigInt(value), at.offset);
    } else if (at.kind === 'i32') {
      bytes.writeInt32LE(value, at.offset);
    } else {
      bytes.writeUIntLE(value, at.offset, at.size);
    }
  }
  return bytes;
}

const latin1 = fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes).toString('latin1'));

/** What a decoder makes of the bytes. */
function decoded(bytes: Uint8Array, { bootMicros = 0, decoder = makeDecoder(layouts) } = {}): SensorEvent[] {
  const events: SensorEvent[] = [];
  decoder.decode(bytes, bootMicros, event => events.push(event));
  return events;
}

test('any bytes in a path, any number in a field come out as they went in', () => {
  const opens = fc.record({
    pid: fc.nat(2 ** 22),
    inode: fc.nat(),
    result: fc.constant(0),
    path: latin1.map(text => `/${text}`),
    asked: latin1,
    count: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    start: fc.nat(2 ** 31).map(ticks => ticks * 10_000_000),
  });
  fc.assert(
    fc.property(fc.array(opens, { maxLength: 20 }), all => {
      const events = decoded(Buffer.concat(all.map(fields => record('open', fields))));
      assert.deepEqual(
        events.map(
          event => event.kind === 'open' && [event.pid, event.path, event.inode, event.count, event.startTicks],
        ),
        all.map(fields => [fields.pid, fields.path, fields.inode, fields.count, fields.start / 10_000_000]),
      );
      assert.deepEqual(
        events.map(event => event.kind === 'open' && (event.asked || event.path)),
        all.map(fields => fields.asked || fields.path),
      );
    }),
  );
});

test('the numbers of a device are those of stat(2)', () => {
  const device = (major: number, minor: number) => {
    const [event] = decoded(record('open', { path: '/x', device: major * 2 ** 20 + minor }));
    return event?.kind === 'open' ? event.device : undefined;
  };
  assert.deepEqual([device(254, 0), device(0, 21), device(259, 300)], [65_024, 21, 0x11032c]);
});

test('wall-clock times are the times of the kernel after the boot', () => {
  const [event] = decoded(record('fork', { time: 5_000_000_000 }), { bootMicros: 1_700_000_000_000_000 });
  assert.equal(event?.time, 1_700_000_005_000_000);
});

test('a failed open of a relative path is told as the path that it would have had', () => {
  const failed = (asked: string, base: string) => {
    const [event] = decoded(record('open', { asked, base, result: -13, flags: 1 }));
    return event?.kind === 'open' && [event.path, event.asked, event.what];
  };
  assert.deepEqual(failed('../b', '/home/a'), ['/home/b', '../b', 2]);
  assert.deepEqual(failed('/etc/shadow', ''), ['/etc/shadow', '', 2]);
});

test('a record of a type that is not known is skipped and counted', () => {
  const strange = record('fork', { pid: 1 });
  strange.writeUInt32LE(99, 0);
  const decoder = makeDecoder(layouts);
  const events = decoded(Buffer.concat([strange, record('fork', { pid: 2 })]), { decoder });
  assert.deepEqual([events.length, events[0]?.pid, decoder.unknown], [1, 2, 1]);
});

test('records that are cut, that have no length or one beyond the end, or are rubbish throughout, are counted and end', () => {
  const decode = (bytes: Buffer) => {
    const decoder = makeDecoder(layouts);
    const events = decoded(bytes, { decoder });
    return [events.length, decoder.unknown];
  };
  const whole = record('open', { pid: 1, path: '/x' });
  const withLength = (length: number) => {
    const bytes = Buffer.from(whole);
    bytes.writeUInt32LE(length, 4);
    return bytes;
  };
  assert.deepEqual(decode(Buffer.concat([whole, withLength(0)])), [1, 1]);
  assert.deepEqual(decode(Buffer.concat([whole, withLength(whole.length + 1)])), [1, 1]);
  for (let cut = 1; cut < whole.length; cut++)
    assert.deepEqual(decode(Buffer.concat([whole, whole.subarray(0, cut)])), [1, 1], `${cut}`);
  const short = record('fork', {}).subarray(0, layoutOf('fork').size - 4);
  short.writeUInt32LE(short.length, 4);
  assert.deepEqual(decode(Buffer.concat([short, whole])), [1, 1]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(20), (bytes, type) => {
      const rubbish = Buffer.from(bytes);
      if (rubbish.length >= 8) {
        rubbish.writeUInt32LE(type, 0);
        rubbish.writeUInt32LE(rubbish.length, 4);
      }
      const [events, unknown] = decode(rubbish);
      assert.ok(events! + unknown! <= 2);
    }),
  );
});

test('an addon that was built from another header is refused, with what differs', () => {
  const without = layouts.map(layout =>
    layout.name === 'exit' ? { ...layout, fields: layout.fields.filter(field => field.name !== 'status') } : layout,
  );
  assert.throws(() => makeDecoder(without), /record "exit" has no "status", expected u32; rebuild it/);
  assert.throws(() => makeDecoder(layouts.slice(1)), /has no record "exec"/);
});
