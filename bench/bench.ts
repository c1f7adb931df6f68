/** What a benchmark is: a file beside main.ts that exports these two. */

/** What a benchmark found; names as README and the issues call them, with their unit. */
export type Figures = Readonly<Record<string, number | string | null>>;

export interface Bench {
  /** One line for `--help`: what is measured, and which arguments there are. */
  readonly about: string;
  run(args: readonly string[]): Promise<Figures>;
}
