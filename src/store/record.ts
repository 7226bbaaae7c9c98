/**
 * One stored value, in and out. Every value is a JSON object that carries `format`, the version of its shape; it is
 * checked before anything else is believed. Fields that this version does not know are ignored, so that a field can
 * be added without a new format; a format that it does not know is `Malformed`, and then nobody acts on the value.
 */
import { z } from 'zod';
import { Malformed } from './errors.ts';

const FORMAT = 1;

export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Malformed };

/** The way of one kind of value into the store and out of it. */
export interface StoredRecord<T> {
  /** What the value is called in error texts. */
  readonly name: string;
  /** @throws ZodError if the value does not fit its own shape, which is a defect of the caller. */
  encode(value: T): string;
  /** @throws Malformed naming the key, what is wrong and what to do. */
  decode(key: string, text: string): T;
  /** As `decode`, with the problem as a value. */
  read(key: string, text: string): Decoded<T>;
}

/** @param shape the fields beside `format`. */
export function defineRecord<Shape extends z.core.$ZodLooseShape>(
  name: string,
  shape: Shape,
): StoredRecord<z.output<z.ZodObject<Shape>>> {
  const object = z.object(shape);
  type Value = z.output<typeof object>;

  const decode = (key: string, text: string): Value => {
    const found = parsed(key, text);
    if (found.format !== FORMAT) {
      throw new Malformed(
        key,
        `the ${name} has format ${JSON.stringify(found.format)}, this version reads ${FORMAT}`,
        'upgrade regent on this node; until then it holds, it does not act',
      );
    }
    const result = z.safeDecode(object, found as z.input<typeof object>);
    if (!result.success) {
      throw new Malformed(key, `the ${name} is not valid: ${firstProblem(result.error)}`, REPAIR, result.error);
    }
    return result.data;
  };

  return {
    name,
    encode: (value) => JSON.stringify({ format: FORMAT, ...(z.encode(object, value) as object) }),
    decode,
    read: (key, text) => {
      try {
        return { ok: true, value: decode(key, text) };
      } catch (error) {
        if (error instanceof Malformed) return { ok: false, problem: error };
        throw error;
      }
    },
  };
}

const REPAIR = 'delete the key if nothing relies on it, or write it again; until then regent holds, it does not act';

function parsed(key: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Malformed(key, 'the value is not JSON', REPAIR, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Malformed(key, 'the value is not a JSON object', REPAIR);
  }
  return value as Record<string, unknown>;
}

function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'unknown reason' : `${issue.path.join('.') || 'value'}: ${issue.message}`;
}
