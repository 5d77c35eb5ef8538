// A client of the registrar that alone holds its key:  node registrar.mjs <facts as JSON>
// Sphereon's unmodified client of universal registrars sends what concerns a DID; of resources it knows nothing, so they are sent with
// fetch. Signing is node:crypto's. The client sends no header of its user's choice: the API key is the password of its address.
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import uni from '@sphereon/did-uni-client'
import { assert, check, end } from '../checks.mjs'

const { base, key } = JSON.parse(process.argv[2])
const withKey = base.replace('://', `://studio:${key}@`)
const registrar = new uni.UniRegistrar().setBaseURL(withKey)
const resolver = new uni.UniResolver().setBaseURL(base)

const mine = generateKeyPairSync('ed25519')
const another = generateKeyPairSync('ed25519')
const publicKeyHex = Buffer.from(mine.publicKey.export({ format: 'jwk' }).x, 'base64url').toString('hex')

/** The body that goes on with a registration: every payload of the state, signed. */
function signed({ jobId }, state, by = mine) {
  const requests = Object.entries(state.signingRequest)
  assert.equal(requests.length, 1)
  const signingResponse = Object.fromEntries(requests.map(([name, { kid, alg, serializedPayload }]) => {
    assert.deepEqual([kid, alg], [`${did}#key-1`, 'EdDSA'])
    return [name, { kid, signature: sign(null, Buffer.from(serializedPayload, 'base64'), by.privateKey).toString('base64') }]
  }))
  return { jobId, secret: { signingResponse } }
}

/** Both requests of a registration. `send` takes a body; the answer is the last state. */
async function register(send, member, body) {
  const begun = await send(body)
  const { state, action } = begun[member]
  assert.deepEqual([state, action], ['action', 'signPayload'])
  const done = await send(signed(begun, begun[member]))
  assert.deepEqual([done.jobId, done[member].state], [begun.jobId, 'finished'])
  assert.match(done.didRegistrationMetadata.txHash, /^[0-9A-F]{64}$/i)
  return done[member]
}

/** What the client throws: the answer's text. */
const refusal = async (sent) => {
  const error = await sent.then((answer) => assert.fail(JSON.stringify(answer)), (reason) => reason)
  return JSON.parse(error.message)
}

const request = ({ jobId, didDocument, options, secret }) =>
  new uni.DIDRegistrationRequestBuilder()
    .withJobId(jobId).withDidDocument(didDocument).withOptions(options).withSecret(secret).build()
const create = (body) => registrar.create('cheqd', request(body))
// It names the DID `identifier`, as the protocol did once; what its user gives goes through, so `did` does too.
const update = (body) => registrar.update(did, { did, ...body })
const deactivate = (body) => registrar.deactivate(did, body)
const createResource = async (body) => {
  const answer = await fetch(`${base}/1.0/createResource?method=cheqd`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': key }, body: JSON.stringify({ did, ...body }),
  })
  return answer.json()
}

const draft = await check('a document to begin with, for a key that stays here', async () => {
  const query = new URLSearchParams({
    verificationMethod: 'Ed25519VerificationKey2020', methodSpecificIdAlgo: 'uuid', network: 'testnet', publicKeyHex,
  })
  return (await (await fetch(`${base}/1.0/did-document?${query}`)).json()).didDoc
})
const did = draft.id

await check('create: a signature of another key is refused, and the job goes on', async () => {
  const begun = await create({ didDocument: draft, options: { network: 'testnet' } })
  const refused = await refusal(create(signed(begun, begun.didState, another)))
  assert.deepEqual([refused.code, refused.didState.state, refused.jobId], ['job/signature-invalid', 'failed', begun.jobId])
  const none = await refusal(resolver.resolve(did))
  assert.equal(none.didResolutionMetadata.error, 'notFound')
  const done = await create(signed(begun, begun.didState))
  assert.deepEqual([done.didState.state, done.didState.did], ['finished', did])
})
await check('create: the same client resolves what it registered', async () => {
  const { didDocument } = await resolver.resolve(did)
  assert.deepEqual(didDocument.verificationMethod, draft.verificationMethod)
})
await check('create: once more is refused, saying so', async () => {
  const refused = await refusal(create({ didDocument: draft }))
  assert.deepEqual([refused.didState.state, refused.code], ['failed', 'did/already-exists'])
})
await check('create: a wrong key to the door is refused', async () => {
  const wrong = new uni.UniRegistrar().setBaseURL(withKey.replace(key, 'caas_wrong'))
  assert.equal((await refusal(wrong.create('cheqd', request({ didDocument: draft })))).code, 'auth/invalid-key')
})

const service = [{ id: `${did}#web`, type: 'LinkedDomains', serviceEndpoint: 'https://example.org' }]
await check('update: a service is added', async () => {
  const { didDocument } = await register(update, 'didState', { didDocument: [{ ...draft, service }] })
  assert.equal(didDocument.service[0].id, service[0].id)
  const found = await resolver.resolve(did)
  assert.deepEqual(found.didDocument.service, service)
  assert.ok(found.didDocumentMetadata.updated >= found.didDocumentMetadata.created)
})

await check('createResource: published, and read back', async () => {
  const text = 'just words'
  const state = await register(createResource, 'didUrlState', {
    content: Buffer.from(text).toString('base64'), options: { name: 'note', type: 'Text', versionId: '1' },
  })
  assert.deepEqual([state.content, state.name, state.type, state.version], [text, 'note', 'Text', '1'])
  assert.equal(await (await fetch(`${base}/1.0/identifiers/${state.didUrl}`)).text(), text)
  const [linked] = (await resolver.resolve(did)).didDocumentMetadata.linkedResourceMetadata
  assert.equal(linked.checksum, createHash('sha256').update(text).digest('hex'))
})

await check('deactivate', async () => {
  await register(deactivate, 'didState', {})
  assert.equal((await resolver.resolve(did)).didDocumentMetadata.deactivated, true)
  const refused = await refusal(update({ didDocument: [draft] }))
  assert.deepEqual([refused.didState.state, refused.code], ['failed', 'did/deactivated'])
})

end()
