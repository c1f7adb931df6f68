'use client';

import { useEffect, useState } from 'react';

/** Two minutes at one value every two seconds. */
const kept = 60;

/** The rates that came while the page was open, oldest first. */
export function useRates(perSecond: number | undefined, at: number): readonly number[] {
  const [rates, setRates] = useState<readonly number[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: an unchanged rate that came anew is a value too
  useEffect(() => {
    if (perSecond !== undefined) setRates(current => [...current, perSecond].slice(-kept));
  }, [perSecond, at]);
  return rates;
}
