/** Several story hosts as endpoints of one Picket, and what Picket must hold of them afterwards, whatever happened meanwhile. */

import assert from 'node:assert/strict';
import { keyFromSeed } from '@picket/bench/load/agent';
import type { Receiver } from '@picket/bench/load/connection';
import { Partitioners } from 'kafkajs';
import type { Api } from '../harness/api.ts';
import { until } from '../harness/until.ts';
import { StoryAgent } from './agent.ts';
import type { Dialect } from './dialect.ts';
import { lessons, strangeReads } from './story.ts';

/** A Picket under test, as agents and people reach it. */
export interface System {
  readonly receiver: Receiver;
  /** Of the topic of events; default 1. */
  readonly partitions?: number;
  api(): Api;
}

export interface FleetOptions {
  /** Of the endpoints; each fleet has its own. */
  readonly name: string;
  /** The agents' spools are made below. */
  readonly folder: string;
  readonly dialect?: Dialect;
}

const fewestHosts = 3;
/** Batches of a whole story: what comes behind the lessons holds the deviations and attacks. */
export const storyLength = lessons + 36;
/** Seconds: everything that is waited for comes far sooner, but on a machine that does other things too. */
const patience = 240;

/** `detector | program | deviation` and how often it was found, by host. */
export type Findings = readonly (readonly string[])[];

export class StoryFleet {
  readonly #system: System;
  readonly #agents: readonly StoryAgent[];
  #batches = 0;

  private constructor(system: System, agents: readonly StoryAgent[]) {
    this.#system = system;
    this.#agents = agents;
  }

  static async enrol(system: System, { name, folder, dialect }: FleetOptions): Promise<StoryFleet> {
    const start = Date.now() * 1000 - 30 * 3_600_000_000;
    const agents: StoryAgent[] = [];
    const { partitions = 1 } = system;
    for (let i = 0; i < Math.max(fewestHosts, partitions); i++) {
      const identity = await enrolIn(system, i % partitions, `${name}-${i}`);
      agents.push(
        new StoryAgent({
          identity,
          receiver: system.receiver,
          folder,
          seed: i + 1,
          start,
          ...(dialect ? { dialect } : {}),
        }),
      );
    }
    return new StoryFleet(system, agents);
  }

  get events(): number {
    return this.#agents.reduce((sum, { events }) => sum + events, 0);
  }

  get acknowledged(): number {
    return this.#agents.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  }

  /** What each host is told while the server does not take its events. */
  get troubles(): readonly string[] {
    return this.#agents.flatMap(({ trouble }) => trouble ?? []);
  }

  /** Every host sees so many batches more, or what is left of its story. */
  see(batches: number): void {
    const count = Math.min(batches, storyLength - this.#batches);
    this.#batches += count;
    for (const agent of this.#agents) agent.see(count);
  }

  /** This part of what was seen until now, 0 to 1, is acknowledged. */
  async reaches(part: number): Promise<void> {
    await until(`${part * 100} % of the events to be acknowledged`, patience, () => {
      return this.acknowledged >= part * this.events || undefined;
    });
  }

  /** Something more of every host has been acknowledged. */
  async takesAgain(): Promise<void> {
    const before = this.#agents.map(({ acknowledged }) => acknowledged);
    await until('events of every host to be acknowledged again', patience, () => {
      return this.#agents.every(({ acknowledged }, i) => acknowledged > before[i]!) || undefined;
    }).catch(error => {
      throw new Error(`${error.message}; ${this.troubles.join('; ')}`, { cause: error });
    });
  }

  /** Ids of the endpoints. */
  get endpoints(): readonly string[] {
    return this.#agents.map(({ endpoint }) => endpoint);
  }

  /** The story to its end: every event acknowledged, stored once, analysed once. `expected`: of an undisturbed run. */
  async endsWell(expected?: Findings): Promise<Findings> {
    this.see(storyLength);
    for (const agent of this.#agents) await agent.drained(patience);
    assert.deepEqual(
      this.#agents.flatMap(({ losses }) => losses),
      [],
    );
    return await this.isWhole(expected);
  }

  /** What the stores hold, once they hold as much as is expected. */
  async isWhole(expected?: Findings): Promise<Findings> {
    await Promise.all(this.#agents.map(agent => this.#storedOnce(agent)));
    return await this.#analysedOnce(expected);
  }

  /** What was whole has not grown since: nothing came again. */
  async isStill(expected: Findings | undefined): Promise<void> {
    const stored = await Promise.all(this.#agents.map(({ endpoint }) => this.#stored(endpoint)));
    assert.deepEqual(
      stored,
      this.#agents.map(({ events }) => events),
    );
    assert.deepEqual(await this.#found(), expected);
  }

  /** The clocks of all hosts go wrong by so many seconds, or right again. */
  setClocks(seconds: number): void {
    for (const agent of this.#agents) agent.clockOff = seconds;
  }

  async close(): Promise<void> {
    await Promise.all(this.#agents.map(agent => agent.close()));
  }

  async #storedOnce({ endpoint, events }: StoryAgent): Promise<void> {
    const api = this.#system.api();
    let stored = 0;
    await until(`${events} events of ${endpoint} in the event store`, patience, async () => {
      stored = await this.#stored(endpoint);
      return stored >= events || undefined;
    }).catch(error => {
      throw new Error(`${error.message}: there are ${stored}`, { cause: error });
    });
    const seen = new Set<string>();
    for (let cursor: string | null = ''; cursor !== null; ) {
      const next = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page = await until('the events', patience, () =>
        api.get<Page>(`/events?endpoint=${endpoint}&limit=200${next}`),
      );
      for (const { stream, sequence } of page.items) seen.add(`${stream}/${sequence}`);
      cursor = page.nextCursor;
    }
    assert.deepEqual({ stored, different: seen.size }, { stored: events, different: events });
  }

  async #stored(endpoint: string): Promise<number> {
    return (await this.#system.api().get<{ count: number }>(`/events/count?endpoint=${endpoint}`)).count;
  }

  async #found(): Promise<string[][]> {
    const hosts = await Promise.all(this.#agents.map(({ endpoint }) => this.#findings(endpoint)));
    return hosts.map(told);
  }

  async #analysedOnce(expected: Findings | undefined): Promise<Findings> {
    let found: Findings = [];
    const wanted = JSON.stringify(expected);
    // Every batch has such a read, the last one too: when all are counted, everything is.
    const reads = strangeReads(storyLength - lessons);
    await until('the findings of an undisturbed run', patience, async () => {
      const hosts = await Promise.all(this.#agents.map(({ endpoint }) => this.#findings(endpoint)));
      found = hosts.map(told);
      if (expected !== undefined) return JSON.stringify(found) === wanted || undefined;
      return hosts.every(alerts => strange(alerts) === reads) || undefined;
    }).catch(error => {
      if (expected === undefined) throw error;
      assert.deepEqual(found, expected);
    });
    return found;
  }

  async #findings(endpoint: string): Promise<Counted[]> {
    const { items } = await this.#system
      .api()
      .get<{ items: { detector: string; program: string; deviation: string; count: number }[] }>(
        `/alerts?endpoint=${endpoint}&limit=200`,
      );
    // That a host of a finished story is silent says nothing about its events.
    const ofEvents = items.filter(({ detector }) => !detector.startsWith('sensor.'));
    return ofEvents.map(({ detector, program, deviation, count }) => ({
      what: `${detector} | ${program} | ${deviation}`,
      count,
    }));
  }
}

/** An endpoint whose events go into the partition: whoever is killed has some of them, whichever partitions it was given. */
async function enrolIn({ api, receiver, partitions = 1 }: System, partition: number, name: string) {
  for (let tries = 0; tries < 50 * partitions; tries++) {
    const { endpoint, configuration } = await api().post<{ endpoint: { id: string }; configuration: string }>(
      '/endpoints',
      { name: `${name} ${tries}`, api: `${receiver.url}/submit_logs` },
    );
    if (partitionOf(endpoint.id, partitions) !== partition) continue;
    const seed = /^key=(\S+)$/m.exec(configuration)?.[1] ?? '';
    return { id: endpoint.id, privateKey: keyFromSeed(Buffer.from(seed, 'base64url')) };
  }
  throw new Error(`no endpoint of partition ${partition} among ${50 * partitions}`);
}

/** As every client of Kafka spreads keys. */
function partitionOf(key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => {
    return { partitionId, partitionErrorCode: 0, leader: 0, replicas: [], isr: [] };
  });
  return Partitioners.DefaultPartitioner()({ topic: '', partitionMetadata, message: { key, value: null } });
}

interface Page {
  readonly items: readonly { readonly stream: string; readonly sequence: number }[];
  readonly nextCursor: string | null;
}

interface Counted {
  readonly what: string;
  readonly count: number;
}

const told = (alerts: readonly Counted[]): string[] => alerts.map(({ what, count }) => `${what}: ${count}`).toSorted();

const strange = (alerts: readonly Counted[]): number =>
  alerts.reduce(
    (sum, { what, count }) => sum + (/^baseline[.]unusual-file \| [^ ]*ledgerd /.test(what) ? count : 0),
    0,
  );
