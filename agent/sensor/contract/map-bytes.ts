import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel has set aside for the maps of a process, bytes. */
export function mapBytes(pid: number): number {
  const maps = new Map<string, number>();
  for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
    const info = read(`/proc/${pid}/fdinfo/${fd}`);
    const id = /^map_id:\s+(\d+)$/m.exec(info)?.[1];
    if (id !== undefined) maps.set(id, Number(/^memlock:\s+(\d+)$/m.exec(info)?.[1] ?? 0));
  }
  return [...maps.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** '' where the descriptor was closed meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
