// The client of graphql-ws: `node socket.mjs <ws url> <api key>`. It follows events, makes two, and shows a wrong key.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, key] = process.argv.slice(2);
const client = (secret, closed = () => {}) =>
  createClient({ url, webSocketImpl: WebSocket, connectionParams: { 'x-api-key': secret }, retryAttempts: 0, lazyCloseTimeout: 10_000, on: { closed } });
const ask = (socket, query) =>
  new Promise((resolve, reject) => {
    let answer;
    socket.subscribe({ query }, { next: (value) => { answer = value; }, error: reject, complete: () => resolve(answer) });
  });
const ok = (name, fine, told) => {
  console.log(`${fine ? 'ok' : 'not ok'} ${name}${fine ? '' : `: ${JSON.stringify(told)}`}`);
  if (!fine) process.exitCode = 1;
};

const socket = client(key);
const events = socket.iterate({ query: 'subscription { events { action category cursor actor { type } } }' });
const first = events.next();
const viewer = await ask(socket, '{ viewer { name } }');
ok('a query', typeof viewer.data?.viewer?.name === 'string', viewer);
const made = await ask(socket, 'mutation { createKey(input: {}) { userErrors { code } key { kid } } }');
ok('a mutation', made.data?.createKey?.userErrors?.length === 0, made);
const event = (await first).value;
ok('an event', event.data?.events?.action === 'KEY_CREATE' && event.data.events.actor.type === 'API_KEY', event);
await events.return();
const resumed = socket.iterate({
  query: 'subscription($after: String) { events(after: $after) { action } }',
  variables: { after: event.data.events.cursor },
});
await ask(socket, 'mutation { createKey(input: {}) { replayed } }');
const next = (await resumed.next()).value;
ok('resumed', next.data?.events?.action === 'KEY_CREATE', next);
await resumed.return();
const refused = await ask(socket, '{ nothing }').catch((errors) => errors);
ok('an error', refused[0]?.extensions?.code === 'graphql/invalid', refused);
await socket.dispose();

const code = await new Promise((resolve) => {
  const wrong = client('caas_wrong', (event) => resolve(event.code));
  ask(wrong, '{ viewer { name } }').catch(() => {});
});
ok('a wrong key closes with 4403', code === 4403, code);
