/** About two lines where the page is widest. */
const mostCharacters = 180;
/** Less than this is not worth a button. */
const leastHidden = 40;

/** The beginning of a long text, at a word's end where one is near; `undefined` where the text is short enough to stand whole. */
export function beginning(text: string): string | undefined {
  if (text.length <= mostCharacters + leastHidden) return undefined;
  const word = text.lastIndexOf(' ', mostCharacters);
  const end = word > mostCharacters - leastHidden ? word : mostCharacters;
  // Half of a surrogate pair is no character.
  return text.slice(0, /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end);
}
