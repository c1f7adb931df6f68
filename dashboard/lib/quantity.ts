/** Numbers for people. */

const whole = new Intl.NumberFormat('en-GB');

/** `1,204`; from a hundred thousand on `104 k`, `2.3 M`. */
export function quantity(value: number): string {
  if (value < 100_000) return whole.format(Math.round(value));
  if (value < 1_000_000) return `${Math.round(value / 1000)} k`;
  if (value < 1_000_000_000) return `${(value / 1_000_000).toFixed(1)} M`;
  return `${(value / 1_000_000_000).toFixed(1)} G`;
}

/** A rate: one decimal while it is small. */
export const rate = (perSecond: number): string =>
  perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : quantity(perSecond);

/** `512 B`, `3.4 KiB`, `52 MiB`. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 10 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** A share of one: `12 %`, `0.4 %`, `0.02 %`, `under 0.01 %`. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return '0 %';
  if (value < 0.01) return 'under 0.01 %';
  if (value < 1) return `${Number(value.toPrecision(1))} %`;
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`;
}

/** `1 host`, `3 hosts`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${quantity(count)} ${count === 1 ? one : many}`;
