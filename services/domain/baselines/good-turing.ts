/**
 * How likely is the next observation to be of a kind that was never seen? Good and Turing's answer is the share of the
 * observations whose kind was seen exactly once: n1 / N (I. J. Good, "The population frequencies of species and the
 * estimation of population parameters", Biometrika 40, 1953). Its spread, for large N, is that of a normal distribution with
 * variance (n1 (1 - n1/N) + 2 n2) / N^2 (W. W. Esty, Annals of Statistics 11, 1983), n2 being the kinds seen exactly twice.
 */

export interface Unseen {
  /** The estimate, 0 to 1. */
  readonly probability: number;
  /** With 95 % confidence it is not more than this. */
  readonly upper: number;
}

/** One-sided 95 % of the normal distribution. */
const z = 1.645;

/**
 * `observations` N, of which `once` kinds were seen once and `twice` kinds twice. With n1 = n2 = 0 the normal distribution
 * says nothing; the term z^2/N then gives what the rule of three gives (2.7/N).
 */
export function unseen(observations: number, once: number, twice: number): Unseen {
  if (observations === 0) return { probability: 1, upper: 1 };
  const probability = once / observations;
  const spread = Math.sqrt(Math.max(once * (1 - probability) + 2 * twice, 0));
  return { probability, upper: Math.min((once + z * spread + z * z) / observations, 1) };
}
