import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Folders and files that were made, and are not what anything is made from. */
const made = new Set(['node_modules', 'build', 'gen', '.next', 'test-results', 'next-env.d.ts', 'api-types.ts']);
/** @param {string} name */
const isMade = name => made.has(name) || name.endsWith('.tsbuildinfo');

/**
 * One hash of the contents and names of files; a folder stands for all files below it that people write, tests apart:
 * nothing is built from them.
 *
 * @param {string} root folder that `paths` are relative to
 * @param {readonly string[]} paths files and folders; one that is missing counts as empty
 * @returns {string} hexadecimal SHA-256
 */
export function fingerprint(root, paths) {
  const hash = createHash('sha256');
  const files = paths.flatMap(path => sourceFiles(root, path)).filter(file => !file.endsWith('.test.ts'));
  for (const file of files.sort()) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {string[]} files that people write at or below `path`, relative to `root`
 */
export function sourceFiles(root, path) {
  const stat = statSync(join(root, path), { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (stat.isFile()) return [path];
  if (!stat.isDirectory()) return [];
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter(entry => !isMade(entry.name) && (entry.isFile() || entry.isDirectory()))
    .flatMap(entry => sourceFiles(root, join(path, entry.name)));
}
