/** The containers of a service's task, as its template has them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ServiceName } from '../check/service-variables.fixture.ts';

interface Container {
  readonly Name: string;
  readonly User?: string;
  readonly Command?: readonly string[];
  readonly Environment?: readonly { readonly Name: string; readonly Value: string }[];
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

export const containersOf = (service: ServiceName): readonly Container[] =>
  readTemplate(service).Resources.Task.Properties.ContainerDefinitions;
