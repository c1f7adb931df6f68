/** Words for people. */

/** With a capital at its start. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The command line, cut. */
export function commandLine(args: readonly string[], limit = 400): string {
  const text = args.join(' ');
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}
