/** Text that may be part of a key in the control store. */

/** PostgreSQL refuses index rows above 2,704 bytes; a program and a deviation of this many UTF-16 units, 3 bytes each, fit together. */
export const keyLength = 400;

/** NUL, which PostgreSQL's text can't hold, becomes `\x00`; long text keeps its head and its tail. */
export function storable(text: string, limit: number = keyLength): string {
  const clean = text.includes('\0') ? text.replaceAll('\0', '\\x00') : text;
  if (clean.length <= limit) return clean;
  const tail = Math.floor(limit / 3);
  return `${clean.slice(0, limit - tail - 1)}…${clean.slice(-tail)}`.toWellFormed();
}
