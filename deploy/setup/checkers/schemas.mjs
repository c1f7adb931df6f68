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
    const required = { $ref: `definitions.json#/definitions/${name}`, required: ['apiVersion', 'kind', 'metadata'] };
    writeFileSync(join(folder, fileOf(kinds[0])), JSON.stringify(required));
  }
}

/**
 * The same of the kinds that something else brings, out of its CustomResourceDefinitions.
 *
 * @param {readonly CustomResource[]} definitions
 * @param {string} folder
 *
 * @typedef {{ spec: { group: string, names: { kind: string }, versions: readonly { name: string, schema: { openAPIV3Schema: Schema } }[] } }} CustomResource
 * @typedef {Record<string, unknown> & { properties?: Record<string, Schema>, items?: Schema }} Schema
 */
export function writeCustomSchemas(definitions, folder) {
  mkdirSync(folder, { recursive: true });
  for (const { spec } of definitions) {
    const { kind } = spec.names;
    for (const { name: version, schema } of spec.versions) {
      const file = join(folder, fileOf({ kind, version, group: spec.group }));
      writeFileSync(file, JSON.stringify(strictToTheEnd(schema.openAPIV3Schema)));
    }
  }
}

/**
 * @param {{ group: string, version: string, kind: string }} of
 * @returns {string}
 */
const fileOf = ({ kind, group, version }) =>
  `${[kind, group.split('.')[0], version].filter(Boolean).join('-').toLowerCase()}.json`;

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

/**
 * @param {Schema} schema
 * @returns {Schema}
 */
function strictToTheEnd(schema) {
  const { properties, items } = schema;
  return {
    ...schema,
    ...(items && { items: strictToTheEnd(items) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, strictToTheEnd(each)])),
      additionalProperties: false,
    }),
  };
}
