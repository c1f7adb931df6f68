/** Which program is this? The script where an interpreter runs one, else the executable. */

import type { Process } from '../events/event.ts';

/** What baselines and alerts are kept under. */
export function programOf(process: Process): string {
  return process.script || process.exe || 'unknown';
}

export function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

const nine = '9'.charCodeAt(0);
const versionSuffix = /[-.]?\d+(\.\d+)*$/;

/** Last part of the executable's path without its version: `python3.11` is `python`, `php-fpm8.2` is `php-fpm`. */
export function toolName(path: string): string {
  const name = basename(path);
  // Asked for each process of each event: most names end with no digit.
  if (!(name.charCodeAt(name.length - 1) <= nine)) return name;
  return name.replace(versionSuffix, '') || name;
}

const systemFolders = ['/usr/', '/bin/', '/sbin/', '/lib/', '/lib64/', '/opt/', '/snap/', '/nix/store/', '/gnu/store/'];

/** Lies where only root installs programs: a name from there can be believed, one from /tmp or a home can't. */
export function isInstalled(path: string): boolean {
  return systemFolders.some(folder => path.startsWith(folder)) && !path.startsWith('/usr/local/share/');
}

/** The program, or the script it runs, is installed and has one of these names (with or without its version). */
export function isOneOf(process: Process, names: ReadonlySet<string>): boolean {
  return [process.script, process.exe].some(
    path => path !== '' && isInstalled(path) && (names.has(basename(path)) || names.has(toolName(path))),
  );
}

/** The nearest process, this one or an ancestor, with one of these names. */
export function nearest(process: Process, names: ReadonlySet<string>): Process | undefined {
  for (let at: Process | undefined = process; at; at = at.parent) if (isOneOf(at, names)) return at;
  return undefined;
}

/** Rules look at as much of a command line as an agent sends: patterns must not cost more on what a stranger makes up. */
const longestText = 4_096;

/** The arguments as one text, without the program's own name. */
export function argumentText(process: Process): string {
  return process.args.slice(1).join(' ').slice(0, longestText);
}

/** What `sh -c`, `bash -c`, `python -c` and their kin were given to run; '' where the process is none of them. */
export function inlineCode(process: Process): string {
  const at = process.args.findIndex((arg, i) => i > 0 && /^-[a-zA-Z]*[ce]$/.test(arg));
  return at < 0 ? '' : (process.args[at + 1] ?? '').slice(0, longestText);
}
