/** What each counter of an agent means in words. The agent only counts; here it says whether anything is missing. */

/**
 * `lost`: events, or repetitions of them, that Picket will never show. `cut`: the events are there, part of what they say is not.
 * `none`: nothing is missing; the counter explains how the agent worked.
 */
export type LossEffect = 'lost' | 'cut' | 'none';

export interface LossWords {
  readonly effect: LossEffect;
  readonly meaning: string;
}

const words: Readonly<Record<string, LossWords>> = {
  'ring.full': {
    effect: 'lost',
    meaning: 'The host made events so much faster than the agent could read them that even executions found no room.',
  },
  'ring.vanished': {
    effect: 'lost',
    meaning:
      'The kernel sent events that the agent never read, or it read some twice: somebody with root moved the place where it reads.',
  },
  'shed.sample': {
    effect: 'none',
    meaning: 'Samples of system calls that were left out in a storm of events, before anything else.',
  },
  'shed.sequence': {
    effect: 'cut',
    meaning:
      'New sequences of system calls that were left out in a storm: they come only if the program makes them again.',
  },
  'shed.repeat': {
    effect: 'lost',
    meaning: 'Opens that came again and again, left out in a storm of events so that the rest could be told.',
  },
  'shed.open': { effect: 'lost', meaning: 'Opens of files that were left out in a storm of events.' },
  'shed.change': {
    effect: 'lost',
    meaning: 'Changes of files, and connects to unix sockets, that were left out in a storm of events.',
  },
  'shed.arguments': {
    effect: 'cut',
    meaning: 'Arguments beyond 4 KiB that were left out in a storm of events; the execution and their length are told.',
  },
  'shed.life': {
    effect: 'lost',
    meaning: 'Forks, ends of processes and ends of connections that were left out in a storm of events.',
  },
  'shed.network': { effect: 'lost', meaning: 'Connections that were left out in a storm of events.' },
  'shed.access': {
    effect: 'lost',
    meaning:
      'Changes of identity, and access to other processes or the kernel, that were left out in a storm of events.',
  },
  'program.missed': {
    effect: 'lost',
    meaning: 'The kernel left a run of the sensor out, because another one was under way on the same processor.',
  },
  'fold.orphaned': {
    effect: 'lost',
    meaning: 'Repetitions of an event that did not reach the agent, so that they could not be counted.',
  },
  'file.missing': {
    effect: 'cut',
    meaning:
      'A file was closed again before the sensor could see what had been opened, or io_uring opened it without a descriptor: the path is the one that was asked for.',
  },
  'scratch.missing': { effect: 'lost', meaning: 'The sensor had no memory to put an event together.' },
  'family.missing': { effect: 'lost', meaning: 'A part of the sensor was not loaded when a system call came.' },
  'address.unreadable': {
    effect: 'lost',
    meaning: 'The address of a connection could not be read from the program that gave it.',
  },
  'datagram.untold': {
    effect: 'lost',
    meaning:
      'Datagrams beyond the first 32 of one call (to unix sockets, beyond the first): where those went is not told.',
  },
  'fold.overflow': {
    effect: 'lost',
    meaning: 'More than 15 million repetitions in one window: those above were not counted.',
  },
  'connections.full': {
    effect: 'lost',
    meaning: 'More connections were open at once than the sensor follows: the end of those above is not told.',
  },
  'names.unreadable': {
    effect: 'cut',
    meaning: 'A question for a name, or its answer, could not be read: a later connection may lack its name.',
  },
  'request.untold': {
    effect: 'lost',
    meaning: 'A request to io_uring whose socket is known to the ring alone, and not by a number of the process.',
  },
  'waiting.full': {
    effect: 'none',
    meaning: 'More requests to io_uring at once than the sensor can wait for: those were told without their outcome.',
  },
  'record.unknown': { effect: 'lost', meaning: 'The sensor sent a kind of record that this agent does not know.' },
  'spool.full': {
    effect: 'lost',
    meaning: 'The server was away for so long that the disk spool was full: the oldest events were dropped.',
  },
  'spool.disk-refused': { effect: 'lost', meaning: 'The disk took no more, and the memory for events was full too.' },
  'spool.torn': { effect: 'lost', meaning: 'The host stopped while the agent was writing to its spool.' },
  'spool.damaged': { effect: 'lost', meaning: 'A file of the spool could not be read again.' },
  'submission.rejected': { effect: 'lost', meaning: 'The server refused a batch for good, for example as malformed.' },
  'command.refused': {
    effect: 'none',
    meaning: 'Commands that this server did not give, or that were played again: the agent did not obey them.',
  },
  'isolation.lifted': {
    effect: 'none',
    meaning: 'The isolation of the host was taken away by somebody, and the agent put it back.',
  },
  'witness.lost': {
    effect: 'none',
    meaning: 'The process that notes who kills the agent was itself killed, and the agent started it again.',
  },
  'path.cut': { effect: 'cut', meaning: 'A path was longer than 4 KiB: it lost its beginning.' },
  'path.unreadable': { effect: 'cut', meaning: 'Part of a path could not be read.' },
  'asked.unreadable': {
    effect: 'cut',
    meaning: 'The path as the program asked for it could not be read; the path of the opened file is there.',
  },
  'asked.cut': { effect: 'cut', meaning: 'The path as the program asked for it was longer than 4 KiB.' },
  'args.unreadable': { effect: 'cut', meaning: 'The arguments of a started program could not be read.' },
  'args.cut': {
    effect: 'cut',
    meaning: 'A command line was longer than 32 KiB: its beginning and its true length are kept.',
  },
  'environment.cut': {
    effect: 'cut',
    meaning:
      'A program was started with more or longer variables than are looked through, and had ended before the rest could be read, or with more than 32 KiB for its loader: LD_PRELOAD may stand in what is missing.',
  },
  'hash.unknown': {
    effect: 'cut',
    meaning: 'A program had ended, and its file was gone or changed, before its hash could be made.',
  },
  'hash.too-large': {
    effect: 'cut',
    meaning: 'A program’s file was larger than 1 GiB: it is not read, and the program is told without its hash.',
  },
  'hash.crowded': { effect: 'cut', meaning: 'More new programs at once than the agent hashes one after the other.' },
  'package.crowded': {
    effect: 'cut',
    meaning:
      'More new programs at once than the agent asks dpkg or rpm about: those above are asked for when they run again.',
  },
  'package.unknown': { effect: 'cut', meaning: 'dpkg or rpm did not say which package programs belong to.' },
  'record.full': { effect: 'cut', meaning: 'An event had so much text that the last of it found no room.' },
  'pending.full': {
    effect: 'cut',
    meaning: 'How a connection went on stayed unknown: too many were being made at once.',
  },
  'process.unknown': {
    effect: 'cut',
    meaning: 'A process had ended before the agent could read anything about it: its events have no program.',
  },
  'process.shortened': {
    effect: 'cut',
    meaning:
      'Arguments and folders of running processes took more memory than the agent has for them: later events have their beginning.',
  },
  'process.evicted': { effect: 'cut', meaning: 'More processes than the agent keeps: ancestors may be missing.' },
  'sample.lost': {
    effect: 'cut',
    meaning: 'Sequences of system calls that were cut off: two threads shared the place where they are kept.',
  },
  'gate.emptied': {
    effect: 'none',
    meaning:
      'A program made so many sequences of system calls that what was known of it was forgotten: they come again.',
  },
  'fold.crowded': { effect: 'none', meaning: 'Repetitions that were sent one by one instead of as a count.' },
  'quiet.full': { effect: 'none', meaning: "Processes of the agent itself that may be shown like anybody's." },
};

/** A counter of a newer agent is taken for the worst. */
export const lossWords = (counter: string): LossWords =>
  words[counter] ?? { effect: 'lost', meaning: 'A counter that this version of Picket does not know yet.' };

export const effectWords: Readonly<Record<LossEffect, string>> = {
  lost: 'Events lost',
  cut: 'Text or detail missing',
  none: 'Nothing missing',
};

/** Events lost, of all that the counters say. */
export const eventsLost = (losses: Readonly<Record<string, number>>): number =>
  Object.entries(losses).reduce((sum, [name, count]) => sum + (lossWords(name).effect === 'lost' ? count : 0), 0);
