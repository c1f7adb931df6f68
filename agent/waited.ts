/** Waiting by a clock that somebody may set: what began in a future that the clock shows no more has waited long enough. */

/** Times of events are the kernel's, made times of the wall clock: a little ahead of it is no set clock. Microseconds. */
const ahead = 5_000_000;

/** Whether something that began then has lasted its span, or the clock was set back before its beginning. Microseconds. */
export const isOver = (since: number, span: number, now: number): boolean => now >= since + span || now < since - ahead;
