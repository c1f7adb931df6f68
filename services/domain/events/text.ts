/** Bytes from an endpoint as text: UTF-8 where they are, `\xNN` where they are not. */

const strict = new TextDecoder('utf-8', { fatal: true });

/** Valid UTF-8 is decoded; each byte that is not part of it becomes `\xNN`, so that two different names never look the same. */
export function printable(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return escapeInvalid(bytes);
  }
}

function escapeInvalid(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at]!);
    const sequence = bytes.subarray(at, at + length);
    const decoded = length > 0 && sequence.length === length ? decodeOne(sequence) : undefined;
    if (decoded === undefined) {
      text += `\\x${bytes[at]!.toString(16).padStart(2, '0')}`;
      at += 1;
    } else {
      text += decoded;
      at += length;
    }
  }
  return text;
}

/** Length of the UTF-8 sequence that starts with this byte, 0 where none does. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

function decodeOne(sequence: Uint8Array): string | undefined {
  try {
    return strict.decode(sequence);
  } catch {
    return undefined;
  }
}
