/** What a password must be. Length is what counts (NIST SP 800-63B); rules about kinds of characters are not. */

export const shortestPassword = 12;
export const longestPassword = 256;

/** What is wrong with it, for people; `undefined` if nothing is. */
export function passwordFault(password: string, user: { readonly email: string }): string | undefined {
  const length = [...password].length;
  if (length < shortestPassword) return `must have at least ${shortestPassword} characters, has ${length}`;
  if (password.length > longestPassword) return `must have at most ${longestPassword} characters`;
  const plain = password.toLowerCase();
  const email = user.email.toLowerCase();
  if (plain === email || plain === email.split('@')[0]) return 'must not be the mail address';
  if (new Set(plain).size < 4) return 'must have at least 4 different characters';
  return undefined;
}
