/** The containers of a service's task, as its template has them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ServiceName } from '../check/service-variables.fixture.ts';

interface Variable {
  readonly Name: string;
  readonly Value: string;
}
/** One that depends on a condition is in a list with it. */
type Conditional = readonly [condition: string, variable: Variable, otherwise: string];

interface Container {
  readonly Name: string;
  readonly User?: string;
  readonly Command?: readonly string[];
  readonly Environment?: readonly (Variable | Conditional)[];
  readonly Secrets?: readonly { readonly Name: string }[];
  readonly DependsOn?: readonly { readonly ContainerName: string; readonly Condition: string }[];
  readonly MountPoints?: readonly {
    readonly SourceVolume: string;
    readonly ContainerPath: string;
    readonly ReadOnly?: boolean;
  }[];
}

/** CloudFormation's functions are tags; what they give does not matter here. */
export const readTemplate = (name: string) =>
  parse(readFileSync(join(import.meta.dirname, `${name}.yaml`), 'utf8'), { logLevel: 'error' });

/** What a container is passed in plain text, or may be. */
export const environmentOf = ({ Environment = [] }: Container): readonly Variable[] =>
  Environment.map(each => ('Name' in each ? each : each[1]));

export const containersOf = (service: ServiceName): readonly Container[] =>
  readTemplate(service).Resources.Task.Properties.ContainerDefinitions;
