/** What every bus does. An adapter's test calls `busContract` with a way to open one in a place of its own. */

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import type { Bus, Consumer, Delivery, Message, Subscription } from './bus.ts';

export interface BusUnderTest {
  /** Opens the bus; called again after `close` it opens the same one with all it held. */
  open(): Promise<Bus>;
  /** Removes it with all it holds. */
  dispose(): Promise<void>;
}

export function busContract(
  name: string,
  prepare: (options: { readonly partitions: number }) => Promise<BusUnderTest>,
): void {
  const behaviour = (sentence: string, run: (place: BusUnderTest) => Promise<void>) =>
    test(`${name}: ${sentence}`, async () => {
      const place = await prepare({ partitions: 1 });
      try {
        await run(place);
      } finally {
        await place.dispose();
      }
    });

  behaviour('what is published is delivered whole and in order', async place => {
    const bus = await place.open();
    const messages: Message[] = [
      { key: 'a', headers: {}, value: new Uint8Array() },
      {
        key: 'b',
        headers: { encoding: 'zstd', note: 'ü "quoted"\n' },
        value: Uint8Array.from({ length: 70_000 }, (_, i) => i % 251),
      },
      { key: '', headers: { one: '1' }, value: Buffer.from('PCK1 is no record') },
    ];
    await bus.publish('events', messages);
    const seen = await collect(bus, { topic: 'events', group: 'g', maxBytes: 1 << 20 }, 3);
    assert.deepEqual(seen.map(plain), messages.map(plain));
    assert.ok(seen.every((delivery, i) => i === 0 || delivery.position.offset > seen[i - 1]!.position.offset));
    await bus.close();
  });

  behaviour('a consumer at the end is given what is published later', async place => {
    const bus = await place.open();
    const seen = collect(bus, { topic: 'events', group: 'g', maxBytes: 1000 }, 3);
    for (const i of [0, 1, 2]) await bus.publish('events', [numbered(i)]);
    assert.deepEqual((await seen).map(number), [0, 1, 2]);
    await bus.close();
  });

  behaviour(
    'what a group has committed does not come again, everything else does, also after a restart',
    async place => {
      const before = await place.open();
      await before.publish('events', [0, 1, 2, 3].map(numbered));
      const seen = await collect(
        before,
        { topic: 'events', group: 'g', maxBytes: 1 << 20 },
        4,
        async (consumer, delivery) => {
          if (number(delivery) === 1) await consumer.commit(delivery.position);
        },
      );
      assert.deepEqual(seen.map(number), [0, 1, 2, 3]);
      await before.close();
      const after = await place.open();
      await after.publish('events', [numbered(4)]);
      assert.deepEqual(
        (await collect(after, { topic: 'events', group: 'g', maxBytes: 1 << 20 }, 3)).map(number),
        [2, 3, 4],
      );
      assert.deepEqual(
        (await collect(after, { topic: 'events', group: 'other', maxBytes: 1 << 20 }, 5)).map(number),
        [0, 1, 2, 3, 4],
      );
      await after.close();
    },
  );

  behaviour('a consumer that keeps its position itself starts where it says', async place => {
    const bus = await place.open();
    await bus.publish('events', [0, 1, 2].map(numbered));
    const [, second] = await collect(bus, { topic: 'events', group: 'g', maxBytes: 1 << 20 }, 3);
    const from = async () => second!.position.offset;
    assert.deepEqual(
      (await collect(bus, { topic: 'events', group: 'g', maxBytes: 1 << 20, from }, 2)).map(number),
      [1, 2],
    );
    await bus.close();
  });

  behaviour('a delivery that could not be handled comes again before the next one', async place => {
    const bus = await place.open();
    await bus.publish('events', [0, 1].map(numbered));
    const tried: number[] = [];
    await new Promise<void>((resolve, reject) => {
      const handle = async (deliveries: readonly Delivery[]) => {
        tried.push(...deliveries.map(number));
        if (tried.length === 1) throw new Error('the store is away');
        if (tried.length === 3) resolve();
      };
      bus.subscribe({ topic: 'events', group: 'g', maxBytes: 1, handle }).catch(reject);
    });
    assert.deepEqual(tried, [0, 0, 1]);
    await bus.close();
  });

  behaviour('a delivery has at most maxBytes of values, or one message that is larger', async place => {
    const bus = await place.open();
    const sizes = [10, 5000, 10, 10, 400, 700, 5000];
    await bus.publish(
      'events',
      sizes.map(size => ({ key: 'k', headers: {}, value: new Uint8Array(size) })),
    );
    const seen: number[] = [];
    await new Promise<void>((resolve, reject) => {
      const handle = async (deliveries: readonly Delivery[]) => {
        const bytes = deliveries.reduce((sum, delivery) => sum + delivery.value.length, 0);
        if (deliveries.length > 1 && bytes > 1000)
          reject(new Error(`${deliveries.length} deliveries with ${bytes} bytes`));
        seen.push(...deliveries.map(delivery => delivery.value.length));
        if (seen.length >= sizes.length) resolve();
      };
      bus.subscribe({ topic: 'events', group: 'g', maxBytes: 1000, handle }).catch(reject);
    });
    assert.deepEqual(seen, sizes);
    await bus.close();
  });

  behaviour('publishers at the same time all find their messages in it, each in its own order', async place => {
    const bus = await place.open();
    const publishers = Array.from({ length: 20 }, async (_, publisher) => {
      for (let i = 0; i < 5; i++)
        await bus.publish('events', [{ key: String(publisher), headers: {}, value: Buffer.from([i]) }]);
    });
    await Promise.all(publishers);
    const seen = await collect(bus, { topic: 'events', group: 'g', maxBytes: 1 << 20 }, 100);
    for (let publisher = 0; publisher < 20; publisher++) {
      const own = seen.filter(delivery => delivery.key === String(publisher)).map(delivery => delivery.value[0]);
      assert.deepEqual(own, [0, 1, 2, 3, 4]);
    }
    await bus.close();
  });

  behaviour('topics do not mix, and lag counts what a group has not committed', async place => {
    const bus = await place.open();
    await bus.publish('dead-letter', [numbered(9)]);
    await bus.publish('events', [0, 1, 2].map(numbered));
    await collect(bus, { topic: 'events', group: 'g', maxBytes: 1 << 20 }, 3, async (consumer, delivery) => {
      if (number(delivery) === 0) await consumer.commit(delivery.position);
    });
    assert.equal((await bus.stats()).lag['events/g'], 2);
    assert.deepEqual((await collect(bus, { topic: 'dead-letter', group: 'g', maxBytes: 1 << 20 }, 1)).map(number), [9]);
    await bus.close();
  });

  behaviour(
    'a closed consumer is not handed anything any more, and close waits for what it is handling',
    async place => {
      const bus = await place.open();
      const started = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      let handled = 0;
      const consumer = await bus.subscribe({
        topic: 'events',
        group: 'g',
        maxBytes: 1,
        handle: async () => {
          started.resolve();
          await finish.promise;
          handled++;
        },
      });
      await bus.publish('events', [0, 1].map(numbered));
      await started.promise;
      const closed = consumer.close().then(() => handled);
      finish.resolve();
      assert.equal(await closed, 1);
      await bus.publish('events', [numbered(2)]);
      assert.equal(handled, 1);
      await bus.close();
    },
  );
}

/** What a bus does that spreads keys over partitions and these over the consumers of a group. */
export function handOverContract(
  name: string,
  prepare: (options: { readonly partitions: number }) => Promise<BusUnderTest>,
): void {
  test(`${name}: a second consumer takes its share in order, and the first handles nothing of it after it gave it up`, async () => {
    const place = await prepare({ partitions: 4 });
    const bus = await place.open();
    const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`);
    const seen = new Map<string, number[]>(keys.map(key => [key, []]));
    /** Which of them came to whom, from the moment on when the partition was given to it. */
    const tenures = new Map<string, Map<string, number[]>>(keys.map(key => [key, new Map()]));
    let given = 0;
    const late: string[] = [];
    const grown = new EventEmitter();
    const join = async (who: string) => {
      const lost = new Set<number>();
      const has = new Set<number>();
      const latest = new Map<number, number>();
      const tenure = new Map<number, string>();
      const consumer = await bus.subscribe({
        topic: 'events',
        group: 'g',
        maxBytes: 100,
        from: async partition => {
          lost.delete(partition);
          has.add(partition);
          tenure.set(partition, `${who} ${++given}`);
          return undefined;
        },
        handle: async deliveries => {
          for (const delivery of deliveries) {
            const { partition, offset } = delivery.position;
            if (lost.has(partition)) late.push(`${who} ${partition}`);
            latest.set(partition, offset);
            seen.get(delivery.key)!.push(number(delivery));
            const own = tenures.get(delivery.key)!;
            const name = tenure.get(partition)!;
            own.set(name, [...(own.get(name) ?? []), number(delivery)]);
          }
          grown.emit('grown');
        },
        settle: async () => {
          for (const [partition, offset] of latest) await consumer.commit({ partition, offset });
        },
        taken: async partitions => {
          for (const partition of partitions) {
            lost.add(partition);
            has.delete(partition);
          }
          grown.emit('grown');
        },
      });
      return { has, consumer };
    };
    const until = async (holds: () => boolean) => {
      while (!holds()) await once(grown, 'grown', { signal: AbortSignal.timeout(60_000) });
    };
    let published = 0;
    const round = async () => {
      await bus.publish(
        'events',
        keys.map(key => ({ ...numbered(published), key })),
      );
      published++;
    };
    const arrived = () => [...seen.values()].every(numbers => numbers.includes(published - 1));

    const first = await join('first');
    for (let i = 0; i < 10; i++) await round();
    await until(arrived);
    const second = await join('second');
    while (first.has.size !== 2 || second.has.size !== 2) await round();
    await round();
    await until(arrived);
    await first.consumer.close();
    await round();
    await until(arrived);
    assert.deepEqual(late, []);
    assert.equal(second.has.size, 4);
    const all = Array.from({ length: published }, (_, i) => i);
    for (const [key, numbers] of seen) {
      // A number may come again with all behind it, where a commit was not heard: never one before it is missing.
      assert.deepEqual([...new Set(numbers)], all, key);
      for (const [name, own] of tenures.get(key)!) {
        const inOrder = Array.from(own, (_, i) => own[0]! + i);
        assert.deepEqual(own, inOrder, `${key}: ${name} was given a message before an older one, or twice`);
      }
    }
    await bus.close();
    await place.dispose();
  });
}

export const numbered = (i: number): Message => ({
  key: 'k',
  headers: { n: String(i) },
  value: Buffer.from(`message ${i}`),
});

export const number = (message: Message): number => Number(message.headers['n']);

const plain = ({ key, headers, value }: Message) => ({ key, headers, value: Buffer.from(value).toString('hex') });

/** The next `count` deliveries of a subscription, which is closed then. */
export async function collect(
  bus: Bus,
  subscription: Omit<Subscription, 'handle'>,
  count: number,
  each?: (consumer: Consumer, delivery: Delivery) => Promise<void>,
): Promise<Delivery[]> {
  const seen: Delivery[] = [];
  const full = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<Consumer>();
  const consumer = await bus.subscribe({
    ...subscription,
    handle: async deliveries => {
      for (const delivery of deliveries) {
        // Deliveries share memory with what the bus read; a test keeps them for longer.
        seen.push({ ...delivery, value: Uint8Array.from(delivery.value) });
        await each?.(await opened.promise, delivery);
      }
      if (seen.length >= count) full.resolve();
    },
  });
  opened.resolve(consumer);
  await full.promise;
  await consumer.close();
  return seen;
}
