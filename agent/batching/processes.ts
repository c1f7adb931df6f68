/** The process table of a batch: each image that an event refers to, and its ancestors. */

import type { Executable } from '../processes/executable.ts';
import type { ProcessImage } from '../processes/image.ts';
import { lineageDepth } from '../processes/table.ts';
import { clear, columns, wire } from './columns.ts';
import type { StringDictionary } from './strings.ts';

/** Numbers all batches of this process, so that an image marked by one batch is not taken for another's. */
let batches = 0;

export class BatchProcesses {
  readonly #strings: StringDictionary;
  readonly #columns = columns(
    ...(['pid', 'startTicks', 'parent', 'exe', 'args', 'cwd', 'script', 'user', 'cgroup'] as const),
    ...(['exeHash', 'package', 'loader', 'capabilities'] as const),
    ...(['uid', 'euid', 'gid', 'loginuid', 'flags', 'mountNamespace', 'pidNamespace'] as const),
    ...(['userNamespace', 'networkNamespace', 'ipcNamespace', 'utsNamespace'] as const),
  );
  readonly #executables: Executable[] = [];
  #batch = ++batches;
  /** Arguments of all images, bytes. */
  argsBytes = 0;

  constructor(strings: StringDictionary) {
    this.#strings = strings;
  }

  get length(): number {
    return this.#columns.pid.length;
  }

  /** With what is known of the executables by now. */
  get wire() {
    const { exeHash, package: packages } = this.#columns;
    exeHash.clear();
    packages.clear();
    for (const executable of this.#executables) {
      exeHash.push(this.#strings.ref(executable.hash));
      packages.push(this.#strings.ref(executable.package));
    }
    return wire(this.#columns);
  }

  /** The process ref of an image, 0 for none; adds it and its ancestors when the batch has them not yet. */
  ref(image: ProcessImage | undefined, depth = 0): number {
    if (!image) return 0;
    const table = this.#columns;
    if (image.batch === this.#batch) {
      // It may stand here as the last ancestor of another process, its own lineage cut.
      const row = image.ref - 1;
      if (image.parent && table.parent.at(row) === 0 && depth < lineageDepth)
        table.parent.set(row, this.ref(image.parent, depth + 1));
      return image.ref;
    }
    const row = table.pid.length;
    image.batch = this.#batch;
    image.ref = row + 1;
    table.pid.push(image.pid);
    table.startTicks.push(image.startTicks);
    table.parent.push(0);
    table.exe.push(this.#strings.ref(image.exe));
    table.args.push(this.#strings.ref(image.args));
    this.argsBytes += image.args.length;
    table.cwd.push(this.#strings.ref(image.cwd));
    table.script.push(this.#strings.ref(image.script));
    table.user.push(this.#strings.ref(image.user));
    table.cgroup.push(this.#strings.ref(image.cgroup));
    table.loader.push(this.#strings.ref(image.loader));
    table.capabilities.push(image.capabilities);
    this.#executables.push(image.executable);
    table.uid.push(image.uid);
    table.euid.push(image.euid);
    table.gid.push(image.gid);
    table.loginuid.push(image.loginuid);
    table.flags.push(image.flags);
    table.mountNamespace.push(image.mountNamespace);
    table.pidNamespace.push(image.pidNamespace);
    table.userNamespace.push(image.userNamespace);
    table.networkNamespace.push(image.networkNamespace);
    table.ipcNamespace.push(image.ipcNamespace);
    table.utsNamespace.push(image.utsNamespace);
    if (depth < lineageDepth) table.parent.set(row, this.ref(image.parent, depth + 1));
    return row + 1;
  }

  clear(): void {
    clear(this.#columns);
    this.#executables.length = 0;
    this.argsBytes = 0;
    this.#batch = ++batches;
  }
}
