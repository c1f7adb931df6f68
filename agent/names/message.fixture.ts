/** Messages of the domain name system as resolvers and servers write them, for tests. */

type Answer = { readonly alias: string } | { readonly address: string };

const labels = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ]);

const words = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, i * 2);
  return bytes;
};

export const question = (name: string, type: number, id: number): Buffer =>
  Buffer.concat([words(id, 0x0100, 1, 0, 0, 0), labels(name), words(type, 1)]);

/** `code`: 0 no error, 3 no such name. Owners are written as a pointer to the question's name. */
export function answer(name: string, type: number, records: readonly Answer[], code = 0, id = 1): Buffer {
  const parts = records.map(record => {
    const data = 'alias' in record ? labels(record.alias) : Buffer.from(record.address, 'latin1');
    const own = 'alias' in record ? 5 : data.length === 16 ? 28 : 1;
    return Buffer.concat([words(0xc00c, own, 1, 0, 60, data.length), data]);
  });
  const header = words(id, 0x8180 | code, 1, records.length, 0, 0);
  return Buffer.concat([header, labels(name), words(type, 1), ...parts]);
}
