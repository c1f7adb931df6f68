import { existsSync } from 'node:fs';
import { execute, type Scenario } from '../scenario.ts';

/** memfd_create's number, by architecture (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h). */
const memfdCreate: Readonly<Record<string, number>> = { x64: 319, arm64: 279 };

const perl = '/usr/bin/perl';

const script = (number: number): string => `
  my $name = "picket-simulation";
  my $fd = syscall(${number}, $name, 0);
  open(my $memory, ">&=", $fd) or die;
  open(my $program, "<", "/bin/true") or die;
  binmode $memory; binmode $program;
  local $/; print {$memory} <$program>; $memory->flush;
  exec { "/proc/self/fd/$fd" } $name;
`;

/** A program that never was a file (T1620). */
export const memfdExecution: Scenario = {
  name: 'execution from memory',
  does: 'a copy of /bin/true is put into memory only, and run from there',
  detectors: ['process.memory-execution'],
  obstacle() {
    if (memfdCreate[process.arch] === undefined)
      return `the number of memfd_create on ${process.arch} is not known here`;
    return existsSync(perl) ? undefined : `there is no ${perl}`;
  },
  run: (_, signal) => execute(signal, perl, '-MIO::Handle', '-e', script(memfdCreate[process.arch] ?? 0)),
};
