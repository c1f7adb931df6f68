/** The OpenAPI 3.1 document of all routes. Run as a program it prints it: no port, no store, no environment needed. */

import { fastifySwagger } from '@fastify/swagger';
import fastify from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { fastifySchema } from './fastify-schema.ts';
import { prefix, routes } from './routes.ts';

export async function openApiDocument(): Promise<OpenApiDocument> {
  const app = fastify({ exposeHeadRoutes: false });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Picket',
        version: '1',
        description: 'Alerts, endpoints, events and baselines of Picket. Times are RFC 3339 in UTC with microseconds.',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  for (const route of routes) {
    app.route({
      method: route.method,
      url: prefix + route.path,
      schema: fastifySchema(route),
      handler: () => {
        throw new Error('only described here');
      },
    });
  }
  await app.ready();
  const document = app.swagger() as unknown as OpenApiDocument;
  await app.close();
  return withoutInputTwins(document);
}

export interface OpenApiDocument extends Record<string, unknown> {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

/** Each component is made twice, for requests as `NameInput`; as none of ours transforms its input, one will do. */
function withoutInputTwins(document: OpenApiDocument): OpenApiDocument {
  const own = Object.entries(document.components.schemas).filter(([name]) => !name.endsWith('Input'));
  const one = { ...document, components: { ...document.components, schemas: Object.fromEntries(own) } };
  return JSON.parse(JSON.stringify(one).replaceAll(/(#\/components\/schemas\/\w+?)Input"/g, '$1"')) as OpenApiDocument;
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await openApiDocument(), null, 2)}\n`);
