/** What the server is told of the configuration: that an option has changed, not what it says. */

import { createHash } from 'node:crypto';
import type { Config } from './options.ts';

/** A digest of each option's value, defaults too. The key is left out. */
export function optionDigests({ key: _, ...options }: Config): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      createHash('sha256')
        .update(value instanceof URL ? value.href : JSON.stringify(value ?? null, plain))
        .digest('hex')
        .slice(0, 16),
    ]),
  );
}

const plain = (_: string, value: unknown): unknown => (value instanceof RegExp ? String(value) : value);
