/** Bearer tokens: 256 random bits that mean nothing by themselves; the store knows their hash only. */

import { createHash, randomBytes } from 'node:crypto';

export const newToken = (): string => randomBytes(32).toString('base64url');

export const hashToken = (token: string): Uint8Array => createHash('sha256').update(token).digest();

/** The token of an Authorization header; `undefined` where it holds none of ours. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer ([A-Za-z0-9_-]{43})$/i.exec(authorization ?? '')?.[1];
}
