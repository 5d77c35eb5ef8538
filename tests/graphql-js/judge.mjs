// graphql-js as the judge of answers: `node judge.mjs <url> <api key> <schema file>`, questions as JSON on stdin:
// [{name, query, variables, operationName}]. Each is asked of the server, and what graphql-js thinks of the question and of
// the answer is printed: `ok <name>` or `not ok <name>: <why>`.
import { readFileSync } from 'node:fs';
import {
  buildClientSchema, buildSchema, coerceInputValue, execute, getIntrospectionQuery, getOperationAST, lexicographicSortSchema,
  parse, printSchema, typeFromAST, validate,
} from 'graphql';

const [url, key, schemaFile] = process.argv.slice(2);
const schema = buildSchema(readFileSync(schemaFile, 'utf8'));
const questions = JSON.parse(readFileSync(0, 'utf8'));

// What graphql-js would refuse before executing anything; null if nothing.
function refusal({ query, variables, operationName }) {
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return error.message;
  }
  const errors = validate(schema, document);
  if (errors.length > 0) return errors[0].message;
  const operation = getOperationAST(document, operationName);
  if (!operation) return 'no such operation';
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    const given = Object.hasOwn(variables ?? {}, name);
    if (!given && definition.type.kind === 'NonNullType' && !definition.defaultValue) return `${name} is missing`;
    if (!given) continue;
    let wrong = null;
    coerceInputValue(variables[name], type, (_, __, error) => { wrong ??= error.message; });
    if (wrong) return wrong;
  }
  return null;
}

// The answer's data executed again over itself: types, order and nulls must come out as they went in.
function again({ query, variables, operationName }, data) {
  const document = parse(query);
  const withTypes = (source, info) => source[info.path.key];
  return execute({
    schema,
    document,
    rootValue: data,
    variableValues: variables,
    operationName,
    fieldResolver: (source, _, __, info) => withTypes(source, info),
    typeResolver: (value) => String(value.id ?? value.__typename).split(':')[0],
  });
}

const describe = (value) => JSON.stringify(value)?.slice(0, 600);

async function judge(question) {
  const body = JSON.stringify({ query: question.query, variables: question.variables, operationName: question.operationName });
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, accept: 'application/graphql-response+json' },
    body,
  });
  const answer = await response.json();
  const why = refusal(question);
  for (const member of Object.keys(answer)) {
    if (!['data', 'errors', 'extensions'].includes(member)) return `member ${member} is none of GraphQL's`;
  }
  for (const error of answer.errors ?? []) {
    if (typeof error.message !== 'string') return `an error without a sentence: ${describe(error)}`;
    if (typeof error.extensions?.code !== 'string') return `an error without a code: ${describe(error)}`;
  }
  if (answer.errors?.length === 0) return 'errors is there and empty';
  if (!('data' in answer)) {
    if (response.status !== 400) return `refused with status ${response.status}`;
    if (!answer.errors) return 'neither data nor errors';
    // Limits of ours refuse what the language allows; everything else must be refused by both.
    if (!why && !question.limit) return `refused, but valid: ${describe(answer.errors)}`;
    return null;
  }
  if (response.status !== 200) return `executed with status ${response.status}`;
  if (why) return `executed, but invalid: ${why}`;
  if (question.limit) return 'was to be refused by a limit';
  if (answer.data === null) return answer.errors ? null : 'data is null without an error';
  const result = await again(question, answer.data);
  if (result.errors) return `${result.errors[0].message} at ${result.errors[0].path?.join('.')}`;
  if (JSON.stringify(result.data) !== JSON.stringify(answer.data)) {
    return `told ${describe(answer.data)}, should be ${describe(result.data)}`;
  }
  // A null at the place of an error, or above it.
  for (const error of answer.errors ?? []) {
    let value = answer.data;
    for (const step of error.path ?? []) value = value === null || value === undefined ? value : value[step];
    if (value !== null) return `an error at ${error.path} where ${describe(value)} stands`;
  }
  return null;
}

// What tools learn by asking is what the file says.
async function introspected() {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ query: getIntrospectionQuery({ oneOf: true }) }),
  });
  const { data, errors } = await response.json();
  if (errors) return describe(errors);
  const print = (told) => printSchema(lexicographicSortSchema(told)).split('\n');
  const [told, written] = [print(buildClientSchema(data)), print(schema)];
  const line = told.findIndex((text, at) => text !== written[at]);
  return line < 0 && told.length === written.length ? null : `${told[line]} / ${written[line]}`;
}

let failed = 0;
questions.push({ name: 'introspection', ask: introspected });
for (const question of questions) {
  const why = await (question.ask ?? judge)(question);
  if (why) failed += 1;
  console.log(why ? `not ok ${question.name}: ${why}` : `ok ${question.name}`);
}
process.exit(failed === 0 ? 0 : 1);
