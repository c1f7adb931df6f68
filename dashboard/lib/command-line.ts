/** So many empty arguments at the end nobody gives: they are what a process leaves that wrote a title over its arguments. */
const leastTitle = 4;

/** Arguments as one line that could be pasted into a shell: what holds more than plain characters is quoted. */
export function commandLine(args: readonly string[]): string {
  const end = args.findLastIndex(argument => argument !== '') + 1;
  const given = end > 0 && args.length - end >= leastTitle ? args.slice(0, end) : args;
  return given.map(quote).join(' ');
}

const quote = (argument: string): string =>
  /^[\w@%+=:,./~^-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
