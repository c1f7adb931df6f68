/**
 * Password hashes: argon2id (RFC 9106) as PHC strings, with the cost that OWASP's password storage sheet names first
 * (19 MiB, 2 passes, 1 lane). A hash tells its own cost, so a later one can cost more.
 */

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Gate } from './gate.ts';

const derive = promisify(argon2);

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}
const cost: Cost = { memory: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const hashBytes = 32;

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** With no `phc` (no such user) as much work is done as with one, and the answer is false. */
  verify(password: string, phc: string | undefined): Promise<boolean>;
}

/** `gate` bounds how many run at once: each takes 19 MiB and 40 ms of a core. */
export function passwordHasher(gate: Gate): PasswordHasher {
  const work = (password: string, salt: Uint8Array, { memory, passes, parallelism }: Cost, length: number) =>
    gate(() => derive('argon2id', { message: password, nonce: salt, memory, passes, parallelism, tagLength: length }));
  return {
    async hash(password) {
      const salt = randomBytes(saltBytes);
      const hash = await work(password, salt, cost, hashBytes);
      return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(salt)}$${base64(hash)}`;
    },

    async verify(password, phc) {
      if (phc === undefined) {
        await work(password, Buffer.alloc(saltBytes), cost, hashBytes);
        return false;
      }
      const { salt, hash, ...own } = parse(phc);
      return timingSafeEqual(hash, await work(password, salt, own, hash.length));
    },
  };
}

const form = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

function parse(phc: string): Cost & { readonly salt: Buffer; readonly hash: Buffer } {
  const match = form.exec(phc);
  if (match === null) throw new Error('a stored password hash is no argon2id PHC string');
  const [, memory, passes, parallelism, salt, hash] = match;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt!, 'base64'),
    hash: Buffer.from(hash!, 'base64'),
  };
}

/** PHC strings leave the padding out. */
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
