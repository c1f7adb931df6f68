import { generateKeyPairSync } from 'node:crypto';

export interface EndpointKeyPair {
  /** 32 bytes, for the store. */
  readonly publicKey: Uint8Array;
  /** 32 bytes as base64url, for the agent's file and nobody else. */
  readonly seed: string;
}

/** An Ed25519 key pair (RFC 8032); JWK (RFC 8037) gives both halves raw. */
export function newKeyPair(): EndpointKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url'),
    seed: privateKey.export({ format: 'jwk' }).d!,
  };
}
