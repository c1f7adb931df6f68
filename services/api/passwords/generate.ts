/** Passwords that Picket makes: read out and typed once. */

import { randomInt } from 'node:crypto';

/** No characters that are taken for another: 0 and O, 1, I and l. */
const alphabet = '23456789abcdefghijkmnpqrstuvwxyz';

/** `xxxxx-xxxxx-xxxxx-xxxxx`: 100 bits. */
export function generatePassword(): string {
  const group = () => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return Array.from({ length: 4 }, group).join('-');
}
