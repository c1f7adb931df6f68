/** How a submission ends. Every refusal is a row of one table: its reason, its status, and whether trying again can help. */

/** A command waits for the endpoint, which is proven: it may ask now (exchange.ts). */
interface Hint {
  readonly commands?: true;
}

export interface Accepted extends Hint {
  readonly accepted: true;
  /** `duplicate`: the bus has held it already. */
  readonly status: 'accepted' | 'duplicate';
}

export interface Refused extends Hint {
  readonly accepted: false;
  readonly reason: Reason;
  /** What was expected and what was found, for the log of the agent. */
  readonly detail: string;
  /** Seconds after which to try again. */
  readonly retryAfter?: number;
}

export type Outcome = Accepted | Refused;

export const statusOf = {
  'signature-missing': 401,
  'signature-invalid': 401,
  'unknown-endpoint': 401,
  'clock-skew': 401,
  'key-revoked': 403,
  replayed: 409,
  'too-large': 413,
  'bad-encoding': 400,
  malformed: 400,
  'rate-limited': 429,
  unavailable: 503,
  'disk-full': 503,
} as const;

export type Reason = keyof typeof statusOf;

/** Seconds after which a sender may try again: when the disk is full, and when something else is in the way. */
export const retryAfter = { diskFull: 10, unavailable: 2 };

/** Seconds after which one of many may try again: not all at once. */
export const someTime = (): number => 2 + Math.floor(Math.random() * 9);

export const refused = (reason: Reason, detail: string, retryAfter?: number): Refused =>
  retryAfter === undefined ? { accepted: false, reason, detail } : { accepted: false, reason, detail, retryAfter };
