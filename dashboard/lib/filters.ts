/** A list's filters live in the page's address: they survive a reload, can be sent to a colleague, and Back undoes them. */

/** Allowed values of each filter; `text` is free. The first entry of a list is not special: an absent filter is no filter. */
export type FilterSpec = Readonly<Record<string, readonly string[] | 'text'>>;
export type Filters<Spec extends FilterSpec> = { readonly [Key in keyof Spec]?: string };

/** Longer text than this is no search that a person typed. */
const longest = 500;

/** Reads what the address says; unknown names and values that are not allowed are left out. */
export function readFilters<Spec extends FilterSpec>(spec: Spec, address: URLSearchParams): Filters<Spec> {
  const result: Record<string, string> = {};
  for (const [name, allowed] of Object.entries(spec)) {
    const value = address.get(name)?.slice(0, longest);
    if (value === undefined || value === '') continue;
    if (allowed === 'text' || value.split(',').every(part => allowed.includes(part))) result[name] = value;
  }
  return result as Filters<Spec>;
}

/** The address' query with the changes made; an empty or undefined value removes the filter. Names outside the spec stay. */
export function changeFilters(address: URLSearchParams, changes: Readonly<Record<string, string | undefined>>): string {
  const next = new URLSearchParams(address);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') next.delete(name);
    else next.set(name, value.slice(0, longest));
  }
  const text = next.toString();
  return text === '' ? '' : `?${text}`;
}
