/** Branded identifiers and units: what crosses a boundary says what it is. */

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** UUID of an endpoint, lower case with dashes. */
export type EndpointId = Brand<string, 'EndpointId'>;
/** Kernel boot id, UUID form. */
export type BootId = Brand<string, 'BootId'>;
/** An agent's spool stream: 16 hex digits. */
export type StreamId = Brand<string, 'StreamId'>;
/** `bootId:pid:startTicks`: a process for ever, where a pid is only a place. */
export type ExecId = Brand<string, 'ExecId'>;
/** Microseconds since the Unix epoch. */
export type Micros = Brand<number, 'Micros'>;

export const execId = (boot: BootId, pid: number, startTicks: number): ExecId =>
  `${boot}:${pid}:${startTicks}` as ExecId;
export const micros = (value: number): Micros => value as Micros;
