/**
 * Makes lib/api-types.ts from the API's own OpenAPI document: `node types.ts`. The document comes out of a process of the API's code, as
 * a customer's client would get it from /openapi.json; nothing of the services is imported here.
 */

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import openapiTypescript, { astToString } from 'openapi-typescript';

const here = import.meta.dirname;
const { stdout } = await promisify(execFile)(process.execPath, [join(here, '../services/api/openapi.ts')], {
  maxBuffer: 32 * 1024 * 1024,
});
const types = astToString(await openapiTypescript(JSON.parse(stdout), { defaultNonNullable: false }));
await writeFile(
  join(here, 'lib/api-types.ts'),
  `// Generated from the API's OpenAPI document by types.ts.\n\n${types}`,
);
