/** Bytes that the event store's largest table has on disk, without parts that were merged into others already. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

interface Part {
  readonly path: string;
  readonly partition: string;
  readonly min: number;
  readonly max: number;
  readonly level: number;
  readonly rows: number;
}

/** `folder`: the engine's data folder. Parts are folders PARTITION_MIN_MAX_LEVEL with a count.txt (MergeTree). */
export function storedBytes(folder: string): { readonly rows: number; readonly bytes: number } {
  const tables = new Map<string, Part[]>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const name = /^([^_]+)_(\d+)_(\d+)_(\d+)$/.exec(entry.name);
    const path = join(entry.parentPath, entry.name);
    if (!name || !entry.isDirectory() || !existsSync(join(path, 'count.txt'))) continue;
    const [, partition, min, max, level] = name;
    const rows = Number(readFileSync(join(path, 'count.txt'), 'utf8'));
    const part = { path, partition: partition!, min: Number(min), max: Number(max), level: Number(level), rows };
    tables.set(entry.parentPath, [...(tables.get(entry.parentPath) ?? []), part]);
  }
  const sizes = [...tables.values()].map(parts => {
    const active = parts.filter(part => !parts.some(other => covers(other, part)));
    return {
      rows: active.reduce((sum, part) => sum + part.rows, 0),
      bytes: active.reduce((sum, part) => sum + sizeOf(part.path), 0),
    };
  });
  return sizes.reduce((largest, size) => (size.rows > largest.rows ? size : largest), { rows: 0, bytes: 0 });
}

const covers = (other: Part, part: Part) =>
  other !== part &&
  other.partition === part.partition &&
  other.min <= part.min &&
  other.max >= part.max &&
  other.level > part.level;

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
