// What an issuer does, in JavaScript: Node.js 20 or newer, no packages.
//
//   node examples/walkthrough.mjs
//
// STUDIO_URL says where Studio is (http://localhost:3000), STUDIO_API_KEY is the key (without it, the one that `make up`
// wrote to data/api-key).
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const studio = process.env.STUDIO_URL ?? 'http://localhost:3000';
const apiKey = process.env.STUDIO_API_KEY ?? readFileSync('data/api-key', 'utf8').trim();

/** A refusal of Studio's: rely on `code`, show the sentence to people. */
class StudioError extends Error {
  constructor(status, problem) {
    super(`${problem.code}: ${problem.error}`);
    this.status = status;
    this.code = problem.code;
  }
}

/** One request. Gives the answer's status, headers and body; throws what Studio refused. */
async function ask(method, path, body, headers = {}) {
  const answer = await fetch(studio + path, {
    method,
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  }).catch(() => {
    throw new StudioError(0, { code: 'no answer', error: `is Studio running at ${studio}?` });
  });
  const said = await answer.json();
  if (!answer.ok) throw new StudioError(answer.status, said);
  return { status: answer.status, headers: answer.headers, body: said };
}

/** A write that waits for the ledger. Its key makes it safe to send again whenever an answer was lost. */
async function write(path, body) {
  return (await ask('POST', path, body, { 'idempotency-key': randomUUID() })).body;
}

/** Follows a ledger write to its end. */
async function settled(address) {
  for (;;) {
    const { body: operation } = await ask('GET', address);
    if (operation.state === 'confirmed') return operation;
    if (operation.state === 'failed' || operation.state === 'cancelled' || operation.dead) {
      throw new StudioError(422, operation);
    }
    await sleep(250);
  }
}

async function walk() {
  // 1. A DID. The answer does not wait for the ledger: it names an operation to follow.
  const wanted = { network: 'testnet', options: { verificationMethodType: 'Ed25519VerificationKey2020' } };
  const key = randomUUID();
  const asked = await ask('POST', '/did/create', wanted, { prefer: 'respond-async', 'idempotency-key': key });
  console.log(`asked     ${asked.status}, follow ${asked.headers.get('location')}`);
  const operation = await settled(asked.headers.get('location'));
  const did = operation.did;
  console.log(`DID       ${did}, for ${operation.feePaid} ncheq`);

  // The same request under the same key is the same request: nothing is made or paid twice.
  const again = await ask('POST', '/did/create', wanted, { prefer: 'respond-async', 'idempotency-key': key });
  const isSame = again.body.operationId === operation.operationId;
  console.log(`repeated  replayed: ${again.headers.get('idempotent-replayed')}, same operation: ${isSame}`);

  // 2. What a degree looks like: a schema, published as a resource under the DID.
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', properties: { degree: { type: 'string' } } };
  const data = Buffer.from(JSON.stringify(schema)).toString('base64');
  const { resource } = await write(`/resource/create/${did}`, {
    name: 'Degree', type: 'JSONSchemaValidator2020', encoding: 'base64', data,
  });
  console.log(`schema    ${resource.resourceURI}`);

  // 3. A status list, so that what is issued can be revoked.
  const list = '?listType=BitstringStatusList&statusPurpose=revocation';
  await write(`/credential-status/create/unencrypted${list}`, { did, statusListName: 'degrees' });
  console.log('list      degrees');

  // 4. The credential, with an entry of that list. Studio chooses a free one.
  const credential = await write('/credential/issue', {
    issuerDid: did,
    subjectDid: 'did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd',
    type: ['DegreeCredential'],
    attributes: { degree: 'BSc' },
    credentialSchema: resource.resourceURI,
    credentialStatus: { statusListName: 'degrees', statusListType: 'BitstringStatusList', statusPurpose: 'revocation' },
  });
  const token = { credential: credential.proof.jwt };
  console.log(`issued    entry ${credential.credentialStatus.statusListIndex}`);

  // 5. Anybody who is asked to rely on it has it verified, with its status.
  const verify = async () => (await ask('POST', '/credential/verify?verifyStatus=true', token)).body;
  let verdict = await verify();
  console.log(`verdict   verified: ${verdict.verified}, revoked: ${verdict.revoked}`);

  // 6. It is revoked, for good, and the list is published anew.
  await write('/credential/revoke?listType=BitstringStatusList&publish=true', { ...token, reason: 'issued by mistake' });
  verdict = await verify();
  console.log(`verdict   verified: ${verdict.verified}, revoked: ${verdict.revoked} (${verdict.error})`);

  // 7. A refusal has a stable code: what is revoked is not reinstated.
  const refused = await write('/credential/reinstate?listType=BitstringStatusList', token).catch((error) => error);
  console.log(`refused   ${refused.status} ${refused.message}`);

  // 8. The other door: GraphQL lists what the DID issued, with its status. `errors` stand beside a 200.
  const query = 'query Mine($issuer: String!) { credentials(filter: {issuer: $issuer}) { nodes { types status issuer } } }';
  const { body: { data: found, errors } } = await ask('POST', '/graphql', { query, variables: { issuer: did } });
  if (errors) throw new StudioError(200, { code: errors[0].extensions?.code, error: errors[0].message });
  for (const node of found.credentials.nodes) console.log(`listed    ${node.types.at(-1)} ${node.status} by ${node.issuer}`);
}

walk().catch((error) => {
  console.error(error instanceof StudioError ? `refused   ${error.message}` : error);
  process.exitCode = 1;
});
