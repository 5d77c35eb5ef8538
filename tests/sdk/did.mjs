// DIDs through the unmodified SDK: documents of every key type, updates, rotations, the end of a DID, and refusals.
import { createSign, generateKeyPairSync, randomUUID, sign as nodeSign, constants } from 'node:crypto'
import {
  createDidPayload, createDidVerificationMethod, createKeyPairHex, createVerificationKeys, MethodSpecificIdAlgo,
  VerificationMethods, CheqdNetwork,
} from '@cheqd/sdk'
import { createMsgCreateDidDocPayloadToSign } from '@cheqd/sdk/utils'
import { addressOf, assert, check, committed, failedWith, refused, sdkFor } from './lib.mjs'

/** A DID document with one key of the SDK's own making. */
export function draft(type, algo = MethodSpecificIdAlgo.Uuid, fragment = 'key-1') {
  const pair = createKeyPairHex()
  const keys = createVerificationKeys(pair.publicKey, algo, fragment, CheqdNetwork.Testnet)
  const document = createDidPayload(createDidVerificationMethod([type], [keys]), [keys])
  return { pair, keys, document, inputs: [{ verificationMethodId: keys.keyId, privateKeyHex: pair.privateKey }] }
}

/** Another key for the same DID. */
export function anotherKey(did, fragment) {
  const pair = createKeyPairHex()
  const keys = createVerificationKeys(pair.publicKey, MethodSpecificIdAlgo.Uuid, fragment, CheqdNetwork.Testnet, did.split(':').pop(), did)
  const [method] = createDidVerificationMethod([VerificationMethods.Ed255192020], [keys])
  return { pair, keys, method, input: { verificationMethodId: keys.keyId, privateKeyHex: pair.privateKey } }
}

/** Positional arguments must all be there: the SDK appends its context as the last one. */
export const create = (sdk, inputs, document, versionId) =>
  sdk.createDidDocTx(inputs, document, '', undefined, undefined, versionId, undefined)
const update = (sdk, inputs, document, versionId) =>
  sdk.updateDidDocTx(inputs, document, '', undefined, undefined, versionId, undefined)
export const deactivate = (sdk, inputs, document, versionId) =>
  sdk.deactivateDidDocTx(inputs, document, '', undefined, undefined, versionId, undefined)

/** One DID from its first version to its last. */
export async function life(url, wallet) {
  const sdk = await check('sdk: connect', () => sdkFor(url, wallet))
  const first = draft(VerificationMethods.Ed255192020)
  const did = first.document.id
  const versions = [randomUUID(), randomUUID(), randomUUID(), randomUUID(), randomUUID()]

  await check('did: create with an Ed25519VerificationKey2020', async () => committed(await create(sdk, first.inputs, first.document, versions[0])))
  await check('did: query the document', async () => {
    const { didDocument, didDocumentMetadata } = await sdk.queryDidDoc(did)
    assert.equal(didDocument.id, did)
    assert.deepEqual(didDocument.verificationMethod, first.document.verificationMethod)
    assert.deepEqual(didDocument.authentication, [first.keys.keyId])
    assert.deepEqual(didDocument.controller, [did])
    assert.equal(didDocumentMetadata.versionId, versions[0])
    assert.equal(didDocumentMetadata.deactivated, false)
    assert.equal(didDocumentMetadata.updated, undefined)
    assert.ok(Date.parse(didDocumentMetadata.created) > 0)
  })
  await check('did: a second create of the same DID is cheqd/1200', async () =>
    failedWith(url, await create(sdk, first.inputs, first.document, randomUUID()), 'cheqd/1200', /DID Doc exists/))

  const service = {
    id: `${did}#site`, type: 'LinkedDomains', serviceEndpoint: ['https://example.com', 'https://example.org'],
    recipientKeys: [first.keys.keyId], routingKeys: [first.keys.keyId], accept: ['didcomm/v2'], priority: 3,
  }
  const withService = { ...first.document, service: [service], alsoKnownAs: ['https://example.com/me'] }
  await check('did: update adds a service', async () => committed(await update(sdk, first.inputs, withService, versions[1])))
  await check('did: the service is there as it was written', async () => {
    const { didDocument, didDocumentMetadata } = await sdk.queryDidDoc(did)
    assert.deepEqual(didDocument.service, [service])
    assert.deepEqual(didDocument.alsoKnownAs, ['https://example.com/me'])
    assert.equal(didDocumentMetadata.previousVersionId, versions[0])
    assert.ok(Date.parse(didDocumentMetadata.updated) >= Date.parse(didDocumentMetadata.created))
  })
  await check('did: an update with a used version id is cheqd/1500', async () =>
    failedWith(url, await update(sdk, first.inputs, withService, versions[0]), 'cheqd/1500', /internal error/))

  const second = anotherKey(did, 'key-1')
  const rotated = { ...withService, verificationMethod: [second.method] }
  await check('did: rotate the key under the same id', async () =>
    committed(await update(sdk, [...first.inputs, second.input], rotated, versions[2])))
  const third = anotherKey(did, 'key-2')
  const replaced = {
    ...rotated, verificationMethod: [third.method], authentication: [third.keys.keyId], assertionMethod: [third.keys.keyId],
    service: [{ ...service, recipientKeys: [third.keys.keyId], routingKeys: [] }],
  }
  await check('did: replace the key by one with another id', async () =>
    committed(await update(sdk, [second.input, third.input], replaced, versions[3])))
  await check('did: the rotated key no longer signs (1100)', async () => {
    const old = [{ ...third.input, privateKeyHex: second.pair.privateKey }]
    await failedWith(url, await update(sdk, old, replaced, randomUUID()), 'cheqd/1100', /invalid signature detected/)
  })
  await check('did: deactivate', async () => committed(await deactivate(sdk, [third.input], replaced, versions[4])))
  await check('did: update of a deactivated DID is cheqd/1207', async () =>
    failedWith(url, await update(sdk, [third.input], replaced, randomUUID()), 'cheqd/1207', /already deactivated/))
  await check('did: deactivating twice is cheqd/1207', async () =>
    failedWith(url, await deactivate(sdk, [third.input], replaced, randomUUID()), 'cheqd/1207', /already deactivated/))

  await check('did: one version by its id', async () => {
    const { didDocument, didDocumentMetadata } = await sdk.queryDidDocVersion(did, versions[1])
    assert.deepEqual(didDocument.verificationMethod, first.document.verificationMethod)
    assert.deepEqual(didDocument.service, [service])
    assert.equal(didDocumentMetadata.versionId, versions[1])
    assert.equal(didDocumentMetadata.nextVersionId, versions[2])
    assert.equal(didDocumentMetadata.deactivated, true)
  })
  await check('did: metadata of all versions', async () => {
    const { didDocumentVersionsMetadata } = await sdk.queryAllDidDocVersionsMetadata(did)
    const byId = new Map(didDocumentVersionsMetadata.map((one) => [one.versionId, one]))
    assert.deepEqual([...byId.keys()].sort(), [...versions].sort())
    assert.ok(didDocumentVersionsMetadata.every((one) => one.deactivated))
    versions.forEach((id, n) => {
      assert.equal(byId.get(id).previousVersionId, versions[n - 1] ?? '')
      assert.equal(byId.get(id).nextVersionId, versions[n + 1] ?? '')
    })
  })
  await check('did: unknown DID, unknown version, no versions', async () => {
    const nobody = `did:cheqd:testnet:${randomUUID()}`
    await refused(sdk.queryDidDoc(nobody), new RegExp(`Query failed with \\(6\\): ${nobody}: not found: unknown request`))
    await refused(sdk.queryDidDocVersion(did, randomUUID()), /Query failed with \(6\): diddoc version not found: not found: unknown request/)
    assert.deepEqual((await sdk.queryAllDidDocVersionsMetadata(nobody)).didDocumentVersionsMetadata, [])
  })
}

/** A JsonWebKey2020 method around a key of Node's own. */
function jwkDraft(publicKey, signDocument) {
  const did = `did:cheqd:testnet:${randomUUID()}`
  const id = `${did}#key-1`
  const method = { id, type: VerificationMethods.JWK, controller: did, publicKeyJwk: publicKey.export({ format: 'jwk' }) }
  const document = { id: did, controller: [did], verificationMethod: [method], authentication: [id], assertionMethod: [id] }
  const send = async (sdk) => {
    const versionId = randomUUID()
    const bytes = await createMsgCreateDidDocPayloadToSign(document, versionId)
    return create(sdk, [{ verificationMethodId: id, signature: signDocument(bytes) }], document, versionId)
  }
  return { document, send }
}

function ellipticDraft(namedCurve, dsaEncoding) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
  return jwkDraft(publicKey, (bytes) => createSign('sha256').update(bytes).sign({ key: privateKey, dsaEncoding }))
}

/** Every kind of key, identifier and controller. */
export async function keys(url, wallet) {
  const sdk = await sdkFor(url, wallet)
  for (const [name, type, algo] of [
    ['an Ed25519VerificationKey2018 and a base58 id', VerificationMethods.Ed255192018, MethodSpecificIdAlgo.Base58],
    ['a JsonWebKey2020 (Ed25519)', VerificationMethods.JWK, MethodSpecificIdAlgo.Uuid],
  ]) {
    await check(`did: create with ${name}`, async () => {
      const one = draft(type, algo)
      committed(await create(sdk, one.inputs, one.document, randomUUID()))
      const { didDocument } = await sdk.queryDidDoc(one.document.id)
      assert.deepEqual(didDocument.verificationMethod, one.document.verificationMethod)
    })
  }
  await check('did: create with all three types at once, each signing', async () => {
    const did = `did:cheqd:testnet:${randomUUID()}`
    const types = [VerificationMethods.Ed255192020, VerificationMethods.Ed255192018, VerificationMethods.JWK]
    const pairs = types.map(() => createKeyPairHex())
    const made = pairs.map((pair, n) =>
      createVerificationKeys(pair.publicKey, MethodSpecificIdAlgo.Uuid, `key-${n + 1}`, CheqdNetwork.Testnet, undefined, did))
    const document = createDidPayload(createDidVerificationMethod(types, made), made)
    const inputs = made.map((key, n) => ({ verificationMethodId: key.keyId, privateKeyHex: pairs[n].privateKey }))
    committed(await create(sdk, inputs, document, randomUUID()))
    const { didDocument } = await sdk.queryDidDoc(did)
    assert.deepEqual(didDocument.verificationMethod, document.verificationMethod)
    assert.equal(didDocument.authentication.length, 3)
  })
  await check('did: controlled by another DID, which signs too', async () => {
    const owner = draft(VerificationMethods.Ed255192020)
    committed(await create(sdk, owner.inputs, owner.document, randomUUID()))
    const owned = draft(VerificationMethods.Ed255192020)
    const document = { ...owned.document, controller: [owned.document.id, owner.document.id] }
    // The SDK's own signer knows only the new document's keys, so the owner's signature is made here.
    const versionId = randomUUID()
    const bytes = await createMsgCreateDidDocPayloadToSign(document, versionId)
    const signer = await import('@cheqd/sdk/signer')
    const inputs = [...owned.inputs, ...owner.inputs].map((one) => ({ ...one, keyType: 'Ed25519' }))
    const signatures = await signer.CheqdSigningStargateClient.signIdentityTx(bytes, inputs)
    committed(await create(sdk, signatures, document, versionId))
    assert.deepEqual((await sdk.queryDidDoc(document.id)).didDocument.controller, document.controller)
  })
}

/** Keys that the SDK cannot use for signing itself but carries: signatures made by Node's OpenSSL. */
export async function foreignKeys(url, wallet) {
  const sdk = await sdkFor(url, wallet)
  for (const curve of ['P-256', 'P-384', 'P-521']) {
    await check(`did: create with a JsonWebKey2020 (${curve}, DER signature)`, async () => {
      const one = ellipticDraft(curve, 'der')
      committed(await one.send(sdk))
      const { didDocument } = await sdk.queryDidDoc(one.document.id)
      assert.deepEqual(didDocument.verificationMethod, one.document.verificationMethod)
    })
  }
  await check('did: create with a JsonWebKey2020 (RSA, PSS signature)', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pss = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    committed(await jwkDraft(publicKey, (bytes) => nodeSign('sha256', bytes, pss)).send(sdk))
  })
  await check('did: a P-256 signature as r‖s is cheqd/1100', async () =>
    failedWith(url, await ellipticDraft('P-256', 'ieee-p1363').send(sdk), 'cheqd/1100', /invalid signature detected/))
}

/** What must be refused, and with which code. */
export async function refusals(url, wallet) {
  const sdk = await sdkFor(url, wallet)
  await check('did: a wrong signature is cheqd/1100 and costs nothing', async () => {
    const one = draft(VerificationMethods.Ed255192020)
    const other = createKeyPairHex()
    const inputs = [{ ...one.inputs[0], privateKeyHex: other.privateKey }]
    const address = await addressOf(wallet)
    const before = await sdk.signer.getBalance(address, 'ncheq')
    await failedWith(url, await create(sdk, inputs, one.document, randomUUID()), 'cheqd/1100', /invalid signature detected/)
    assert.deepEqual(await sdk.signer.getBalance(address, 'ncheq'), before)
    await refused(sdk.queryDidDoc(one.document.id), /Query failed with \(6\)/)
  })
  await check('did: another network in the DID is cheqd/1206', async () => {
    const pair = createKeyPairHex()
    const made = createVerificationKeys(pair.publicKey, MethodSpecificIdAlgo.Uuid, 'key-1', CheqdNetwork.Mainnet)
    const document = createDidPayload(createDidVerificationMethod([VerificationMethods.Ed255192020], [made]), [made])
    const inputs = [{ verificationMethodId: made.keyId, privateKeyHex: pair.privateKey }]
    await failedWith(url, await create(sdk, inputs, document, randomUUID()), 'cheqd/1206', /namespace/)
  })
  await check('did: a document that breaks the rules is refused before any block (cheqd/1205)', async () => {
    const one = draft(VerificationMethods.Ed255192020)
    const document = { ...one.document, id: one.document.id, capabilityInvocation: ['not a did url'] }
    await refused(create(sdk, one.inputs, document, randomUUID()), /failed with code 1205 \(codespace: cheqd\)/)
  })
  await check('did: update of a DID that does not exist fails in the SDK’s own query', async () => {
    const one = draft(VerificationMethods.Ed255192020)
    await refused(update(sdk, one.inputs, one.document, randomUUID()), /not found: unknown request/)
  })
  await check('did: a fee below the price is undefined/1', async () => {
    const one = draft(VerificationMethods.Ed255192020)
    const payer = await addressOf(wallet)
    const fee = { amount: [{ denom: 'ncheq', amount: '39999999999' }], gas: '360000', payer }
    const sent = sdk.createDidDocTx(one.inputs, one.document, '', fee, undefined, randomUUID(), undefined)
    await refused(sent, /failed with code 1 \(codespace: undefined\)/)
  })
}

/** A payer without money, and one without an account. */
export async function poverty(url, wallet, stranger) {
  await check('did: insufficient funds is undefined/1, as on the node', async () => {
    const sdk = await sdkFor(url, wallet)
    const one = draft(VerificationMethods.Ed255192020)
    await refused(create(sdk, one.inputs, one.document, randomUUID()),
      /failed with code 1 \(codespace: undefined\)\. Log: .*insufficient funds/)
  })
  await check('did: a payer without an account is told so', async () => {
    const sdk = await sdkFor(url, stranger)
    const one = draft(VerificationMethods.Ed255192020)
    await refused(create(sdk, one.inputs, one.document, randomUUID()), /does not exist on chain/)
  })
}
