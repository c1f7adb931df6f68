/** Times arrive as RFC 3339 with microseconds; people read them as distances, and exactly when they ask. */

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** "just now", "4 min ago", "3 h ago", "6 d ago", then the date; a future time (clocks differ) is "in 4 min". */
export function relative(iso: string, now: number): string {
  const distance = now - Date.parse(iso);
  if (Number.isNaN(distance)) return 'at an unknown time';
  const size = Math.abs(distance);
  if (size < 10_000) return 'just now';
  const words = span(size);
  if (words === undefined) return iso.slice(0, 10);
  return distance < 0 ? `in ${words}` : `${words} ago`;
}

function span(milliseconds: number): string | undefined {
  if (milliseconds < minute) return `${Math.floor(milliseconds / 1000)} s`;
  if (milliseconds < hour) return `${Math.floor(milliseconds / minute)} min`;
  if (milliseconds < day) return `${Math.floor(milliseconds / hour)} h`;
  if (milliseconds < 60 * day) return `${Math.floor(milliseconds / day)} d`;
  return undefined;
}

/** `2026-11-21 03:04:05.123456 UTC`, and the reader's own wall clock where that differs. */
export function exact(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const utc = `${at.toISOString().slice(0, 19).replace('T', ' ')}${fraction(iso)} UTC`;
  if (at.getTimezoneOffset() === 0) return utc;
  return `${at.toLocaleString()} (${utc})`;
}

/** `03:04:05.123456` in the reader's time zone. */
export function clock(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}${fraction(iso)}`;
}

const fraction = (iso: string): string => /\.\d+/.exec(iso)?.[0] ?? '';

/** A length of time from microseconds: `850 µs`, `12 ms`, `3.4 s`, `5 min`, `2 h`. */
export function duration(micros: number): string {
  if (micros < 1000) return `${micros} µs`;
  if (micros < 1_000_000) return `${Math.round(micros / 1000)} ms`;
  const seconds = micros / 1_000_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
