/**
 * A path without what differs from one run, host or version to the next: two openings that mean the same get the same text.
 * `/home/ada/.cache/x/8f14e45f-ceea-467f-a8d0-5cd1a2b3c4d5` becomes `/home/<user>/.cache/x/<uuid>`.
 */

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const longHex = /(?<![0-9a-z])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{10,}(?![0-9a-z])/gi;
const date = /(?:19|20)\d\d([-_.]?)[01]\d\1[0-3]\d/g;
const clock = /(?<!\d)[T_-]?[0-2]\d([-_:])[0-5]\d\1[0-5]\d(?!\d)/g;
const version = /(?<!\d)\d+(?:\.\d+)+/g;
/** Not the numbers of algorithms: ed25519, sha256. */
const digits = /(?<!ed|sha|\d)\d{3,}/g;
const token = /[A-Za-z0-9]{6,}/g;

/** Folders whose files are named by chance: any name there that is not plain lower case words is taken for temporary. */
const temporary = /^\/(?:tmp|var\/tmp|dev\/shm|run\/user\/<n>)\//;
/** Pseudo file systems: a number at the end of a name is an instance there. */
const instances = /^\/(?:proc|sys|dev|run)\//;

/** Linux knows no longer paths; deeper ones than this are cut. */
const longest = 4_096;
const deepest = 128;

export function generalise(whole: string): string {
  const path = whole.slice(0, longest);
  if (path === '' || path[0] !== '/') return generaliseName(path);
  let general = '';
  const segments = path.split('/', deepest);
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i]!;
    if (i === 2 && segments[1] === 'home') general += '/<user>';
    else if (i === 2 && segments[1] === 'proc' && /^\d+$/.test(segment)) general += '/<pid>';
    else general += `/${generaliseSegment(segment, general)}`;
  }
  return general;
}

function generaliseSegment(segment: string, before: string): string {
  if (/^\d+$/.test(segment)) return '<n>';
  if (segment.length < 3 && !instances.test(`${before}/`)) return segment;
  // Git's objects and other stores that spread hashes over two-character folders.
  let general = generaliseName(segment);
  if (temporary.test(`${before}/`))
    general = general.replace(token, part => (/^[a-z]+$|^[A-Z]+$/.test(part) ? part : '<tmp>'));
  if (instances.test(`${before}/`)) general = general.replace(/(?<=[a-z_:.-])\d+/g, '<n>');
  return general;
}

function generaliseName(name: string): string {
  if (!/[0-9A-Z]/.test(name)) return name;
  return name
    .replace(uuid, '<uuid>')
    .replace(longHex, '<hash>')
    .replace(date, '<date>')
    .replace(clock, '<time>')
    .replace(version, '<v>')
    .replace(token, part => (isRandom(part) ? '<tmp>' : part))
    .replace(digits, '<n>');
}

/** Looks like what mkstemp and its kin make: digits, both cases, and many changes between them. */
function isRandom(part: string): boolean {
  if (!(/\d/.test(part) && /[a-z]/.test(part) && /[A-Z]/.test(part))) return false;
  let changes = 0;
  for (let i = 1; i < part.length; i++) if (kind(part, i) !== kind(part, i - 1)) changes++;
  return changes >= 3 && changes * 3 >= part.length;
}

function kind(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 58 ? 0 : code < 91 ? 1 : 2;
}

/** The folder a generalised path lies in: `/etc/cron.d/x` gives `/etc/cron.d`; '' above the first folder. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}
