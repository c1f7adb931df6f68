/**
 * The processes of this host, each with its lineage. Filled from /proc when the agent starts, kept by fork, exec and exit
 * events. Events arrive late and out of order between processors, so a process that ended is kept for a grace period, and
 * a pid that is used again does not hide the process that had it before.
 *
 * Bounded: at most `limit` processes, with their ancestors at most `byteLimit` bytes (see `#fit`), and no lineage longer than
 * `lineageDepth`, since a chain of processes that fork and end would otherwise keep every ancestor in memory.
 */

import type { ByteString, Change, Exec, Exit, Fork, IdentityChange, Image } from '../sensor/event.ts';
import { isOver } from '../waited.ts';
import type { ActiveProcess } from './cross-view.ts';
import type { Executable } from './executable.ts';
import { forkedImage, imageOf, namespaceFlags, type ProcessImage, unknownImage } from './image.ts';
import type { LoaderVariables } from './loader-variables.ts';
import { adopt, ownBytes, shorten, withAncestors } from './texts.ts';

/** Ancestors that are sent with a process. */
export const lineageDepth = 16;

export interface ProcessTableOptions {
  readonly maskArgs: (args: ByteString) => ByteString;
  readonly userName: (uid: number) => ByteString;
  readonly executable: (image: Image) => Executable;
  /** What /proc knows of a running process; undefined where it has ended. */
  readonly readProcess: (pid: number) => Image | undefined;
  /** The process that has a thread of this number; 0 where there is none. */
  readonly processOfThread: (thread: number) => number;
  /** The `loader` of a program that runs, of its whole environment; undefined where that can't be had. */
  readonly readLoader: (image: Image) => LoaderVariables | undefined;
  readonly count: (loss: string) => void;
  readonly limit?: number;
  /** Bytes that all processes may take with their ancestors. */
  readonly byteLimit?: number;
  /** Microseconds that a process which ended is still known. */
  readonly graceMicros?: number;
}

interface Slot {
  image: ProcessImage;
  ended: boolean;
  /** It is among those that are forgotten after a while: it has ended, or nobody knows whether it has. */
  leaves: boolean;
  /** When it last did something that was told, microseconds since the epoch. */
  activeMicros: number;
  /** The process that had this pid before, as long as it is kept. */
  older: Slot | undefined;
}

interface Ended {
  readonly pid: number;
  readonly startTicks: number;
  /** Microseconds since the epoch. */
  readonly endedAt: number;
}

/** Bytes that texts are shortened to, one after the other, until they fit. */
const shorter = [4096, 1024, 256, 64];

export class ProcessTable {
  readonly #options: Required<ProcessTableOptions>;
  readonly #slots = new Map<number, Slot>();
  #size = 0;
  /** No less than all images take: what went since the last look at it is still counted. */
  #bytes = 0;
  /** In the order in which they ended; entries before `#endedHead` are forgotten. */
  #ended: Ended[] = [];
  #endedHead = 0;

  constructor(options: ProcessTableOptions) {
    this.#options = { limit: 65_536, byteLimit: 40 * 2 ** 20, graceMicros: 60_000_000, ...options };
  }

  get size(): number {
    return this.#size;
  }

  /** Adds the processes found in /proc, each linked to its parent; those that an event told of are known already. */
  addFound(found: Iterable<Image>): void {
    // One after the other, and of each only who it is: all of them at once may be more than fits.
    const links: Pick<Image, 'pid' | 'startTicks' | 'parentPid' | 'parentTicks'>[] = [];
    for (const image of found) {
      const { pid, startTicks, parentPid, parentTicks } = image;
      if (!this.#find(pid, startTicks)) this.#insert(this.#image(image, undefined));
      links.push({ pid, startTicks, parentPid, parentTicks });
    }
    for (const { pid, startTicks, parentPid, parentTicks } of links) {
      const image = this.#find(pid, startTicks)?.image;
      if (image && !image.parent && parentPid !== 0) adopt(image, this.#findParent(parentPid, parentTicks));
    }
  }

  /** The image that a process has now; asks /proc, and makes one up, rather than fail. */
  current(pid: number, startTicks: number, time: number): ProcessImage {
    const slot = this.#find(pid, startTicks) ?? this.#missing(pid, startTicks, time);
    slot.activeMicros = time;
    return slot.image;
  }

  /** Processes that did something since then and of which no end is known. */
  active(sinceMicros: number): ActiveProcess[] {
    const all: ActiveProcess[] = [];
    for (const newest of this.#slots.values()) {
      for (let at: Slot | undefined = newest; at; at = at.older) {
        const { activeMicros, ended, image } = at;
        if (!ended && activeMicros > sinceMicros)
          all.push({ pid: image.pid, startTicks: image.startTicks, activeMicros });
      }
    }
    return all;
  }

  /** A process that is hidden: as it was known, or what /proc still shows, or by the kernel's name and its parent. */
  hidden({ pid, startTicks, other, targetPid }: Change): ProcessImage {
    const known = this.#find(pid, startTicks);
    if (known) return known.image;
    const shown = this.#options.readProcess(pid);
    if (shown?.startTicks === startTicks)
      return this.#insert(this.#image(shown, this.#findParent(shown.parentPid, shown.parentTicks))).image;
    return this.#insert({ ...unknownImage(pid, startTicks), exe: other, parent: this.#findParent(targetPid, 0) }).image;
  }

  forked(event: Fork): { parent: ProcessImage; child: ProcessImage } {
    const parent = this.current(event.pid, event.startTicks, event.time);
    const known = this.#find(event.childPid, event.childTicks);
    if (known) {
      if (!known.image.parent) adopt(known.image, parent);
      return { parent, child: known.image };
    }
    const child = forkedImage(parent, event.childPid, event.childTicks);
    this.#cutLineage(child);
    this.#insert(child);
    return { parent, child };
  }

  executed(event: Exec): { previous: ProcessImage | undefined; image: ProcessImage } {
    const slot = this.#find(event.pid, event.startTicks);
    const { parentPid, parentTicks } = event.image;
    const parent = slot?.image.parent ?? (parentPid === 0 ? undefined : this.#findParent(parentPid, parentTicks));
    const image = this.#image(event.loaderCut ? this.#withLoader(event) : event.image, parent);
    if (!slot) {
      this.#insert(image);
      return { previous: undefined, image };
    }
    const previous = slot.image;
    slot.image = image;
    this.#count(image);
    return { previous, image };
  }

  /** A process with another user, other capabilities or in another namespace is another image; undefined where nothing changed. */
  changed(event: IdentityChange): { previous: ProcessImage; image: ProcessImage } | undefined {
    const slot = this.#find(event.pid, event.startTicks) ?? this.#missing(event.pid, event.startTicks, event.time);
    const previous = slot.image;
    const { identity } = event;
    if (event.result < 0) return { previous, image: previous };
    if ((Object.keys(identity) as (keyof typeof identity)[]).every(field => previous[field] === identity[field]))
      return;
    const user = identity.uid === previous.uid ? previous.user : this.#options.userName(identity.uid);
    const flags = (previous.flags & ~namespaceFlags) | event.apart;
    slot.image = { ...previous, ...identity, flags, user, batch: 0, ref: 0 };
    this.#count(slot.image);
    return { previous, image: slot.image };
  }

  /** The process of that pid and start; with ticks 0 the one that has the pid now, or a thread of it. Undefined where it is not known. */
  other(pid: number, startTicks: number): ProcessImage | undefined {
    if (pid === 0) return undefined;
    const slot = startTicks === 0 ? this.#slots.get(pid) : this.#find(pid, startTicks);
    if (startTicks !== 0 || (slot && !slot.ended)) return slot?.image;
    return this.#findParent(this.#options.processOfThread(pid), 0) ?? slot?.image;
  }

  exited(event: Exit): ProcessImage {
    const slot = this.#find(event.pid, event.startTicks) ?? this.#missing(event.pid, event.startTicks, event.time);
    this.#end(slot, event.time);
    return slot.image;
  }

  /** Forgets what ended longer than the grace period ago. */
  expire(nowMicros: number): void {
    const { graceMicros } = this.#options;
    while (
      this.#endedHead < this.#ended.length &&
      isOver(this.#ended[this.#endedHead]!.endedAt, graceMicros, nowMicros)
    )
      this.#forgetOldest();
    if (this.#endedHead > 1024 && this.#endedHead * 2 > this.#ended.length) {
      this.#ended = this.#ended.slice(this.#endedHead);
      this.#endedHead = 0;
    }
  }

  #withLoader({ image }: Exec): Image {
    const found = this.#options.readLoader(image);
    if (!found?.whole) this.#options.count('environment.cut');
    if (!found) return image;
    // What the kernel saw stays: the program may have written over it since.
    const seen = image.loader.split('\0');
    const more = found.text.split('\0').filter(variable => !seen.includes(variable));
    return { ...image, loader: image.loader + more.map(variable => `${variable}\0`).join('') };
  }

  #image(from: Image, parent: ProcessImage | undefined): ProcessImage {
    const { maskArgs, userName, executable } = this.#options;
    const image = imageOf(from, maskArgs(from.args), userName(from.uid), executable(from), parent);
    this.#cutLineage(image);
    return image;
  }

  #find(pid: number, startTicks: number): Slot | undefined {
    let slot = this.#slots.get(pid);
    while (slot && slot.image.startTicks !== startTicks) slot = slot.older;
    return slot;
  }

  /** Ticks are 0 where the sensor could not tell them: then the newest process with that pid. */
  #findParent(pid: number, startTicks: number): ProcessImage | undefined {
    return (startTicks === 0 ? this.#slots.get(pid) : this.#find(pid, startTicks))?.image;
  }

  #missing(pid: number, startTicks: number, time: number): Slot {
    const found = this.#options.readProcess(pid);
    if (found?.startTicks === startTicks) {
      return this.#insert(this.#image(found, this.#findParent(found.parentPid, found.parentTicks)));
    }
    this.#options.count('process.unknown');
    const slot = this.#insert(unknownImage(pid, startTicks));
    // It may have ended, or be hidden: it is forgotten as if it had, and until then what it does is looked at (see cross-view.ts).
    this.#letGo(slot, time);
    return slot;
  }

  #insert(image: ProcessImage): Slot {
    if (this.#size >= this.#options.limit) this.#makeRoom();
    const older = this.#slots.get(image.pid);
    const slot: Slot = { image, ended: false, leaves: false, activeMicros: 0, older };
    this.#slots.set(image.pid, slot);
    this.#size++;
    this.#count(image);
    return slot;
  }

  #end(slot: Slot, time: number): void {
    slot.ended = true;
    this.#letGo(slot, time);
  }

  #letGo(slot: Slot, time: number): void {
    if (slot.leaves) return;
    slot.leaves = true;
    const { pid, startTicks } = slot.image;
    this.#ended.push({ pid, startTicks, endedAt: time });
  }

  #count(image: ProcessImage): void {
    this.#bytes += ownBytes(image);
    if (this.#bytes > this.#options.byteLimit) this.#fit(image);
  }

  /**
   * Looks what all images take, and makes room until it is three quarters of what they may, so that the next look is far: forgets what
   * ended first; shortens texts, the longest most; cuts lineages at ancestors that are gone; forgets who was known first.
   */
  #fit(newest: ProcessImage): void {
    const { byteLimit, count } = this.#options;
    const fits = () => this.#look() <= (byteLimit * 3) / 4;
    while (!fits() && this.#endedHead < this.#ended.length) {
      for (let left = Math.ceil((this.#ended.length - this.#endedHead) / 2); left > 0; left--) this.#makeRoom();
    }
    for (const most of shorter) {
      if (fits()) return;
      for (let left = shorten(this.#images(), most); left > 0; left--) count('process.shortened');
    }
    if (fits()) return;
    for (const image of this.#images()) {
      if (!image.parent || this.#find(image.parent.pid, image.parent.startTicks)) continue;
      image.parent = undefined;
      count('process.evicted');
    }
    while (!fits() && this.#size > 1) {
      for (let left = Math.ceil(this.#size / 8); left > 0 && this.#size > 1; left--) this.#makeRoom(newest);
    }
  }

  #look(): number {
    this.#bytes = 0;
    for (const image of this.#images()) this.#bytes += ownBytes(image);
    return this.#bytes;
  }

  #images(): Set<ProcessImage> {
    return withAncestors(this.#current());
  }

  *#current(): Generator<ProcessImage> {
    for (const newest of this.#slots.values())
      for (let at: Slot | undefined = newest; at; at = at.older) yield at.image;
  }

  #makeRoom(but?: ProcessImage): void {
    this.#options.count('process.evicted');
    if (this.#endedHead < this.#ended.length) {
      this.#forgetOldest();
    } else {
      const [first, second] = this.#slots.values();
      const { pid, startTicks } = (first!.image === but && second ? second : first!).image;
      this.#remove(pid, startTicks);
    }
  }

  #forgetOldest(): void {
    const { pid, startTicks } = this.#ended[this.#endedHead++]!;
    this.#remove(pid, startTicks);
  }

  #remove(pid: number, startTicks: number): void {
    let newer: Slot | undefined;
    let slot = this.#slots.get(pid);
    while (slot && slot.image.startTicks !== startTicks) {
      newer = slot;
      slot = slot.older;
    }
    if (!slot) return;
    if (newer) newer.older = slot.older;
    else if (slot.older) this.#slots.set(pid, slot.older);
    else this.#slots.delete(pid);
    this.#size--;
  }

  /**
   * Ends a lineage at the depth that is sent. Every image passes here when it is made, so one step beyond is enough. A
   * running ancestor keeps its parent: its own lineage is no longer than this one.
   */
  #cutLineage(image: ProcessImage): void {
    let ancestor: ProcessImage | undefined = image;
    for (let depth = 0; ancestor && depth < lineageDepth; depth++) ancestor = ancestor.parent;
    if (ancestor?.parent && this.#find(ancestor.pid, ancestor.startTicks)?.ended !== false) ancestor.parent = undefined;
  }
}
