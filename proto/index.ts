/** The wire schema's messages, generated from picket.proto, the signature that a submission carries, and commands to agents. */

import './reader.ts';
import { picket } from './gen/picket.js';

export { clockOf } from './clock.ts';

export const EventBatch = picket.v1.EventBatch;
export type EventBatch = picket.v1.EventBatch;
/** What `EventBatch.encode` takes: plain objects, every field optional. */
export type EventBatchFields = picket.v1.EventBatch.$Properties;
export type Heartbeat = picket.v1.Heartbeat.$Properties;
export type SignalSent = picket.v1.SignalSent.$Properties;
export type PreviousRun = picket.v1.PreviousRun.$Properties;
export type ProcessTable = picket.v1.ProcessTable.$Properties;
export type ExecTable = picket.v1.ExecTable.$Properties;
export type ForkTable = picket.v1.ForkTable.$Properties;
export type ExitTable = picket.v1.ExitTable.$Properties;
export type FileTable = picket.v1.FileTable.$Properties;
export type NetworkTable = picket.v1.NetworkTable.$Properties;
export type UnixTable = picket.v1.UnixTable.$Properties;
export type ChangeTable = picket.v1.ChangeTable.$Properties;
export type SyscallTable = picket.v1.SyscallTable.$Properties;

export const EventKind = picket.v1.EventKind;
export const ProcessFlag = picket.v1.ProcessFlag;
export const FileFlag = picket.v1.FileFlag;
/** How the agent's run before this one ended. */
export const PreviousEnd = picket.v1.PreviousRun.End;
export type PreviousEnd = picket.v1.PreviousRun.End;
export const Operation = picket.v1.Operation;

export {
  type Command,
  type CommandAction,
  type CommandKind,
  type CommandRead,
  readCommand,
  signCommand,
} from './command.ts';
export { type CollectedFile, type Outcome, outcomes } from './command-outcome.ts';
export {
  readSignature,
  type SignableRequest,
  type SignatureClaim,
  type SignatureRefusal,
  type Signer,
  signedBy,
  signRequest,
  verifyRequest,
} from './signature.ts';
