/** How many statements of a sort run at a time; each holds one thread of libuv's pool while it does. */
export const lanes = { query: 4, insert: 2, control: 2 } as const;
export type Lane = keyof typeof lanes;
