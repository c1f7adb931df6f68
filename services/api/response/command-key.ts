/** The key that signs commands. It is a secret of the API alone, outside of the database; agents know its public half. */

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

export interface CommandKey {
  readonly privateKey: KeyObject;
  /** The public half, 32 bytes as base64url: `command_key` in the agents' configuration. */
  readonly publicText: string;
}

/** PKCS #8 header of an Ed25519 private key (RFC 8410); the 32 bytes of the seed follow. */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** `seed`: 32 bytes, base64url. */
export function commandKeyOf(seed: string): CommandKey {
  const key = Buffer.concat([pkcs8, Buffer.from(seed, 'base64url')]);
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  return { privateKey, publicText: createPublicKey(privateKey).export({ format: 'jwk' }).x! };
}
