// cheqd's unmodified plugin for Veramo verifies what Studio issued:  node verifier.mjs <facts as JSON>
// It resolves the issuer, checks the signature, fetches the status list by the address in the credential, checks the list's own
// signature and reads the bit. The address is the public resolver's and signed, so what is fetched from there comes from Studio.
import './lit.mjs'
import { createAgent } from '@veramo/core'
import { CredentialProviderJWT } from '@veramo/credential-jwt'
import { CredentialPlugin } from '@veramo/credential-w3c'
import { DIDResolverPlugin } from '@veramo/did-resolver'
import { assert, check, end } from '../checks.mjs'

// Whatever comes from here is imported after lit.mjs has taken effect.
const { Cheqd, CheqdDIDProvider, DefaultResolverUrl, getResolver } = await import('@cheqd/did-provider-cheqd')

const { base, key } = JSON.parse(process.argv[2])
const url = `${base}/1.0/identifiers/`
const fromAnywhere = globalThis.fetch
let listsFetched = 0
globalThis.fetch = (target, init) => {
  const address = String(target)
  if (!address.startsWith(DefaultResolverUrl)) return fromAnywhere(target, init)
  listsFetched += 1
  return fromAnywhere(url + address.slice(DefaultResolverUrl.length), init)
}

const agent = createAgent({
  plugins: [
    new DIDResolverPlugin(getResolver({ url })),
    new CredentialPlugin([new CredentialProviderJWT()]),
    // A provider that holds no key and pays for nothing: a plugin wants one per network.
    new Cheqd({ providers: [new CheqdDIDProvider({ defaultKms: 'none', networkType: 'testnet' })] }),
  ],
})

async function post(path, body) {
  const answer = await fromAnywhere(base + path, {
    method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': key }, body: JSON.stringify(body),
  })
  const text = await answer.text()
  assert.ok(answer.ok, text)
  return JSON.parse(text)
}

const { did } = await post('/did/create', {
  network: 'testnet', identifierFormatType: 'uuid', options: { verificationMethodType: 'Ed25519VerificationKey2020' },
})
const fetching = { fetchList: true, options: { fetchList: true } }
const kinds = [
  ['BitstringStatusList', (credential) => agent.cheqdVerifyCredentialWithStatusList({ credential, ...fetching })],
  ['StatusList2021', (credential) => agent.cheqdVerifyCredential({ credential, ...fetching })],
]
for (const [listType, verify] of kinds) {
  const [statusPurpose, statusListName] = ['revocation', `of ${listType}`]
  const credential = await check(`${listType}: a credential of Studio`, async () => {
    await post(`/credential-status/create/unencrypted?listType=${listType}&statusPurpose=${statusPurpose}`, { did, statusListName })
    return post('/credential/issue', {
      issuerDid: did, subjectDid: did, attributes: { name: 'Bob' },
      credentialStatus: { statusListType: listType, statusPurpose, statusListName },
    })
  })
  await check(`${listType}: it is verified, and its status read`, async () => {
    const before = listsFetched
    const { verified, revoked } = await verify(credential)
    assert.deepEqual([verified, revoked], [true, false])
    assert.ok(listsFetched > before)
  })
  await check(`${listType}: a changed one is not`, async () => {
    const [head, body, signature] = credential.proof.jwt.split('.')
    const claims = JSON.parse(Buffer.from(body, 'base64url'))
    claims.vc.credentialSubject.name = 'Eve'
    const forged = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
    assert.equal((await verify({ ...credential, proof: { ...credential.proof, jwt: forged } })).verified, false)
  })
  await check(`${listType}: one that Studio revoked is revoked`, async () => {
    await post(`/credential/revoke?listType=${listType}`, { credential })
    assert.equal((await verify(credential)).revoked, true)
  })
}

end()
