/** Signals to the agent, as bpf/signals.bpf.c notes them: `struct picket_signal` of bpf/control.h, little endian. */

import { readFileSync } from 'node:fs';

/** `end`: it may end in order (SIGTERM, SIGINT, …). The order is the kernel's side's. */
export const signalKinds = ['end', 'kill', 'stop'] as const;
export type SignalKind = (typeof signalKinds)[number];

interface Sender {
  readonly pid: number;
  /** Clock ticks since boot, as in /proc/PID/stat. */
  readonly startTicks: number;
  /** The kernel's name of it, 15 bytes at most. */
  readonly name: string;
}

export interface SentSignal {
  readonly signal: number;
  /** CLOCK_BOOTTIME, microseconds. */
  readonly bootMicros: number;
  readonly uid: number;
  readonly sender: Sender;
  readonly parent: Sender;
}

const bytesOf = 72;
const nanosPerTick = 10_000_000n;

export function decodeSignal(bytes: Buffer): SentSignal | undefined {
  if (bytes.length < bytesOf || bytes.readBigUInt64LE(0) === 0n) return undefined;
  const ticks = (at: number) => Number(bytes.readBigUInt64LE(at) / nanosPerTick);
  const name = (at: number) => bytes.toString('latin1', at, at + 16).replace(/\0.*/s, '');
  return {
    bootMicros: Number(bytes.readBigUInt64LE(0) / 1000n),
    signal: bytes.readUInt32LE(24),
    uid: bytes.readUInt32LE(36),
    sender: { pid: bytes.readUInt32LE(28), startTicks: ticks(8), name: name(40) },
    parent: { pid: bytes.readUInt32LE(32), startTicks: ticks(16), name: name(56) },
  };
}

/** What a witness wrote; empty where there is no such file, or none of its making. */
export function readSignals(file: string): Partial<Record<SignalKind, SentSignal>> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return {};
  }
  if (bytes.length !== signalKinds.length * bytesOf) return {};
  return Object.fromEntries(
    signalKinds.flatMap((kind, i) => {
      const sent = decodeSignal(bytes.subarray(i * bytesOf, (i + 1) * bytesOf));
      return sent ? [[kind, sent]] : [];
    }),
  );
}
