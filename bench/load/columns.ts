/** A batch of events as the columns of the wire schema, event after event. */

import { type EventBatchFields, EventKind, FileFlag, ProcessFlag } from '@picket/proto';

/** A process as the batch's process table shows it. */
export interface Image {
  readonly pid: number;
  readonly startTicks: number;
  readonly exe: string;
  readonly args: string;
  readonly cwd: string;
  readonly user: string;
  readonly uid: number;
  readonly cgroup: string;
  /** ProcessFlag bits; none where left out. */
  readonly flags?: number;
  readonly parent: Image | undefined;
}

export interface BatchIdentity {
  readonly endpoint: string;
  /** UUID. */
  readonly boot: string;
  /** 16 hex digits. */
  readonly stream: string;
}

/** A batch under construction: the columns of the wire schema. */
export class Columns {
  #strings = new Map<string, number>([['', 0]]);
  #images = new Map<Image, number>();
  #processes = {
    pid: [] as number[],
    startTicks: [] as number[],
    parent: [] as number[],
    exe: [] as number[],
    args: [] as number[],
    cwd: [] as number[],
    user: [] as number[],
    cgroup: [] as number[],
    uid: [] as number[],
    euid: [] as number[],
    gid: [] as number[],
    loginuid: [] as number[],
    flags: [] as number[],
  };
  #kinds: number[] = [];
  #times: number[] = [];
  #process: number[] = [];
  #count: number[] = [];
  #execs = { previous: [] as number[], argsBytes: [] as number[], result: [] as number[], asked: [] as number[] };
  #forks = { child: [] as number[] };
  #exits = { code: [] as number[], signal: [] as number[], runMicros: [] as number[] };
  #files = {
    path: [] as number[],
    asked: [] as number[],
    flags: [] as number[],
    what: [] as number[],
    device: [] as number[],
    inode: [] as number[],
    result: [] as number[],
  };
  #network = {
    family: [] as number[],
    protocol: [] as number[],
    localAddress: [] as number[],
    localPort: [] as number[],
    remoteAddress: [] as number[],
    remotePort: [] as number[],
    result: [] as number[],
  };

  get length(): number {
    return this.#kinds.length;
  }

  open(time: number, image: Image, path: string, write: boolean, count: number): void {
    this.#event(EventKind.FILE_OPEN, time, image, count);
    const ref = this.#string(path);
    this.#files.path.push(ref);
    this.#files.asked.push(0);
    this.#files.flags.push(write ? 0o101 : 0o2000000);
    this.#files.what.push(write ? FileFlag.FILE_WRITE : FileFlag.FILE_READ);
    this.#files.device.push(0xfe00001);
    this.#files.inode.push(inodeOf(path));
    this.#files.result.push(0);
  }

  connection(time: number, image: Image, inbound: boolean, peer: number, port: number): void {
    this.#event(inbound ? EventKind.NETWORK_ACCEPT : EventKind.NETWORK_CONNECT, time, image, 1);
    this.#network.family.push(4);
    this.#network.protocol.push(6);
    this.#network.localAddress.push(this.#string('\x0a\x00\x00\x05'));
    this.#network.localPort.push(inbound ? 443 : port);
    this.#network.remoteAddress.push(this.#string(String.fromCharCode(10, 1, peer >> 8, peer & 127)));
    this.#network.remotePort.push(inbound ? port : 5432);
    this.#network.result.push(0);
  }

  fork(time: number, parent: Image, child: Image): void {
    this.#event(EventKind.PROCESS_FORK, time, parent, 1);
    this.#forks.child.push(this.#processRef(child));
  }

  exec(time: number, image: Image, previous: Image): void {
    this.#event(EventKind.PROCESS_EXEC, time, image, 1);
    this.#execs.previous.push(this.#processRef(previous));
    this.#execs.argsBytes.push(image.args.length);
    this.#execs.result.push(0);
    this.#execs.asked.push(this.#string(image.exe));
  }

  exit(time: number, image: Image, code: number, runMicros: number): void {
    this.#event(EventKind.PROCESS_EXIT, time, image, 1);
    this.#exits.code.push(code);
    this.#exits.signal.push(0);
    this.#exits.runMicros.push(runMicros);
  }

  fields(identity: BatchIdentity, firstSequence: number, now: number): EventBatchFields {
    return {
      endpointId: identity.endpoint,
      bootId: Buffer.from(identity.boot.replaceAll('-', ''), 'hex'),
      streamId: Buffer.from(identity.stream, 'hex'),
      firstSequence,
      agentVersion: '0.1.0',
      clock: { wallMicros: now, bootMicros: 1_000_000_000 },
      strings: [...this.#strings.keys()].map(text => Buffer.from(text, 'latin1')),
      processes: this.#processes,
      kinds: this.#kinds,
      times: this.#times.map((time, i) => (i === 0 ? time : time - this.#times[i - 1]!)),
      process: this.#process,
      count: this.#count,
      execs: this.#execs,
      forks: this.#forks,
      exits: this.#exits,
      files: this.#files,
      network: this.#network,
    };
  }

  #event(kind: number, time: number, image: Image, count: number): void {
    this.#kinds.push(kind);
    this.#times.push(time);
    this.#process.push(this.#processRef(image));
    this.#count.push(count);
  }

  #string(text: string): number {
    let ref = this.#strings.get(text);
    if (ref === undefined) {
      ref = this.#strings.size;
      this.#strings.set(text, ref);
    }
    return ref;
  }

  /** Place in the process table plus one; ancestors are put there, too. */
  #processRef(image: Image): number {
    const known = this.#images.get(image);
    if (known !== undefined) return known;
    const parent = image.parent ? this.#processRef(image.parent) : 0;
    const columns = this.#processes;
    const ref = columns.pid.push(image.pid);
    this.#images.set(image, ref);
    columns.startTicks.push(image.startTicks);
    columns.parent.push(parent);
    columns.exe.push(this.#string(image.exe));
    columns.args.push(this.#string(image.args));
    columns.cwd.push(this.#string(image.cwd));
    columns.user.push(this.#string(image.user));
    columns.cgroup.push(this.#string(image.cgroup));
    columns.uid.push(image.uid);
    columns.euid.push(image.uid);
    columns.gid.push(image.uid);
    columns.loginuid.push(4294967295);
    columns.flags.push(image.flags ?? ProcessFlag.PROCESS_FLAG_NONE);
    return ref;
  }
}

/** A number that looks like an inode's and is the same for the same path (FNV-1a). */
function inodeOf(path: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % 8_000_000;
}
