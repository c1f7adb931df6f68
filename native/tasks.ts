/** The kernel's own list of processes, as bpf/tasks.bpf.c writes it: `struct picket_task` of bpf/control.h, little endian. */

export interface KernelTask {
  readonly pid: number;
  /** Clock ticks since boot, as in /proc/PID/stat. */
  readonly startTicks: number;
  readonly parentPid: number;
  /** The kernel's name of it, 15 bytes at most; one character a byte. */
  readonly name: string;
}

const bytesOf = 32;
const nanosPerTick = 10_000_000n;

export function decodeTasks(bytes: Buffer): KernelTask[] {
  const tasks: KernelTask[] = [];
  for (let at = 0; at + bytesOf <= bytes.length; at += bytesOf) {
    tasks.push({
      startTicks: Number(bytes.readBigUInt64LE(at) / nanosPerTick),
      pid: bytes.readUInt32LE(at + 8),
      parentPid: bytes.readUInt32LE(at + 12),
      name: bytes.toString('latin1', at + 16, at + bytesOf).replace(/\0.*/s, ''),
    });
  }
  return tasks;
}
