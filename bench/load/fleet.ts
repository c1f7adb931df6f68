/** Many simulated agents against one server: prepared beforehand, then sent as fast as the server takes it or at a given pace. */

import { setTimeout as delay } from 'node:timers/promises';
import type { AgentIdentity, Submission } from './agent.ts';
import { SimulatedAgent } from './agent.ts';
import type { Receiver } from './connection.ts';

export interface Sent {
  readonly events: number;
  readonly submissions: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Answers by status, for example 202 or 429; 0: none. */
  readonly answers: Readonly<Record<number, number>>;
  /** From when each submission was to be sent, however late it was sent, to the answer that it was taken. */
  readonly millis: readonly number[];
  /** Of each agent, the longest of those. */
  readonly slowest: readonly number[];
}

/** What a real agent tries again: too slow, too much, not now, and an edge that finds nobody behind it. */
const passing = new Set([0, 408, 429, 502, 503, 504]);
/** Seconds before the first other try, and at most: doubled with each. */
const wait = { first: 0.1, most: 30 };

export class Fleet implements Disposable {
  #agents: SimulatedAgent[];

  constructor(identities: readonly AgentIdentity[], receiver: Receiver) {
    this.#agents = identities.map((identity, i) => new SimulatedAgent(identity, receiver, i + 1));
  }

  /** One queue an agent, `events` in all. Signatures hold for five minutes. */
  prepare(events: number, batch: number): Submission[][] {
    const each = Math.ceil(events / batch / this.#agents.length);
    return this.#agents.map(agent => Array.from({ length: each }, () => agent.prepare(batch)));
  }

  /** Sends every queue in order, one request at a time an agent; waits and tries again where the server says so or does not answer. */
  async send(queues: readonly (readonly Submission[])[], eventsPerSecond = Number.POSITIVE_INFINITY): Promise<Sent> {
    const answers: Record<number, number> = {};
    const millis: number[] = [];
    const slowest = queues.map(() => 0);
    const paced = Number.isFinite(eventsPerSecond);
    /** Of one agent: so that all together send at the pace. */
    const millisBetween = (size: number) => (size * queues.length * 1000) / eventsPerSecond;
    let events = 0;
    let bytes = 0;
    const started = performance.now();
    await Promise.all(
      queues.map(async (queue, i) => {
        const agent = this.#agents[i]!;
        // At a given pace nobody's first submission comes at the same moment as somebody else's.
        let due = started + (i / queues.length) * millisBetween(queue[0]?.events ?? 0);
        for (const prepared of queue) {
          let submission = prepared;
          const early = due - performance.now();
          if (early > 1) await delay(early);
          const begun = paced ? due : performance.now();
          due += millisBetween(submission.events);
          for (let tries = 0; ; tries++) {
            const { status, text, retryAfter } = await agent.send(submission);
            answers[status] = (answers[status] ?? 0) + 1;
            if (status === 202) {
              const took = performance.now() - begun;
              millis.push(took);
              slowest[i] = Math.max(slowest[i]!, took);
              break;
            }
            if (!passing.has(status)) throw new Error(`The server answered ${status}: ${text}`);
            await delay(Math.max(retryAfter, Math.min(wait.first * 2 ** tries, wait.most)) * 1000);
            submission = agent.sign(submission);
          }
          events += submission.events;
          bytes += submission.body.length;
        }
      }),
    );
    const submissions = queues.reduce((sum, queue) => sum + queue.length, 0);
    return { events, submissions, bytes, seconds: (performance.now() - started) / 1000, answers, millis, slowest };
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents) agent.close();
  }
}
