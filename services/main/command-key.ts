/** The key that signs commands to agents: the one given, else one that is made at the first start and kept beside the data. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandKey, commandKeyOf } from '../api/response/command-key.ts';
import { keptSecret } from '../engines/secret.ts';

export function commandKeyIn(dataFolder: string, given: string | undefined): CommandKey {
  if (given !== undefined) return commandKeyOf(given);
  mkdirSync(dataFolder, { recursive: true });
  return commandKeyOf(keptSecret(join(dataFolder, 'command.key')));
}
