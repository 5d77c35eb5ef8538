// The audits of GraphQL over HTTP (graphql-http): `node audit.mjs <url> <api key>`.
import { serverAudits } from 'graphql-http';

const [url, key] = process.argv.slice(2);
const fetchFn = (address, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set('x-api-key', key);
  return fetch(address, { ...init, headers });
};

let failed = 0;
for (const audit of serverAudits({ url, fetchFn })) {
  const result = await audit.fn();
  const fine = result.status === 'ok' || result.status === 'notice';
  if (!fine) failed += 1;
  console.log(`${fine ? 'ok' : 'not ok'} ${result.id} ${audit.name} (${result.status})${result.reason ? `: ${result.reason}` : ''}`);
}
process.exit(failed === 0 ? 0 : 1);
