/** A node:test reporter for programs: one line of JSON with the counts of the whole run. */

/** @param {AsyncIterable<{ type: string, data: any }>} source */
export default async function* tally(source) {
  for await (const { type, data } of source) {
    if (type === 'test:summary' && data.file === undefined) yield JSON.stringify(data.counts);
  }
}
