/** The name under which a program's baselines and alerts are kept. */

import { isInstalled } from '../detectors/program.ts';
import { generalise } from './generalise.ts';

/** Installed programs are known by their path; others, whose paths vary from run to run, by what is general in it. */
export function programKey(program: string): string {
  return isInstalled(program) ? program : generalise(program);
}
