import type { CommandKey } from './response/command-key.ts';

/** What the API has to be told; the composition root reads it from the environment. */
export interface ApiConfig {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Where agents submit, as they see it; by default the host that the admin's request named, at `ingressPort`. */
  readonly publicIngressUrl?: string | undefined;
  readonly ingressPort: number;
  /** Certificate (PEM) of the authority that agents are to trust for https, and nobody else. */
  readonly authority?: string | undefined;
  /** What commands to agents are signed with. */
  readonly commandKey: CommandKey;
  /** Peers whose X-Forwarded-* headers are believed: the dashboard and the edge. */
  readonly trustedProxies?: string | readonly string[];
  /** A session ends this long after the login, whatever is done. */
  readonly sessionSeconds?: number;
  /** A session ends this long after its last request. */
  readonly idleSeconds?: number;
  /** Of one address, over all routes. */
  readonly requestsPerMinute?: number;
  /** Between the comments that keep an idle stream open; sessions of streams are looked at as often. */
  readonly heartbeatMs?: number;
  /** Between two looks at new events and endpoint states while somebody watches. */
  readonly pollMs?: number;
}

export const defaults = {
  trustedProxies: 'loopback',
  sessionSeconds: 12 * 3600,
  idleSeconds: 2 * 3600,
  requestsPerMinute: 3_000,
  heartbeatMs: 15_000,
  pollMs: 500,
} as const;

export type FullApiConfig = ApiConfig & Required<Pick<ApiConfig, keyof typeof defaults>>;
