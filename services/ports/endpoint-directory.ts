/** What ingress asks and tells the control store about endpoints. */

import type { KeyObject } from 'node:crypto';
import type { EndpointId, Micros } from '../domain/events/ids.ts';
import type { CommandQueue } from './commands.ts';

export interface EndpointKey {
  readonly publicKey: KeyObject;
  readonly revoked: boolean;
}

/** An agent's last word about itself; `losses` are cumulative since the agent's start. */
export interface EndpointReport {
  readonly endpoint: EndpointId;
  readonly seenAt: Micros;
  readonly agentVersion: string;
  readonly bootId: string;
  readonly losses: Readonly<Record<string, number>>;
  /** Heartbeat of the wire schema as JSON, where the batch had one. */
  readonly heartbeat: Readonly<Record<string, unknown>> | undefined;
}

/** Why what an endpoint submits is not taken, where it is certain that it was the endpoint. */
export interface EndpointRefusal {
  readonly endpoint: EndpointId;
  readonly at: Micros;
  /** A reason of ingress (services/ingress/outcome.ts), and one sentence for people. */
  readonly reason: string;
  readonly detail: string;
}

export interface EndpointDirectory {
  /** `undefined`: no such endpoint. Answers within seconds after a key was rotated or revoked. */
  key(endpoint: EndpointId): Promise<EndpointKey | undefined>;
  /** Keeps the newest report of each endpoint; may gather them for a second or two. */
  report(report: EndpointReport): void;
  /** Keeps the newest refusal of each endpoint, as `report` does. */
  refused(refusal: EndpointRefusal): void;
  readonly commands: CommandQueue;
  close(): Promise<void>;
}
