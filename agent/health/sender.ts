/** Who sent a signal to the agent, with ancestors: what the process table or /proc know of them, else what the kernel noted. */

import type { SentSignal } from '@picket/native';
import type { SignalSent } from '@picket/proto';
import type { ByteString } from '../sensor/event.ts';

/** As much of a process as is told of a sender. */
export interface SenderProcess {
  readonly pid: number;
  readonly startTicks: number;
  readonly exe: ByteString;
  readonly args: ByteString;
  readonly user: ByteString;
  readonly parent: SenderProcess | undefined;
}

export interface KnownProcesses {
  /** Undefined where it is gone, or another has its pid by now. */
  find(pid: number, startTicks: number): SenderProcess | undefined;
  userName(uid: number): ByteString;
}

const depth = 16;
const commandLength = 1_000;

/** `wallAtBoot`: what the wall clock showed at boot, microseconds. */
export function senderOf(sent: SentSignal, known: KnownProcesses, wallAtBoot: number): SignalSent {
  const { signal, bootMicros, uid, sender, parent } = sent;
  const acting = known.find(sender.pid, sender.startTicks);
  const above = acting ? acting.parent : known.find(parent.pid, parent.startTicks);
  const lineage = [
    ...ancestors(above).map(told),
    ...(!above && !acting && parent.pid > 0
      ? [{ pid: parent.pid, program: parent.name, startTicks: parent.startTicks }]
      : []),
    acting
      ? told(acting)
      : {
          pid: sender.pid,
          program: sender.name,
          user: text(known.userName(uid)) || `${uid}`,
          startTicks: sender.startTicks,
        },
  ];
  return { signal, atMicros: Math.round(wallAtBoot + bootMicros), lineage };
}

/** Oldest first, the process itself last. */
function ancestors(process: SenderProcess | undefined): SenderProcess[] {
  const line: SenderProcess[] = [];
  for (let at = process; at && line.length < depth; at = at.parent) line.unshift(at);
  return line;
}

const told = ({ pid, startTicks, exe, args, user }: SenderProcess) => ({
  ...{ pid, startTicks, program: text(exe), user: text(user) },
  command: text(args).replace(/\0$/, '').replaceAll('\0', ' ').slice(0, commandLength),
});

const text = (bytes: ByteString): string => Buffer.from(bytes, 'latin1').toString('utf8');
