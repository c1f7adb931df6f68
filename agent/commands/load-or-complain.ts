import { describeErrors, type Loaded, loadConfig } from '../config/load.ts';

/** Nothing, once standard error says what is wrong with the file, each error with its line. */
export function loadOrComplain(file: string): Extract<Loaded, { ok: true }> | undefined {
  const loaded = loadConfig(file);
  if (loaded.ok) return loaded;
  for (const line of describeErrors(file, loaded.errors)) console.error(line);
  return undefined;
}
