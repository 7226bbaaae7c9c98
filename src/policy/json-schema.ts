/**
 * The JSON Schema of the policies, for editors: made from the same zod schemas that judge the texts. It describes what
 * is written (durations as text), so it knows shapes and defaults; what coherence.ts demands it cannot express.
 */
import { z } from 'zod';
import { type KindName, kinds } from './schema.ts';

/** One place in a JSON Schema, as far as it is needed here. */
export interface SchemaNode {
  readonly description?: string;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  /** Names of `properties`. */
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | false;
}

/** The schema of one kind. */
export function kindJsonSchema(kind: KindName): SchemaNode {
  return z.toJSONSchema(kinds[kind], { io: 'input' }) as SchemaNode;
}

/** The schema of all kinds, as the text of `policies/schema.json`. */
export function policyJsonSchemaText(): string {
  const anyKind = z.discriminatedUnion('kind', [
    kinds.VirtualAddress,
    kinds.DatabaseFailover,
    kinds.IdentityRoute,
    kinds.EndpointCatalog,
    kinds.FernetKeys,
  ]);
  const schema = { title: 'regent policy', ...z.toJSONSchema(anyKind, { io: 'input' }) };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The place that a path of a document leads to; undefined if the schema has none there. */
export function schemaAt(schema: SchemaNode, path: readonly PropertyKey[]): SchemaNode | undefined {
  let at: SchemaNode | undefined = schema;
  for (const part of path) {
    if (at === undefined) return undefined;
    const rest: SchemaNode | undefined = at.additionalProperties === false ? undefined : at.additionalProperties;
    const properties: Readonly<Record<string, SchemaNode>> = at.properties ?? {};
    at = typeof part === 'number' ? at.items : Object.hasOwn(properties, part) ? properties[String(part)] : rest;
  }
  return at;
}
