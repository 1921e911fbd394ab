import { invalidArgument } from '../../domain/errors.js';
import { id, optional, type Optional } from './parameter-kinds.js';
import { isObject, objectSchema, readAll, type Parameters, type Params, type Values } from './parameters.js';

/** Parameters that are objects, which only bodies have. */

export function object(description: string): Optional<Params> {
  return optional({
    description,
    shapes: [{ type: 'object' }],
    read: (value, name) => {
      if (isObject(value)) return value;
      throw invalidArgument(name, 'must be an object');
    },
  });
}

/** An object of which these fields are read. */
export function fieldsOf<Fields extends Parameters>(
  description: string,
  fields: Fields,
): Optional<Values<Fields>> {
  const { read, ...others } = object(description);
  return {
    ...others,
    shapes: [objectSchema(fields)],
    read: (value, name) => readAll(fields, read(value, name) ?? {}, `${name}.`) as Values<Fields>,
  };
}

interface Items<Fields> {
  readonly maxItems: number;
  /** What is read of each; what else is in it stays there. */
  readonly fields: Fields;
}

export function objects<Fields extends Parameters>(
  description: string,
  { maxItems, fields }: Items<Fields>,
): Optional<readonly (Params & Values<Fields>)[]> {
  return optional({
    description,
    shapes: [{ type: 'array', maxItems, items: objectSchema(fields) }],
    read: (value, name) => {
      if (!Array.isArray(value) || value.length > maxItems || !value.every(isObject)) {
        throw invalidArgument(name, `must be a list of at most ${maxItems} objects`);
      }
      return value.map((item, index) => ({
        ...item,
        ...(readAll(fields, item, `${name}[${index}].`) as Values<Fields>),
      }));
    },
  });
}

/** Things by their ids: `[{"id": 1}, …]`; a bare id will do. */
export function references(description: string, maxItems: number): Optional<number[]> {
  const { read, shapes } = id('its id');
  const reference = { type: 'object', properties: { id: { anyOf: shapes } }, required: ['id'] };
  return optional({
    description,
    shapes: [{ type: 'array', maxItems, items: { anyOf: [...shapes, reference] } }],
    read: (value, name) => {
      if (!Array.isArray(value) || value.length > maxItems) {
        throw invalidArgument(name, `must be a list of at most ${maxItems} with an id`);
      }
      const ids = value.map((item, index) =>
        read(isObject(item) ? item['id'] : item, `${name}[${index}].id`),
      );
      return [...new Set(ids.filter((item) => item !== undefined))];
    },
  });
}
