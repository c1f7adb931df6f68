import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * JSON schemas of every kind of Kubernetes, as kubeconform looks for them, out of the OpenAPI document that Kubernetes itself
 * publishes. A field that Kubernetes does not know is an error: its API server would drop it with a warning at most.
 *
 * @param {{ definitions: Record<string, Definition> }} openApi
 * @param {string} folder
 *
 * @typedef {Record<string, unknown> & { properties?: Record<string, Record<string, unknown>>, 'x-kubernetes-group-version-kind'?: readonly { group: string, version: string, kind: string }[] }} Definition
 */
export function writeSchemas({ definitions }, folder) {
  mkdirSync(folder, { recursive: true });
  const strict = Object.fromEntries(Object.entries(definitions).map(([name, each]) => [name, strictly(name, each)]));
  writeFileSync(join(folder, 'definitions.json'), JSON.stringify({ definitions: strict }));
  for (const [name, definition] of Object.entries(definitions)) {
    const kinds = definition['x-kubernetes-group-version-kind'] ?? [];
    // More than one: not a resource but something said about each, such as how to delete it.
    if (kinds.length !== 1 || kinds[0] === undefined) continue;
    const { group, version, kind } = kinds[0];
    const file = [kind, group.split('.')[0], version].filter(Boolean).join('-').toLowerCase();
    writeFileSync(
      join(folder, `${file}.json`),
      JSON.stringify({ $ref: `definitions.json#/definitions/${name}`, required: ['apiVersion', 'kind', 'metadata'] }),
    );
  }
}

/**
 * @param {string} name
 * @param {Definition} definition
 * @returns {Definition}
 */
function strictly(name, definition) {
  // Written as text or as a number: `80` and `http`, `2` and `500m`.
  if (/\.(IntOrString|Quantity)$/.test(name)) return { type: ['string', 'number'] };
  return definition.properties === undefined ? definition : { ...definition, additionalProperties: false };
}
