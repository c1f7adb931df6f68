/** A variable `X` may also be given as `X_FILE`, a file that holds its value: the way secrets reach a container. An empty name is none. */

import { readFileSync } from 'node:fs';

export interface FilledEnvironment {
  readonly environment: NodeJS.ProcessEnv;
  /** Why a variable could not be taken from its file, by the variable's name. */
  readonly errors: ReadonlyMap<string, string>;
}

/** The environment with the contents of the files that are given for any of `names`; white space around them is dropped. */
export function fillFromFiles(names: readonly string[], environment: NodeJS.ProcessEnv): FilledEnvironment {
  const filled = { ...environment };
  const errors = new Map<string, string>();
  for (const name of names) {
    const file = environment[`${name}_FILE`];
    // Compose's way to take away what its file sets.
    if (file === undefined || file === '') continue;
    const value = contentOf(file);
    if (environment[name] !== undefined)
      errors.set(name, `${name} and ${name}_FILE are both set: expected one of them`);
    else if ('problem' in value) errors.set(name, `${name}_FILE=${file}: ${value.problem}`);
    else filled[name] = value.text;
  }
  return { environment: filled, errors };
}

function contentOf(file: string): { readonly text: string } | { readonly problem: string } {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return text === '' ? { problem: 'expected a file with the value, and it is empty' } : { text };
  } catch (error) {
    return { problem: `expected a file that this process can read (${(error as NodeJS.ErrnoException).code})` };
  }
}
