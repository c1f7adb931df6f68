/**
 * The environments of programs that were started with more than the kernel looks through for an exec: 255 KiB, before Linux 5.12
 * 256 variables. /proc has them as long as the program runs; a program can write over its own.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import type { Image } from '../sensor/event.ts';
import { type LoaderVariables, loaderVariables } from './loader-variables.ts';
import { runsStill } from './proc.ts';

/** Arguments and variables together have no more, bytes: three quarters of 8 MiB (fs/exec.c). */
const mostBytes = 6 * 2 ** 20;
/** Read in a second, bytes: who starts one program after the other with as much is not to hold the agent up. */
const mostInASecond = 16 * 2 ** 20;

export class Environments {
  readonly #root: string;
  #second = -1;
  #left = 0;

  constructor(root = '/proc') {
    this.#root = root;
  }

  /**
   * The loader's variables of a program that runs; undefined where it has ended, runs another program, or too much was read in this
   * second. `steadyMillis`: a clock that nobody sets.
   */
  loader(image: Image, steadyMillis: number): LoaderVariables | undefined {
    const second = Math.floor(steadyMillis / 1_000);
    if (second !== this.#second) this.#left = mostInASecond;
    this.#second = second;
    let file: number | undefined;
    try {
      // Opened first: it stays that of the program that runs now.
      file = openSync(`${this.#root}/${image.pid}/environ`, 'r');
      if (!runsStill(image, this.#root)) return undefined;
      const bytes = Buffer.allocUnsafe(Math.min(this.#left, mostBytes));
      let end = 0;
      for (let got = -1; got !== 0 && end < bytes.length; end += got)
        got = readSync(file, bytes, end, bytes.length - end, -1);
      this.#left -= end;
      // What was not read to its end is not known, nor what a process that ends has given back.
      return end === 0 || end === bytes.length ? undefined : loaderVariables(bytes.toString('latin1', 0, end));
    } catch {
      return undefined;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}
