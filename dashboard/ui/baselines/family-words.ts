import type { Baseline } from '../../lib/api.ts';

/** What a baseline is about. */
export const familyWords: Readonly<Record<Baseline['family'], string>> = {
  file: 'Files opened',
  lineage: 'Started by',
};
