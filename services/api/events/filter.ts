/** The filter of a request in the words of services/queries, and the same filter for events that are at hand. */

import type { z } from 'zod';
import type { EndpointId, ExecId } from '../../domain/events/ids.ts';
import { microsOf } from '../../ports/instant.ts';
import type { EventFilter } from '../../queries/events/filter.ts';
import type { ApiEvent } from '../live/events-feed.ts';
import type { eventsCountQuery } from '../schemas/events.ts';
import type { liveEventsQuery } from '../schemas/live.ts';

export function storeFilter({
  kind,
  from,
  to,
  endpoint,
  execId,
  container,
  ...same
}: z.output<typeof eventsCountQuery>): EventFilter {
  return {
    ...same,
    kinds: kind,
    endpoint: endpoint?.toLowerCase() as EndpointId | undefined,
    execId: execId as ExecId | undefined,
    container: container === undefined ? undefined : containerGlob(container),
    from: from === undefined ? undefined : microsOf(from),
    to: to === undefined ? undefined : microsOf(to),
  };
}

/** Whether an event is one that the same filter would find in the store. */
export function matcher(filter: z.output<typeof liveEventsQuery>): (event: ApiEvent) => boolean {
  const { endpoint, kind, program, path, address, execId, user, hash, unit, container, search } = filter;
  const isProgram = program === undefined ? undefined : globMatcher(program);
  const isPath = path === undefined ? undefined : globMatcher(path);
  const isUnit = unit === undefined ? undefined : globMatcher(unit);
  const isContainer = container === undefined ? undefined : globMatcher(containerGlob(container));
  const part = search?.toLowerCase();
  return event =>
    (endpoint === undefined || event.endpoint.id === endpoint.toLowerCase()) &&
    (kind === undefined || kind.includes(event.kind)) &&
    (isProgram === undefined || isProgram(event.process.exe) || isProgram(event.process.script)) &&
    (isPath === undefined || pathsOf(event).some(isPath)) &&
    (address === undefined || addressesOf(event).includes(address)) &&
    (execId === undefined || event.process.execId === execId) &&
    (user === undefined || event.process.user === user) &&
    (hash === undefined || event.process.exeHash === hash.toLowerCase()) &&
    (isUnit === undefined || (event.process.unit !== '' && isUnit(event.process.unit))) &&
    (isContainer === undefined || (event.process.container !== '' && isContainer(event.process.container))) &&
    (part === undefined ||
      textsOf(event).some(text => text.toLowerCase().includes(part)) ||
      addressesOf(event).includes(part));
}

/** Tools that manage containers show the first 12 digits of an id. */
const containerGlob = (text: string): string => (/^[0-9a-f]{12,63}$/.test(text) ? `${text}*` : text);

/** `*` stands for any characters. Without backtracking: each piece is looked for after the one before. */
function globMatcher(glob: string): (text: string) => boolean {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.pop();
  if (last === undefined) return text => text === first;
  return text => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at + last.length <= text.length;
  };
}

const pathsOf = ({ file, unix, exec, change, network }: ApiEvent): string[] =>
  [file?.path, file?.asked, unix?.path, exec?.asked, change?.path, change?.other, network?.domain].filter(
    path => path !== undefined,
  );

const addressesOf = ({ network }: ApiEvent): string[] => (network ? [network.localAddress, network.remoteAddress] : []);

const textsOf = (event: ApiEvent): string[] => [
  ...pathsOf(event),
  event.process.exe,
  event.process.script,
  ...(event.exec ? [event.exec.args.join('\0')] : []),
];
