/** A process image: one process under one program. A process that executes another program gets a second image. */

import { ProcessFlag } from '@picket/proto';
import type { ByteString, Image } from '../sensor/event.ts';
import { type Executable, unknownExecutable } from './executable.ts';
import { adopt } from './texts.ts';

export interface ProcessImage {
  readonly pid: number;
  readonly startTicks: number;
  /** The parent as it was when it forked; cut where the lineage gets deeper than anybody is told. */
  parent: ProcessImage | undefined;
  exe: ByteString;
  /** Its hash may come later. */
  readonly executable: Executable;
  /** Secrets are masked. This and the four texts below are shortened where memory gets scarce: see texts.ts. */
  args: ByteString;
  cwd: ByteString;
  script: ByteString;
  cgroup: ByteString;
  loader: ByteString;
  readonly user: ByteString;
  readonly uid: number;
  readonly euid: number;
  readonly gid: number;
  readonly loginuid: number;
  readonly flags: number;
  /** Effective, bit by number. */
  readonly capabilities: number;
  readonly mountNamespace: number;
  readonly pidNamespace: number;
  readonly userNamespace: number;
  readonly networkNamespace: number;
  readonly ipcNamespace: number;
  readonly utsNamespace: number;
  /** The batch that last held this image, and its process ref there: saves a look-up an event. */
  batch: number;
  ref: number;
}

export const noLogin = 4_294_967_295;

/** The flags that say which of a process' namespaces are not the host's. */
export const namespaceFlags = ProcessFlag.IN_CONTAINER | ProcessFlag.OWN_USERS | ProcessFlag.OWN_NETWORK;

export function imageOf(
  from: Image,
  args: ByteString,
  user: ByteString,
  executable: Executable,
  parent: ProcessImage | undefined,
): ProcessImage {
  const { pid, startTicks, exe, cwd, script, cgroup, loader, uid, euid, gid, loginuid, flags } = from;
  const { capabilities, mountNamespace, pidNamespace, userNamespace, networkNamespace, ipcNamespace, utsNamespace } =
    from;
  const texts = { exe, args, cwd, script, user, cgroup, loader };
  const ids = { uid, euid, gid, loginuid, flags, capabilities };
  const spaces = { mountNamespace, pidNamespace, userNamespace, networkNamespace, ipcNamespace, utsNamespace };
  const image = { pid, startTicks, parent, executable, ...texts, ...ids, ...spaces, batch: 0, ref: 0 };
  adopt(image, parent);
  return image;
}

/** The image of a child between its fork and its first exec: its parent's program under its own pid. */
export function forkedImage(parent: ProcessImage, pid: number, startTicks: number): ProcessImage {
  return { ...parent, pid, startTicks, parent, batch: 0, ref: 0 };
}

/** A process of which only the name is known: its events came, but neither fork, exec nor /proc told of it. */
export function unknownImage(pid: number, startTicks: number): ProcessImage {
  const texts = { exe: '', args: '', cwd: '', script: '', user: '', cgroup: '', loader: '' };
  const ids = {
    uid: noLogin,
    euid: noLogin,
    gid: noLogin,
    loginuid: noLogin,
    flags: 0,
    capabilities: 0,
    mountNamespace: 0,
    pidNamespace: 0,
    userNamespace: 0,
    networkNamespace: 0,
    ipcNamespace: 0,
    utsNamespace: 0,
  };
  return { pid, startTicks, parent: undefined, executable: unknownExecutable, ...texts, ...ids, batch: 0, ref: 0 };
}
