/** Writes policies/schema.json from the schemas. After a change of them: `node test/policy/write-json-schema.ts`. */
import { writeFile } from 'node:fs/promises';
import { policyJsonSchemaText } from '../../src/policy/json-schema.ts';

await writeFile(new URL('../../policies/schema.json', import.meta.url), policyJsonSchemaText());
