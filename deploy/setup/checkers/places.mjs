import { join } from 'node:path';
import { cached } from '../cache.mjs';
import { traefikVersion } from '../traefik/version.mjs';

/** Versions of what checks the cloud templates; a new one gets a folder of its own. */
export const versions = { cfnLint: '1.58.0', kustomize: '5.8.1', kubeconform: '0.7.0', kubernetes: '1.35.4' };

/** Where each lies once it is there. */
export const cfnLint = () => join(cached(`cfn-lint-${versions.cfnLint}`), 'bin/cfn-lint');
export const kustomize = () => join(cached(`kustomize-${versions.kustomize}`), 'kustomize');
export const kubeconform = () => join(cached(`kubeconform-${versions.kubeconform}`), 'kubeconform');
/** JSON schemas, a file for each kind. */
export const schemas = () => cached(`kubernetes-schemas-${versions.kubernetes}`);
/** The same of the kinds that Traefik brings. */
export const traefikSchemas = () => cached(`traefik-schemas-${traefikVersion}`);
