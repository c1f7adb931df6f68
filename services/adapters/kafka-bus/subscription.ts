/**
 * One member of a group, over as many lives of the client's consumer as it takes.
 *
 * All that the subscriber is asked (`handle`, `settle`, `taken`, `from`) goes one after the other. Messages flow only while the
 * gate is open: it is shut before this member answers a rebalance, and opened when every partition of the new round has its place.
 *
 * A partition is kept over a rebalance where nobody else can have had it between: the same membership, joined at the first
 * attempt. Otherwise it is taken, and given anew. So it is where another leads it than did, or the same broker in another life: that
 * one may have less than was read already, and give the offsets of what it lost to others.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer as Client, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Logger } from 'pino';
import type { Delivery, Position, Subscription } from '../../ports/bus.ts';
import { assigner } from './assigner.ts';
import { sendBytes } from './config.ts';

export interface SubscriptionConfig {
  readonly topicName: string;
  readonly groupName: string;
  readonly sessionMillis: number;
  /** A leader may lack what another one acknowledged: so it is where a broker alone has it. */
  readonly leadersForget: boolean;
}

/** Milliseconds before what failed is tried again: doubled each time, up to the last. */
const backoff = { first: 50, last: 5_000 };
/** The most that a rebalance of the whole group takes: one who has not joined by then is out. */
const rebalanceMillis = 60_000;
/** How long the broker holds a question for messages that are not there yet, where the subscriber wants them at once. */
const longPollMillis = 250;
/** So many bytes are answered with at once in any case. */
const gatheredBytes = 256 << 10;

interface Session {
  /** The next offset wanted; `undefined`: behind what the group has committed. */
  next: number | undefined;
  committed: number;
  /** Something of it was read. */
  begun: boolean;
}

export class GroupMember {
  readonly #kafka: Kafka;
  readonly #config: SubscriptionConfig;
  readonly #subscription: Subscription;
  readonly #log: Logger;
  readonly #closing = new AbortController();
  #client: Client | undefined;
  #sessions = new Map<number, Session>();
  /** The newest epoch of a leader in what was read of each partition, in all lives of the client. */
  readonly #leaderEpochs = new Map<number, number>();
  #gateOpen = false;
  /** Grows with each change of membership: what belongs to an earlier round is over. */
  #round = 0;
  #joinAttempts = 0;
  #memberId = '';
  /** The end of what the subscriber is being asked. */
  #asked: Promise<unknown> = Promise.resolve();
  #busy = 0;
  #lastSign = performance.now();
  #watchdog: NodeJS.Timeout | undefined;
  #restarting: Promise<void> | undefined;
  /** Why the client of now is of no use any more; it may say so before its start has come to an end. */
  #failure: Error | undefined;

  constructor(kafka: Kafka, config: SubscriptionConfig, subscription: Subscription, log: Logger) {
    this.#kafka = kafka;
    this.#config = config;
    this.#subscription = subscription;
    this.#log = log.child({ topic: subscription.topic, group: subscription.group });
  }

  /** Resolves when the client has been started; it joins as soon as the group lets it. */
  async start(): Promise<void> {
    const { sessionMillis } = this.#config;
    const silence = rebalanceMillis + sessionMillis;
    this.#watchdog = setInterval(() => {
      if (this.#busy > 0 || performance.now() - this.#lastSign < silence) return;
      this.#sign();
      this.#restart(this.#client, new Error(`the client gave no sign for ${silence} ms`));
    }, 5_000);
    this.#watchdog.unref();
    await this.#begin().catch(error => {
      if (!this.#restarting) this.#restart(this.#client, error);
    });
  }

  /** Says nothing of a partition that is another's by now. */
  async commit({ partition, offset }: Position): Promise<void> {
    const session = this.#sessions.get(partition);
    if (session === undefined || offset <= session.committed) return;
    const topic = this.#config.topicName;
    await this.#client?.commitOffsets([{ topic, partition, offset: String(offset + 1) }]);
    session.committed = offset;
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#gateOpen = false;
    this.#closing.abort();
    clearInterval(this.#watchdog);
    await this.#restarting;
    await this.#settle();
    this.#round++;
    await this.#asked.catch(() => undefined);
    await this.#end(this.#client);
  }

  async #begin(): Promise<void> {
    const { groupName, sessionMillis, topicName } = this.#config;
    const { gatherMillis } = this.#subscription;
    const maxBytes = Math.max(this.#subscription.maxBytes, 64 << 10);
    const client = this.#kafka.consumer({
      groupId: groupName,
      sessionTimeout: sessionMillis,
      rebalanceTimeout: rebalanceMillis,
      heartbeatInterval: this.#heartbeatMillis,
      maxBytes,
      maxBytesPerPartition: Math.min(maxBytes, sendBytes),
      // A question costs the broker and us as much as ten small messages.
      minBytes: gatherMillis === undefined ? 1 : Math.min(maxBytes, gatheredBytes),
      maxWaitTimeInMs: gatherMillis ?? longPollMillis,
      metadataMaxAge: 60_000,
      allowAutoTopicCreation: false,
      partitionAssigners: [
        assigner({ claims: () => [...this.#sessions.keys()], joining: () => this.#joining(client) }),
      ],
      // About 12 seconds, as long as a broker takes to come back; then we make a new client, for this one gives up for good.
      retry: { retries: 9, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: async () => false },
    });
    this.#client = client;
    this.#failure = undefined;
    this.#memberId = '';
    this.#joinAttempts = 0;
    client.on(client.events.CRASH, ({ payload }) => this.#restart(client, payload.error));
    client.on(client.events.GROUP_JOIN, ({ payload }) => {
      this.#joined(client, payload.memberId, payload.memberAssignment[topicName] ?? []);
    });
    for (const event of [client.events.FETCH, client.events.HEARTBEAT]) client.on(event, () => this.#sign());
    await client.connect();
    await client.subscribe({ topic: topicName, fromBeginning: true });
    await client.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: payload => this.#batch(client, payload),
    });
    // The client resolves where it could not join, too, and has said so before.
    if (this.#failure) throw this.#failure;
  }

  get #heartbeatMillis(): number {
    return Math.min(3_000, this.#config.sessionMillis / 10);
  }

  #sign(): void {
    this.#lastSign = performance.now();
    if (this.#busy === 0) this.#subscription.alive?.();
  }

  /** Once what runs is over; nothing else is asked meanwhile. */
  #ask<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#asked.then(async () => {
      this.#busy++;
      try {
        return await work();
      } finally {
        this.#busy--;
        this.#sign();
      }
    });
    this.#asked = done.catch(() => undefined);
    return done;
  }

  /** The client is about to answer a rebalance, or to try again to. */
  async #joining(client: Client): Promise<void> {
    if (client !== this.#client) return;
    this.#joinAttempts++;
    this.#round++;
    const flowed = this.#gateOpen;
    this.#gateOpen = false;
    if (flowed) await this.#settle();
  }

  /** Waits for what is being handled and for the subscriber's word that it is safe, but not until the session is lost. */
  async #settle(): Promise<void> {
    const { settle } = this.#subscription;
    const patience = Math.min(10_000, this.#config.sessionMillis / 2);
    const settled = this.#ask(async () => {
      if (this.#sessions.size > 0) await settle?.();
    }).then(
      () => true,
      error => {
        this.#log.warn({ err: error }, 'what was handled could not be made safe before a rebalance; it comes again');
        return true;
      },
    );
    const over = new AbortController();
    const late = delay(patience, false, { signal: over.signal }).catch(() => true);
    if (!(await Promise.race([settled, late]))) {
      this.#log.warn({ patience }, 'a rebalance is answered before what was handled is safe; it may be handled again');
    }
    over.abort();
  }

  #joined(client: Client, memberId: string, partitions: readonly number[]): void {
    if (client !== this.#client || this.#closing.signal.aborted) return;
    this.#sign();
    const unbroken = this.#joinAttempts === 1 && memberId === this.#memberId;
    this.#joinAttempts = 0;
    this.#memberId = memberId;
    const round = ++this.#round;
    const which = { topic: this.#config.topicName, partitions: [...partitions] };
    // In the same turn as the client learned of them: nothing is fetched before each has its place.
    client.pause([which]);
    this.#ask(async () => {
      await this.#take([...this.#sessions.keys()].filter(had => !unbroken || !partitions.includes(had)));
      for (const partition of partitions) {
        if (this.#round !== round) return;
        await this.#place(client, partition, round);
      }
      if (this.#round !== round) return;
      this.#gateOpen = true;
      client.resume([which]);
      this.#log.debug({ partitions, unbroken }, 'partitions were given');
    }).catch(error => this.#restart(client, error));
  }

  async #take(partitions: readonly number[]): Promise<void> {
    if (partitions.length === 0) return;
    for (const partition of partitions) this.#sessions.delete(partition);
    await this.#subscription.taken?.(partitions);
  }

  async #place(client: Client, partition: number, round: number): Promise<void> {
    let session = this.#sessions.get(partition);
    if (session === undefined) {
      const given = await this.#persist('could not say from where it wants a partition', round, async () => ({
        next: await this.#subscription.from?.(partition),
      }));
      if (given === undefined) return;
      session = { next: given.next, committed: -1, begun: false };
      this.#sessions.set(partition, session);
    }
    if (session.next === undefined || this.#round !== round) return;
    client.seek({ topic: this.#config.topicName, partition, offset: String(session.next) });
  }

  /** Tries until it succeeds or its round is over; `undefined` is the latter. */
  async #persist<T>(trouble: string, round: number, attempt: () => Promise<T>): Promise<T | undefined> {
    const { signal } = this.#closing;
    for (let wait = backoff.first; this.#round === round && !signal.aborted; wait = Math.min(wait * 2, backoff.last)) {
      try {
        return await attempt();
      } catch (error) {
        if (signal.aborted) return undefined;
        this.#log.warn({ err: error, retryInMs: wait }, `A consumer ${trouble}; it will try again`);
        await delay(wait, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  async #batch(client: Client, payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, heartbeat, isRunning, isStale } = payload;
    const session = this.#sessions.get(batch.partition);
    const round = this.#round;
    if (
      this.#config.leadersForget &&
      session &&
      client === this.#client &&
      this.#isLedAnew(batch.partition, session, batch.messages)
    ) {
      this.#restart(
        client,
        new Error(`partition ${batch.partition} is led anew: whether it has what was read is asked again`),
      );
      return;
    }
    for (const part of inParts(batch.messages, this.#subscription.maxBytes)) {
      const flows = () =>
        this.#gateOpen && this.#round === round && client === this.#client && isRunning() && !isStale();
      if (!session || !flows()) return;
      const deliveries = part.map(message => deliveryOf(batch.partition, message));
      const handled = await this.#whileBeating(heartbeat, round, () =>
        this.#ask(async () => {
          if (!flows()) return undefined;
          await this.#subscription.handle(deliveries);
          session.next = deliveries.at(-1)!.position.offset + 1;
          return true;
        }),
      );
      if (!handled) return;
      resolveOffset(part.at(-1)!.offset);
    }
  }

  /** Once for each leader, and not of what a session begins with: that is where the subscriber wanted to begin. */
  #isLedAnew(partition: number, session: Session, messages: readonly KafkaMessage[]): boolean {
    const known = this.#leaderEpochs.get(partition) ?? -1;
    const ledAnew = session.begun && leaderEpochOf(messages[0]!) > known;
    session.begun = true;
    // What one answer holds was there at one time: leaders may change within it.
    this.#leaderEpochs.set(partition, Math.max(known, leaderEpochOf(messages.at(-1)!)));
    return ledAnew;
  }

  /** The group hears that this member lives for as long as `work` takes; then rejects where the group has something to say. */
  async #whileBeating<T>(
    heartbeat: () => Promise<void>,
    round: number,
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    let news: Error | undefined;
    const beat = setInterval(() => heartbeat().catch((error: Error) => (news ??= error)), this.#heartbeatMillis);
    // A rebalance does not wait for a store: what could not be handled comes again to whom it is given.
    const attempt = async () => (news === undefined ? work() : undefined);
    const handled = await this.#persist('could not handle a delivery', round, attempt);
    clearInterval(beat);
    if (news !== undefined) throw news;
    return handled;
  }

  /** The client has failed or fell silent: whatever it says of itself, it is not used any more. */
  #restart(client: Client | undefined, reason: Error): void {
    if (client !== this.#client || this.#closing.signal.aborted) return;
    this.#failure = reason;
    // Whoever makes it anew finds the failure and does it again.
    if (this.#restarting) return;
    this.#log.warn({ err: reason }, 'a consumer of Kafka failed, and is made anew');
    this.#gateOpen = false;
    this.#round++;
    this.#client = undefined;
    this.#restarting = this.#again(client).finally(() => {
      this.#restarting = undefined;
      if (this.#failure) this.#restart(this.#client, this.#failure);
    });
  }

  async #again(failed: Client | undefined): Promise<void> {
    const { signal } = this.#closing;
    await this.#end(failed);
    await this.#ask(() => this.#take([...this.#sessions.keys()])).catch(error =>
      this.#log.error({ err: error }, 'what belonged to lost partitions could not be forgotten'),
    );
    for (let wait = backoff.first; !signal.aborted; wait = Math.min(wait * 2, backoff.last)) {
      await delay(wait, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      this.#sign();
      try {
        return await this.#begin();
      } catch (error) {
        this.#log.warn({ err: error, retryInMs: wait }, 'Kafka can not be consumed from; it will be tried again');
        await this.#end(this.#client);
      }
    }
  }

  /** Leaves the group, where the client can still do that in time. */
  async #end(client: Client | undefined): Promise<void> {
    if (client === undefined) return;
    const over = new AbortController();
    const ended = client.disconnect().catch(() => undefined);
    await Promise.race([ended, delay(10_000, undefined, { signal: over.signal }).catch(() => undefined)]);
    over.abort();
  }
}

/** Consecutive messages with at most `maxBytes` of values, or one that is larger. */
function* inParts(messages: readonly KafkaMessage[], maxBytes: number): Generator<readonly KafkaMessage[]> {
  let from = 0;
  let bytes = 0;
  for (const [i, { value }] of messages.entries()) {
    const size = value?.length ?? 0;
    if (i > from && bytes + size > maxBytes) {
      yield messages.slice(from, i);
      from = i;
      bytes = 0;
    }
    bytes += size;
  }
  if (from < messages.length) yield messages.slice(from);
}

/** Which the client decodes, and has no type for. */
const leaderEpochOf = (message: KafkaMessage): number =>
  (message as { batchContext?: { partitionLeaderEpoch?: number } }).batchContext?.partitionLeaderEpoch ?? -1;

function deliveryOf(partition: number, { key, headers, value, offset }: KafkaMessage): Delivery {
  const texts = Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)] as const);
  return {
    key: key?.toString('utf8') ?? '',
    headers: Object.fromEntries(texts),
    value: value ?? Buffer.alloc(0),
    position: { partition, offset: Number(offset) },
  };
}
