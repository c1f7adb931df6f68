/** Who sends a request: what its headers claim, before anything is read, and whether body and signature prove it. */

import type { IncomingHttpHeaders } from 'node:http';
import { readSignature, type SignatureClaim, signedBy, verifyRequest } from '@picket/proto';
import type { EndpointId, Micros } from '../domain/events/ids.ts';
import type { EndpointDirectory, EndpointKey } from '../ports/endpoint-directory.ts';
import type { IngressLimits } from './config.ts';
import type { Hindrances } from './hindrances.ts';
import { type Refused, refused, retryAfter } from './outcome.ts';
import type { ReplayWindow } from './replay-window.ts';

export interface Identification {
  readonly limits: Pick<IngressLimits, 'clockSeconds'>;
  readonly directory: EndpointDirectory;
  readonly hindrances: Hindrances;
  readonly replays: ReplayWindow;
}

export interface Identified {
  readonly endpoint: EndpointId;
  readonly key: EndpointKey;
  readonly signature: SignatureClaim;
}

/** What the headers alone say, and what we know of the endpoint that they name. */
export async function identify(
  { path, headers }: { readonly path: string; readonly headers: IncomingHttpHeaders },
  { limits, directory, hindrances }: Identification,
  received: Micros,
): Promise<Identified | Refused> {
  const signature = readSignature({ method: 'POST', path, headers });
  if (!signature.ok) return refused(signature.reason, signature.detail);
  if (!uuid.test(signature.keyId))
    return refused('unknown-endpoint', 'keyid is the id of an endpoint: a UUID in lower case');
  const endpoint = signature.keyId as EndpointId;
  let key: EndpointKey | undefined;
  try {
    key = await directory.key(endpoint);
    hindrances.wentThrough('keys', received);
  } catch (error) {
    hindrances.refused('keys', error as Error, received);
    return refused('unavailable', 'Endpoint keys cannot be looked up at the moment', retryAfter.unavailable);
  }
  if (!key) return refused('unknown-endpoint', `No endpoint has the id ${endpoint}; was it removed?`);
  if (key.revoked) return refused('key-revoked', `The key of endpoint ${endpoint} was revoked`);
  const skewed = clockSkew(signature, limits, received);
  if (skewed) {
    // Old headers that somebody sends again are no news of the endpoint for long: its own next submission ends the message.
    if (signedBy(signature, key.publicKey)) {
      const { reason, detail } = skewed;
      directory.refused({ endpoint, at: received, reason, detail });
    }
    return skewed;
  }
  return { endpoint, key, signature };
}

/** `undefined`: it is the endpoint, and says this for the first time. */
export function prove(
  { endpoint, key, signature }: Identified,
  body: Uint8Array,
  { replays }: Pick<Identification, 'replays'>,
  received: Micros,
): Refused | undefined {
  const verified = verifyRequest(signature, body, key.publicKey);
  if (!verified.ok) return refused(verified.reason, verified.detail);
  const filed = replays.file(endpoint, signature.nonce, signature.created, received / 1e6);
  if (filed === 'replayed') return refused('replayed', 'This signature was received before; sign the request anew');
  if (filed === 'full')
    return refused('unavailable', 'Too many submissions within the clock window', retryAfter.unavailable);
  return undefined;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function clockSkew(
  { created }: SignatureClaim,
  { clockSeconds }: Pick<IngressLimits, 'clockSeconds'>,
  received: Micros,
): Refused | undefined {
  const away = created - received / 1e6;
  if (Math.abs(away) <= clockSeconds) return undefined;
  const off = `${Math.abs(Math.round(away))} s ${away > 0 ? 'ahead of' : 'behind'}`;
  return refused(
    'clock-skew',
    `The request was signed ${off} the server's clock, ${clockSeconds} s are allowed; set the clock of the host`,
  );
}
