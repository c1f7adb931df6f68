/** How the analysis' values are written to PostgreSQL. */

/** Microseconds since the epoch as a timestamp with all of them. */
export function instant(micros: number): string {
  const whole = Math.floor(micros / 1000);
  const rest = micros - whole * 1000;
  return new Date(whole).toISOString().replace('Z', `${rest.toString().padStart(3, '0')}Z`);
}

/** JSON that jsonb takes: NUL, which it refuses, is written out as text, and half a surrogate pair is replaced. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'string' ? member.replaceAll('\0', '\\x00').toWellFormed() : member,
  );
}
