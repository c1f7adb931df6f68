/** What /proc knows of the running processes: the table's first content, and its answer to a process that no event told of. */

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { ProcessFlag } from '@picket/proto';
import type { ByteString, FileVersion, Image } from '../sensor/event.ts';
import { noLogin } from './image.ts';
import { loaderVariables } from './loader-variables.ts';
import { copied } from './texts.ts';

/** As the kernel sends them. */
const largestArgs = 32_768;
const kernelThread = 0x0020_0000;

interface ProcOptions {
  /** Default: `/proc`. */
  readonly root?: string;
  /** Told of what could not be kept whole; default: nobody is. */
  readonly count?: (loss: string) => void;
}

/** Every running process, one after the other. One that ends while it is read is left out. */
export function* readProcesses(options: ProcOptions = {}): Generator<Image> {
  for (const name of readdirSync(options.root ?? '/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const image = readProcess(Number(name), options);
    if (image) yield image;
  }
}

/** undefined where there is no such process, or none that may be looked at. */
export function readProcess(pid: number, { root = '/proc', count }: ProcOptions = {}): Image | undefined {
  const folder = `${root}/${pid}`;
  const stat = statOf(folder);
  if (!stat) return undefined;
  const { name, parentPid, startTicks } = stat;
  const isKernelThread = (stat.flags & kernelThread) !== 0;
  const args = text(`${folder}/cmdline`);
  const status = text(`${folder}/status`);
  const [uid = noLogin, euid = noLogin] = ids(status, 'Uid');
  const [gid = noLogin] = ids(status, 'Gid');
  const { exe, flags } = executable(link(`${folder}/exe`));
  const pidNamespace = namespace(`${folder}/ns/pid`);
  const userNamespace = namespace(`${folder}/ns/user`);
  const networkNamespace = namespace(`${folder}/ns/net`);
  const loader = loaderVariables(text(`${folder}/environ`));
  if (!loader.whole) count?.('environment.cut');
  const apart = (kind: string, number: number) => number !== 0 && number !== firstNamespace(root, kind);
  return {
    pid,
    startTicks,
    parentPid,
    parentTicks: 0,
    exe: isKernelThread ? `[${name}]` : exe,
    args: copied(args, largestArgs),
    argsBytes: args.length,
    cwd: link(`${folder}/cwd`),
    script: '',
    cgroup: cgroupPath(text(`${folder}/cgroup`)),
    loader: loader.text,
    file: fileVersion(`${folder}/exe`),
    uid,
    euid,
    gid,
    loginuid: number(text(`${folder}/loginuid`)),
    flags:
      ProcessFlag.FROM_PROC |
      flags |
      (isKernelThread ? ProcessFlag.KERNEL_THREAD : 0) |
      // Not told: whether input or output is a socket of the network; /proc does not say of which family one is.
      (apart('pid', pidNamespace) ? ProcessFlag.IN_CONTAINER : 0) |
      (apart('user', userNamespace) ? ProcessFlag.OWN_USERS : 0) |
      (apart('net', networkNamespace) ? ProcessFlag.OWN_NETWORK : 0),
    capabilities: Number.parseInt(/^CapEff:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? '0', 16),
    mountNamespace: namespace(`${folder}/ns/mnt`),
    pidNamespace,
    userNamespace,
    networkNamespace,
    ipcNamespace: namespace(`${folder}/ns/ipc`),
    utsNamespace: namespace(`${folder}/ns/uts`),
  };
}

/** The process that has a thread of this number; 0 where there is none. */
export function processOfThread(thread: number, root = '/proc'): number {
  return Number(/^Tgid:\s+(\d+)$/m.exec(text(`${root}/${thread}/status`))?.[1] ?? 0);
}

/** Whether the process is still there and runs the program of the image. */
export function runsStill({ pid, startTicks, file }: Image, root = '/proc'): boolean {
  const now = fileVersion(`${root}/${pid}/exe`);
  const same = now?.device === file?.device && now?.inode === file?.inode;
  return same && statOf(`${root}/${pid}`)?.startTicks === startTicks;
}

interface Stat {
  readonly name: ByteString;
  readonly parentPid: number;
  readonly startTicks: number;
  /** `PF_…` of the kernel. */
  readonly flags: number;
}

function statOf(folder: string): Stat | undefined {
  const stat = text(`${folder}/stat`);
  if (stat === '') return undefined;
  // The name stands in parentheses and may itself hold some.
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const parentPid = Number(fields[1]);
  const startTicks = Number(fields[19]);
  // Without what follows it, the last number may be half of one.
  if (fields.length < 21 || !Number.isSafeInteger(parentPid) || !Number.isSafeInteger(startTicks)) return undefined;
  return { name, parentPid, startTicks, flags: Number(fields[6]) };
}

function text(file: string): ByteString {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function link(file: string): ByteString {
  try {
    return readlinkSync(file, 'latin1');
  } catch {
    return '';
  }
}

function fileVersion(path: string): FileVersion | undefined {
  try {
    const { dev, ino, size, ctimeNs } = statSync(path, { bigint: true });
    return {
      device: Number(dev),
      inode: Number(ino),
      bytes: Number(size),
      changed: Number(ctimeNs / 1_000_000_000n),
      changedNanos: Number(ctimeNs % 1_000_000_000n),
    };
  } catch {
    return undefined;
  }
}

/** Where the host's own files are, and in which mount namespace. */
export interface HostFiles {
  readonly namespace: number;
  /** Put before a path. */
  readonly root: string;
}

/** Those of the first process: the agent may see others (PrivateTmp). Its own where that one can't be looked at. */
export function hostFiles(root = '/proc'): HostFiles {
  const first = namespace(`${root}/1/ns/mnt`);
  return first
    ? { namespace: first, root: `${root}/1/root` }
    : { namespace: namespace(`${root}/self/ns/mnt`), root: '' };
}

/**
 * Where processes are listed: for this one, and for the first process where that has other mounts. Who covers a folder of /proc does so
 * for those whom he wants to deceive, and a private mount does not reach an agent with mounts of its own (PrivateMounts).
 */
export function procFolders(root = '/proc'): string[] {
  const first = hostFiles(root);
  return first.namespace === namespace(`${root}/self/ns/mnt`) ? [root] : [root, `${first.root}/proc`];
}

/** `mnt:[4026531841]` → 4026531841 */
const namespace = (file: string): number => Number(/\[(\d+)\]/.exec(link(file))?.[1] ?? 0);

const firstNamespaces = new Map<string, number>();
/** That of the first process; the agent's own where that one can't be looked at. */
function firstNamespace(root: string, kind: string): number {
  const file = `${root}/1/ns/${kind}`;
  const known = firstNamespaces.get(file);
  if (known !== undefined) return known;
  const found = namespace(file) || namespace(`${root}/self/ns/${kind}`);
  firstNamespaces.set(file, found);
  return found;
}

/** A line of `status` such as `Uid:\t1000\t1000\t1000\t1000`: real, effective, saved, file system. */
function ids(status: string, name: string): number[] {
  const line = new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1];
  return line ? line.split('\t').map(number) : [];
}

const number = (digits: string): number => (/^\d{1,10}\s*$/.test(digits) ? Number(digits) : noLogin);

/** The kernel writes ` (deleted)` behind a name that is gone, and a memfd as `/memfd:NAME (deleted)`. */
function executable(target: ByteString): { exe: ByteString; flags: number } {
  const deleted = target.endsWith(' (deleted)');
  const path = deleted ? target.slice(0, -' (deleted)'.length) : target;
  if (path.startsWith('/memfd:')) return { exe: path.slice(1), flags: ProcessFlag.EXE_MEMFD };
  return { exe: path, flags: deleted ? ProcessFlag.EXE_DELETED : 0 };
}

/** The path in the unified hierarchy; on a host with version 1 alone, that of systemd's. */
function cgroupPath(content: string): ByteString {
  const lines = content.split('\n');
  const line = lines.find(row => row.startsWith('0::')) ?? lines.find(row => row.includes(':name=systemd:'));
  return line?.slice(line.indexOf(':', line.indexOf(':') + 1) + 1) ?? '';
}
