// Unmodified readers take what Studio issued and published:  node tokens.mjs <facts as JSON>
// Lists are fetched at the Studio under test, whatever host their address names.
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto'
import { decodeList } from '@digitalbazaar/vc-bitstring-status-list'
import { getListFromStatusListJWT } from '@sd-jwt/jwt-status-list'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { assert, check, end } from '../checks.mjs'

const facts = JSON.parse(process.argv[2])
const key = createPublicKey({ key: facts.jwk, format: 'jwk' })

const here = (address) => `${facts.base}${new URL(address).pathname}`
const list = async (address, accept) => {
  const answer = await fetch(here(address), { headers: { accept } })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), accept)
  return answer.text()
}
const verifier = (data, signature) => verify(null, Buffer.from(data), key, Buffer.from(signature, 'base64url'))
const reader = new SDJwtVcInstance({
  verifier,
  statusVerifier: verifier,
  hasher: (data, alg) => createHash(alg.replace('-', '')).update(Buffer.from(data)).digest(),
  hashAlg: 'sha-256',
  saltGenerator: (length) => randomBytes(length).toString('hex'),
  statusListFetcher: (uri) => list(uri, 'application/statuslist+jwt'),
})

await check('an SD-JWT VC that stands verifies, status and all', async () => {
  const { payload } = await reader.verify(facts.standing)
  assert.equal(payload.vct, facts.vct)
  assert.equal(payload.name, 'Alice')
  assert.equal(payload.address.city, 'Bern')
})
await check('it verifies with less, and what is kept back is not there', async () => {
  const less = await reader.present(facts.standing, { address: { city: true } })
  const { payload } = await reader.verify(less)
  assert.equal(payload.name, undefined)
  assert.equal(payload.address.city, 'Bern')
})
await check('one that is revoked does not verify', () => assert.rejects(reader.verify(facts.revoked), /[Ss]tatus/))
await check('one that is suspended does not verify', () => assert.rejects(reader.verify(facts.suspended), /[Ss]tatus/))
await check('a forged one does not verify', () => {
  const [issued, ...rest] = facts.standing.split('~')
  const [header, , signature] = issued.split('.')
  const payload = Buffer.from(JSON.stringify({ vct: facts.vct, iss: 'x' })).toString('base64url')
  return assert.rejects(reader.verify([`${header}.${payload}.${signature}`, ...rest].join('~')))
})
await check('the list says by its values what happened', async () => {
  const statuses = getListFromStatusListJWT(await list(facts.list, 'application/statuslist+jwt'))
  assert.deepEqual(facts.indices.map((index) => statuses.getStatus(index)), [0, 1, 2])
})
await check('a Bitstring list in the form of the W3C is decoded, and says the same', async () => {
  const token = await list(facts.bitstring, 'application/vc+jwt')
  const [header, payload, signature] = token.split('.')
  assert.ok(verifier(`${header}.${payload}`, signature))
  const credential = JSON.parse(Buffer.from(payload, 'base64url'))
  const decoded = await decodeList({ encodedList: credential.credentialSubject.encodedList })
  assert.deepEqual([decoded.getStatus(facts.set), decoded.getStatus(facts.set + 1)], [true, false])
})

end()
