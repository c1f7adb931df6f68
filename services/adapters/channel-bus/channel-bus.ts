/**
 * A bus that another thread of this process has open: a service in a thread of its own reads and writes it over a message
 * port, with the same promises. What is delivered is copied once.
 */

import type { MessagePort } from 'node:worker_threads';
import type { Bus, BusStats, Consumer, Delivery, Message, Position, Subscription, Topic } from '../../ports/bus.ts';
import { type Calls, Remote } from './remote.ts';

interface Wanted extends Pick<Subscription, 'topic' | 'group' | 'maxBytes'> {
  readonly hasFrom: boolean;
  readonly hasSettle: boolean;
  readonly hasTaken: boolean;
}

/** What the thread with the bus answers; a number stands for a subscription. */
interface Served extends Calls {
  publish(topic: Topic, messages: readonly Message[]): Promise<void>;
  subscribe(id: number, wanted: Wanted): Promise<void>;
  commit(id: number, position: Position): Promise<void>;
  unsubscribe(id: number): Promise<void>;
  stats(): Promise<BusStats>;
}

/** What the thread of the consumers answers. */
interface Consuming extends Calls {
  from(id: number, partition: number): Promise<number | undefined>;
  handle(id: number, deliveries: readonly Delivery[]): Promise<void>;
  settle(id: number): Promise<void>;
  taken(id: number, partitions: readonly number[]): Promise<void>;
}

/** Lets the other end of the port use the bus, which stays this thread's to close: after its consumers. */
export function serveBus(port: MessagePort, bus: Bus): void {
  const consumers = new Map<number, Consumer>();
  const served: Served = {
    publish: (topic, messages) => bus.publish(topic, messages),
    async subscribe(id, { topic, group, maxBytes, hasFrom, hasSettle, hasTaken }) {
      const consumer = await bus.subscribe({
        topic,
        group,
        maxBytes,
        handle: deliveries => remote.call('handle', id, deliveries),
        ...(hasFrom && { from: (partition: number) => remote.call('from', id, partition) }),
        ...(hasSettle && { settle: () => remote.call('settle', id) }),
        ...(hasTaken && { taken: (partitions: readonly number[]) => remote.call('taken', id, partitions) }),
      });
      consumers.set(id, consumer);
    },
    commit: (id, position) => consumers.get(id)!.commit(position),
    async unsubscribe(id) {
      await consumers.get(id)!.close();
      consumers.delete(id);
    },
    stats: () => bus.stats(),
  };
  const remote = new Remote<Consuming>(port, served);
}

/** The bus that the other end of the port serves. */
export function openChannelBus(port: MessagePort): Bus {
  const subscriptions = new Map<number, Subscription>();
  let subscribed = 0;
  const consuming: Consuming = {
    from: async (id, partition) => subscriptions.get(id)!.from!(partition),
    handle: async (id, deliveries) => subscriptions.get(id)!.handle(deliveries),
    settle: async id => subscriptions.get(id)!.settle!(),
    taken: async (id, partitions) => subscriptions.get(id)!.taken!(partitions),
  };
  const remote = new Remote<Served>(port, consuming);
  const unsubscribe = async (id: number): Promise<void> => {
    if (!subscriptions.has(id)) return;
    await remote.call('unsubscribe', id);
    subscriptions.delete(id);
  };
  return {
    publish: (topic, messages) => remote.call('publish', topic, messages),
    async subscribe(subscription) {
      const { topic, group, maxBytes, from, settle, taken } = subscription;
      const id = ++subscribed;
      subscriptions.set(id, subscription);
      const has = { hasFrom: from !== undefined, hasSettle: settle !== undefined, hasTaken: taken !== undefined };
      await remote.call('subscribe', id, { topic, group, maxBytes, ...has });
      return {
        commit: position => remote.call('commit', id, position),
        close: () => unsubscribe(id),
      };
    },
    stats: () => remote.call('stats'),
    async close() {
      await Promise.all([...subscriptions.keys()].map(unsubscribe));
      remote.close();
    },
  };
}
