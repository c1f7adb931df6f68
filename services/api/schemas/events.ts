import { z } from 'zod';
import { kindNames } from '../../domain/events/event.ts';
import { operationNames } from '../../domain/events/operation.ts';
import { page, pageParameters } from './page.ts';
import { count, endpointReference, id, instant, line, moment, several } from './scalars.ts';

export const kind = z.enum(kindNames as [(typeof kindNames)[number], ...typeof kindNames]).meta({ id: 'EventKind' });

const what = count.describe('FileFlag bits of the wire schema: of these, that it came by io_uring');

export const event = z
  .object({
    endpoint: endpointReference,
    time: instant,
    kind,
    bootId: id,
    stream: z.string().describe('16 hex digits'),
    sequence: count,
    count: count.describe('Occurrences that this event stands for'),
    process: z.object({
      execId: z.string(),
      pid: count,
      exe: z.string(),
      exeHash: z.string().describe('SHA-256 of the executable in hex; empty where it was not known'),
      package: z.string().describe('Package and version of the executable; empty where it was not known, or of none'),
      script: z.string(),
      cwd: z.string(),
      user: z.string(),
      uid: count,
      euid: count,
      loginuid: count.describe('4294967295 where no login started it'),
      flags: count.describe('ProcessFlag bits of the wire schema'),
      cgroup: z.string(),
      unit: z.string().describe('Unit of systemd that it belongs to; empty where it is of none, or in a container'),
      container: z.string().describe('Id of its container, 64 hex digits, or its name; empty where it is in none'),
      loader: z.array(z.string()).describe('LD_PRELOAD=…, LD_LIBRARY_PATH=…, LD_AUDIT=… of its environment'),
      capabilities: count.describe('Effective capabilities, bit by number'),
    }),
    parent: z.object({ execId: z.string(), pid: count, exe: z.string() }).nullable(),
    exec: z.object({ asked: z.string(), args: z.array(z.string()), argsBytes: count, result: z.int() }).nullable(),
    fork: z.object({ childPid: count }).nullable(),
    exit: z.object({ code: z.int(), signal: count, runMicros: count }).nullable(),
    file: z
      .object({
        path: z.string(),
        asked: z.string(),
        flags: count.describe('open(2) flags'),
        what: count.describe('FileFlag bits of the wire schema'),
        inode: z.string(),
        result: z.int().describe('0, or a negated errno'),
      })
      .nullable(),
    network: z
      .object({
        protocol: z.string(),
        localAddress: z.string(),
        localPort: count,
        remoteAddress: z.string(),
        remotePort: count,
        result: z.int(),
        what,
        domain: z
          .string()
          .describe('Name that the remote address was asked for by; where a name was asked for, that one'),
      })
      .nullable(),
    closed: z
      .object({ sent: count, received: count, runMicros: count })
      .nullable()
      .describe('What connections that are over carried, in bytes of data, and the longest that one was open'),
    unix: z.object({ path: z.string(), result: z.int(), what }).nullable(),
    change: z
      .object({
        operation: z.enum(operationNames),
        path: z.string(),
        other: z.string().describe('The other path or name that it takes: where a link leads, the new name'),
        value: count.describe('See Operation of the wire schema, for this and extra'),
        extra: count,
        target: z
          .object({ execId: z.string(), pid: count, exe: z.string(), uid: count, euid: count })
          .nullable()
          .describe('The other process; where the identity changed, this one as it was'),
        result: z.int().describe('0, or a negated errno'),
        what: count.describe(
          'FileFlag bits of the wire schema: of these, that it came by io_uring, and that a mount hangs in no tree',
        ),
      })
      .nullable(),
    syscalls: z
      .object({
        unseen: count.describe(
          'How many sequences of six in them the program had not made on this host since the agent started; 0: a sample',
        ),
        calls: z.array(z.string()).describe('System calls of one thread, in their order'),
      })
      .nullable(),
  })
  .meta({ id: 'Event', description: 'What happened; of exec … syscalls the one of its kind is not null' });

export const eventPage = page('EventPage', event);

/** `bootId:pid:startTicks`, in the bounds of what the store keeps. */
export const execId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:\d{1,9}:\d{1,15}$/, 'must be BOOT-ID:PID:START-TICKS');

export const eventFilter = {
  endpoint: id.optional(),
  kind: several(kind),
  program: line(4096).optional().describe('Path of the executable or script; `*` stands for any characters'),
  path: line(4096)
    .optional()
    .describe('Path of the file, socket or asked program, or domain; `*` stands for any characters'),
  address: line(50).optional().describe('Local or remote IP address'),
  execId: execId.optional().describe('Acting process'),
  user: line(100).optional(),
  hash: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hex digits')
    .optional()
    .describe('SHA-256 of the executable'),
  unit: line(300).optional().describe('Unit of systemd, of processes in no container; `*` stands for any characters'),
  container: line(300)
    .optional()
    .describe('Id of the container or 12 or more of its first digits, or its name; `*` stands for any characters'),
  from: moment.optional(),
  to: moment.optional(),
  search: line(200).optional().describe('Part of path, domain, program, arguments or address'),
};

export const eventsQuery = z.strictObject({ ...pageParameters, ...eventFilter });
export const eventsCountQuery = z.strictObject(eventFilter);
export const eventsCount = z.object({ count }).meta({ id: 'EventsCount' });

export const storyQuery = z.strictObject({
  endpoint: id,
  execId,
  limit: z.coerce.number().int().min(1).max(1_000).default(200).describe('Most events, and most children'),
});

export const story = z
  .object({
    process: event.describe('Its exec, or the first event that it is known by'),
    ancestors: z.array(event).describe('An event of each, the parent first, as far as the store knows them'),
    children: z.array(event).describe('Execs of the processes that it started, oldest first'),
    events: z.array(event).describe('Its own events, oldest first'),
    cut: z.boolean().describe('There are more events or children than these'),
  })
  .meta({ id: 'Story', description: 'What a process is, whom it comes from, whom it started, and what it did' });
