/** What the server's answer to a submission means for the batch. */

import { retryAfter } from './backoff.ts';

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** `reason` and `detail` of the problem document (RFC 9457), '' where there is none. */
  readonly reason: string;
  readonly detail: string;
}

/**
 * `again`: the server can't take it now, or there was none. `refused`: it takes nothing from this endpoint until somebody
 * mends the key, the clock or the address; the batch is kept. `unacceptable`: this batch will never be taken.
 */
export type Verdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'again'; readonly why: string; readonly waitMillis: number | undefined }
  | { readonly kind: 'refused'; readonly why: string; readonly advice: string }
  | { readonly kind: 'unacceptable'; readonly why: string };

const advice: Readonly<Record<string, string>> = {
  'unknown-endpoint':
    'the server knows no endpoint with this id: add it in the dashboard and install the new configuration',
  'key-revoked': 'the key of this endpoint was revoked: rotate it in the dashboard and install the new configuration',
  'signature-invalid':
    'the key is not the one that the server has: rotate it in the dashboard and install the new configuration',
  'signature-missing': 'something between agent and server removes headers: check the proxy',
  'clock-skew': "this host's clock is not that of the server: synchronise both, for example with chrony",
};

/** Reasons for which another try, with a new nonce and time, is the answer whatever the status. */
const passing = new Set(['replayed', 'rate-limited', 'unavailable', 'disk-full']);
const unacceptable = new Set(['malformed', 'bad-encoding', 'too-large']);

export function judge(answer: Answer, nowMillis: number): Verdict {
  const { status, reason } = answer;
  if (status >= 200 && status < 300) return { kind: 'accepted' };
  const why = `status ${status}${reason && `, ${reason}`}${answer.detail && `: ${answer.detail}`}`;
  if (passing.has(reason) || status === 408 || status === 429 || status >= 500) {
    return { kind: 'again', why, waitMillis: retryAfter(answer.retryAfter, nowMillis) };
  }
  const known = advice[reason];
  if (known) return { kind: 'refused', why, advice: known };
  if (unacceptable.has(reason) || status === 400 || status === 413 || status === 415 || status === 422) {
    return { kind: 'unacceptable', why };
  }
  return { kind: 'refused', why, advice: 'is `api` the address of Picket’s ingress? It ends in /submit_logs' };
}
