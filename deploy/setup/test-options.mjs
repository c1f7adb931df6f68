import { parseArgs } from 'node:util';

export const ringNames = /** @type {const} */ (['unit', 'contract', 'e2e', 'cluster']);

export const usage = `npm test -- [${ringNames.join('] [')}] [--only PART_OF_A_PATH]

Sets up what is missing, then runs every test, ring after ring; or those of the rings that are named, or whose file has the
part in its path.
`;

/**
 * @param {readonly string[]} args
 * @returns {{ rings: readonly string[], only: string, help: boolean } | { error: string }}
 */
export function readTestOptions(args) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { only: { type: 'string', default: '' }, help: { type: 'boolean', short: 'h', default: false } },
    });
    const unknown = positionals.filter(name => !ringNames.some(known => known === name));
    if (unknown.length > 0) return { error: `${ringNames.join(', ')} expected, found ${unknown.join(' ')}` };
    return { rings: positionals.length === 0 ? ringNames : positionals, only: values.only, help: values.help };
  } catch (error) {
    return { error: /** @type {Error} */ (error).message };
  }
}
