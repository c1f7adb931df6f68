/** What the first start of a server makes: somebody who can log in, and the host it runs on as an endpoint. */

import { randomUUID } from 'node:crypto';
import type { EndpointId, Micros } from '../domain/events/ids.ts';
import type { ControlStore } from '../ports/control-store.ts';
import { instantOf } from '../ports/instant.ts';
import { configurationText } from './endpoint/configuration.ts';
import { newKeyPair } from './endpoint/key-pair.ts';
import { gate } from './passwords/gate.ts';
import { generatePassword } from './passwords/generate.ts';
import { passwordHasher } from './passwords/hash.ts';

export const firstAdminEmail = 'admin@picket.local';

/**
 * Makes the first admin where there is no user yet. The password is to be changed at the first login. One that is made is known only
 * here and now; while nobody has logged in with it, and nobody could, it may have been missed: then each start makes another one.
 * One that is `given` is nobody's to miss: it stays, whichever server starts, and takes the place of one that was missed.
 */
export async function ensureFirstAdmin(
  { users }: Pick<ControlStore, 'users'>,
  given?: string,
): Promise<{ readonly email: string; readonly password: string } | undefined> {
  const email = firstAdminEmail;
  const { items } = await users.list({}, { limit: 2 });
  const [only] = items;
  const isMissed = items.length === 1 && only?.email === email && only.mustChangePassword && only.lastLoginAt === null;
  if (only !== undefined && !isMissed) return undefined;
  const hasher = passwordHasher(gate(1, 0));
  if (only !== undefined && given !== undefined) {
    const kept = await users.credentials(email);
    if (await hasher.verify(given, kept?.passwordHash)) return undefined;
  }
  const password = given ?? generatePassword();
  const hash = await hasher.hash(password);
  if (only !== undefined) {
    const changed = await users.setPassword(only.id, { hash, mustChange: true }, 'system');
    return changed === 'not-found' ? undefined : { email, password };
  }
  const name = 'Administrator';
  const created = await users.createFirst({ email, name, role: 'admin', passwordHash: hash, mustChangePassword: true });
  return created === 'exists' ? undefined : { email, password };
}

interface LocalEndpoint {
  readonly name: string;
  /** Where the agent submits: `http://127.0.0.1:5001/submit_logs`. */
  readonly api: string;
  /** Public half of the key that signs the server's commands. */
  readonly commandKey: string;
  readonly now: Micros;
}

/**
 * Makes the endpoint of that name, or a new key for it where it is known already, and gives the agent's configuration.
 */
export async function ensureLocalEndpoint(
  { endpoints }: Pick<ControlStore, 'endpoints'>,
  { name, api, commandKey, now }: LocalEndpoint,
): Promise<{ readonly id: EndpointId; readonly configuration: string }> {
  const { publicKey, seed } = newKeyPair();
  const known = await endpoints.named(name, instantOf(now));
  const id = known?.id ?? (randomUUID() as EndpointId);
  const done =
    known === undefined
      ? await endpoints.add({ id, name, publicKey }, 'system')
      : await endpoints.setKey(id, publicKey, 'system');
  if (done !== 'added' && done !== 'set')
    throw new Error(`the endpoint ${name} was changed by somebody else: try again`);
  return { id, configuration: configurationText({ api, seed, name: known?.name ?? name, id, commandKey }) };
}
