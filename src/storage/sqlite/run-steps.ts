import { isList, type Statement, type Steps } from '../sql/steps.js';
import type { Statements } from './statements.js';

/** Goes through the steps of an operation in one go. */
export function runSteps<Result>(sql: Statements, steps: Steps<Result>): Result {
  let step = steps.next();
  while (!step.done) {
    const { value } = step;
    step = steps.next(isList(value) ? value.map((each) => execute(sql, each)) : execute(sql, value));
  }
  return step.value;
}

function execute(sql: Statements, { text, parameters, want }: Statement): unknown {
  switch (want) {
    case 'get':
      return sql.get(text, parameters);
    case 'all':
      return sql.all(text, parameters);
    case 'values':
      return sql.values(text, () => text, parameters);
    case 'count':
    case 'nothing':
    default:
      return sql.run(text, parameters);
  }
}
