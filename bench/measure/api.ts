/** The HTTP API, as far as a benchmark needs it. */

import { setTimeout as delay } from 'node:timers/promises';
import type { AgentIdentity } from '../load/agent.ts';
import { keyFromSeed } from '../load/agent.ts';

export interface Alert {
  readonly id: string;
  readonly program: string;
  readonly detector: string;
  /** RFC 3339 with microseconds: when the kernel saw it first. */
  readonly firstSeenAt: string;
}

export interface NewEndpoint extends AgentIdentity {
  /** Text of the agent's configuration file. */
  readonly configuration: string;
}

export class Api {
  #url: string;
  #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async addEndpoint(name: string, api: string): Promise<NewEndpoint> {
    const { endpoint, configuration } = await this.call<{ endpoint: { id: string }; configuration: string }>(
      'POST',
      '/endpoints',
      { name, api },
    );
    const seed = /^key=(\S+)$/m.exec(configuration)?.[1] ?? '';
    return { id: endpoint.id, privateKey: keyFromSeed(Buffer.from(seed, 'base64url')), configuration };
  }

  /** The endpoint's state: alive, silent, never or revoked. */
  async endpointState(id: string): Promise<string> {
    return (await this.call<{ state: string }>('GET', `/endpoints/${id}`)).state;
  }

  /** Events that the store holds, of an endpoint or in all. */
  async eventCount(endpoint?: string): Promise<number> {
    const filter = endpoint === undefined ? '' : `?endpoint=${endpoint}`;
    return Number((await this.call<{ count: number }>('GET', `/events/count${filter}`)).count);
  }

  /**
   * Events of an endpoint with one stream that the store lacks: they are numbered without holes, so the highest number says
   * how many there were. What got no number is in the endpoint's loss counters.
   */
  async missingEvents(endpoint: string): Promise<number> {
    const { items } = await this.call<{ items: { sequence: number }[] }>(
      'GET',
      `/events?endpoint=${endpoint}&limit=200`,
    );
    const highest = items.reduce((most, { sequence }) => Math.max(most, sequence), -1);
    return highest + 1 - (await this.eventCount(endpoint));
  }

  /** The 200 newest alerts of an endpoint. */
  async newestAlerts(endpoint: string): Promise<readonly Alert[]> {
    return (
      await this.call<{ items: Alert[] }>('GET', `/alerts?endpoint=${endpoint}&sort=firstSeen&order=desc&limit=200`)
    ).items;
  }

  /** Waits where the API wants fewer requests a minute. */
  async call<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${this.#token}`, ...(body ? { 'content-type': 'application/json' } : {}) };
    const response = await fetch(`${this.#url}/api/v1${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (response.status === 429) {
      await delay(Number(response.headers.get('retry-after') ?? 1) * 1000);
      return this.call(method, path, body);
    }
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

/** Logs in as the first admin and changes the password, as the first login has to. */
export async function logIn(url: string, { email, password }: { email: string; password: string }): Promise<Api> {
  const next = 'a benchmark throws this away';
  const first = await new Api(url, '').call<{ token: string }>('POST', '/login', { email, password });
  await new Api(url, first.token).call('POST', '/me/password', { current: password, next });
  const { token } = await new Api(url, '').call<{ token: string }>('POST', '/login', { email, password: next });
  return new Api(url, token);
}
