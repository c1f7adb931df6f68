import { readdirSync, readFileSync } from 'node:fs';

/**
 * A zombie runs no more once its other threads are gone too: while one of them still waits for the disk, the process keeps its files and
 * ports, and its first thread is a zombie already.
 */
export function isRunning(pid: number): boolean {
  try {
    const isZombie = /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return !isZombie || readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
}
