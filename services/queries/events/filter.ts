/** Which events: the conditions that a person or a page may combine, each as SQL with its typed parameters. */

import { isIP } from 'node:net';
import { z } from 'zod';
import type { EventKind } from '../../domain/events/event.ts';
import type { EndpointId, ExecId, Micros } from '../../domain/events/ids.ts';
import { containerCondition, unitCondition } from './cgroup-column.ts';
import { hexOfPattern, hexOfTyped } from './printable-column.ts';

export interface EventFilter {
  readonly endpoint?: EndpointId | undefined;
  readonly kinds?: readonly EventKind[] | undefined;
  /** Path of the executable or script; `*` stands for any characters, `\xNN` for a byte. */
  readonly program?: string | undefined;
  /** Path of the file, socket or asked program, or the domain of a connection; `*` stands for any characters, `\xNN` for a byte. */
  readonly path?: string | undefined;
  /** Local or remote address. What is no IP address matches nothing. */
  readonly address?: string | undefined;
  /** Acting process. What is no exec id matches nothing. */
  readonly execId?: ExecId | undefined;
  readonly user?: string | undefined;
  /** SHA-256 of the acting process's executable, 64 hex digits. What is no hash matches nothing. */
  readonly hash?: string | undefined;
  /** Unit of systemd, of what is in no container; `*` stands for any characters. */
  readonly unit?: string | undefined;
  /** Id or name of the container; `*` stands for any characters. */
  readonly container?: string | undefined;
  /** Inclusive. */
  readonly from?: Micros | undefined;
  /** Exclusive. */
  readonly to?: Micros | undefined;
  /** Part of path, domain, program, script or arguments in any case, or a whole address. */
  readonly search?: string | undefined;
}

/** Values by the names that the conditions use; only those in use are sent. */
export const filterParameters = z.object({
  endpoint: z.string().optional(),
  kinds: z.array(z.string()).optional(),
  program: z.string().optional(),
  path: z.string().optional(),
  address: z.string().optional(),
  boot: z.string().optional(),
  pid: z.number().optional(),
  ticks: z.number().optional(),
  user: z.string().optional(),
  hash: z.string().optional(),
  unit: z.string().optional(),
  container: z.string().optional(),
  from: z.number().optional(),
  to: z.number().optional(),
  search: z.string().optional(),
  searchAddress: z.string().optional(),
});

export interface Conditions {
  /** After WHERE; `1` where everything matches. */
  readonly sql: string;
  readonly parameters: z.infer<typeof filterParameters>;
}

export function conditionsOf(filter: EventFilter): Conditions {
  const sql: string[] = [];
  const parameters: z.infer<typeof filterParameters> = {};
  if (filter.endpoint !== undefined) {
    sql.push('endpoint_id = {endpoint:UUID}');
    parameters.endpoint = filter.endpoint;
  }
  if (filter.kinds !== undefined && filter.kinds.length > 0) {
    sql.push('kind IN {kinds:Array(String)}');
    parameters.kinds = [...filter.kinds];
  }
  if (filter.program !== undefined) {
    const is = comparison(filter.program, 'program');
    sql.push(`(exe ${is} OR script ${is})`);
    parameters.program = comparedHex(filter.program);
  }
  if (filter.path !== undefined) {
    const is = comparison(filter.path, 'path');
    // has() is what the table's index on both columns answers.
    sql.push(is.startsWith('=') ? 'has([path, asked], unhex({path:String}))' : `(path ${is} OR asked ${is})`);
    parameters.path = comparedHex(filter.path);
  }
  if (filter.address !== undefined) {
    const address = asIPv6(filter.address);
    sql.push(address ? 'has([local_address, remote_address], {address:IPv6})' : '0');
    parameters.address = address;
  }
  if (filter.execId !== undefined) {
    const [, boot, pid, ticks] = /^([0-9a-f-]{36}):(\d{1,10}):(\d{1,16})$/.exec(filter.execId) ?? [];
    sql.push(boot ? 'pid = {pid:UInt32} AND start_ticks = {ticks:UInt64} AND boot_id = {boot:UUID}' : '0');
    if (boot) Object.assign(parameters, { boot, pid: Number(pid), ticks: Number(ticks) });
  }
  if (filter.user !== undefined) {
    sql.push('user = {user:String}');
    parameters.user = filter.user;
  }
  if (filter.hash !== undefined) {
    const isHash = /^[0-9a-f]{64}$/i.test(filter.hash);
    sql.push(isHash ? 'exe_hash = unhex({hash:String})' : '0');
    if (isHash) parameters.hash = filter.hash;
  }
  if (filter.unit !== undefined) {
    sql.push(unitCondition(comparison(filter.unit, 'unit')));
    parameters.unit = comparedHex(filter.unit);
  }
  if (filter.container !== undefined) {
    sql.push(containerCondition(comparison(filter.container, 'container')));
    parameters.container = comparedHex(filter.container);
  }
  if (filter.from !== undefined) {
    sql.push('time >= fromUnixTimestamp64Micro({from:Int64})');
    parameters.from = filter.from;
  }
  if (filter.to !== undefined) {
    sql.push('time < fromUnixTimestamp64Micro({to:Int64})');
    parameters.to = filter.to;
  }
  if (filter.search !== undefined && filter.search !== '') {
    const address = asIPv6(filter.search);
    const columns = ['path', 'exe', 'script', 'args', 'asked'].map(column => `${column} ILIKE unhex({search:String})`);
    if (address) columns.push('has([local_address, remote_address], {searchAddress:IPv6})');
    sql.push(`(${columns.join(' OR ')})`);
    parameters.search = hexOfPattern(`*${filter.search}*`);
    parameters.searchAddress = address;
  }
  return { sql: sql.length === 0 ? '1' : sql.join(' AND '), parameters };
}

const comparison = (text: string, parameter: string): string =>
  `${text.includes('*') ? 'LIKE' : '='} unhex({${parameter}:String})`;

const comparedHex = (text: string): string => (text.includes('*') ? hexOfPattern(text) : hexOfTyped(text));

/** Addresses are kept as IPv6, IPv4 ones mapped. */
function asIPv6(text: string): string | undefined {
  const version = isIP(text);
  return version === 0 ? undefined : version === 4 ? `::ffff:${text}` : text;
}
