// DID-Linked Resources, fee quotes and the SDK's remaining queries.
import { createHash, randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import {
  checkBalance, CheqdQuerier, CheqdSigningStargateClient, createDefaultCheqdRegistry, DIDModule, ResourceModule, VerificationMethods,
  typeUrlMsgCreateDidDoc, getCosmosAccount,
} from '@cheqd/sdk'
import { MsgCreateDidDoc } from '@cheqd/ts-proto/cheqd/did/v2/index.js'
import { addressOf, assert, check, committed, failedWith, GAS_PRICE, refused, sdkFor } from './lib.mjs'
import { create, draft } from './did.mjs'

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** Resources of three media types, two versions of one, and every way to ask for them. */
export async function resources(url, wallet) {
  const sdk = await sdkFor(url, wallet)
  const owner = draft(VerificationMethods.Ed255192020)
  const collectionId = owner.document.id.split(':').pop()
  const inputs = owner.inputs.map((one) => ({ ...one, keyType: 'Ed25519' }))
  const send = (payload, by = inputs) =>
    sdk.createLinkedResourceTx(by, { collectionId, version: '', alsoKnownAs: [], ...payload }, '', undefined, undefined, undefined)
  const [one, two, image, text] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
  const schema = { name: 'Schema', resourceType: 'JsonSchema' }
  const dataOne = Buffer.from('{"title":"one"}')
  const dataTwo = Buffer.from('{"title":"two"}')
  const links = [{ uri: 'https://example.com/schema', description: 'a copy' }]

  await check('resource: the DID that owns them', async () => committed(await create(sdk, owner.inputs, owner.document, randomUUID())))
  await check('resource: first version (application/json)', async () =>
    committed(await send({ ...schema, id: one, data: dataOne, version: '1.0', alsoKnownAs: links })))
  await check('resource: an id twice is resource/2200', async () =>
    failedWith(url, await send({ ...schema, id: one, data: dataOne }), 'resource/2200', /Resource exists/))
  await check('resource: second version', async () => committed(await send({ ...schema, id: two, data: dataTwo, version: '2.0' })))
  await check('resource: an image', async () => committed(await send({ name: 'Logo', resourceType: 'Image', id: image, data: PNG })))
  await check('resource: plain text', async () =>
    committed(await send({ name: 'Note', resourceType: 'Text', id: text, data: Buffer.from('just words') })))
  await check('resource: signed by a stranger is cheqd/1100', async () => {
    const thief = [{ ...inputs[0], privateKeyHex: draft(VerificationMethods.Ed255192020).pair.privateKey }]
    await failedWith(url, await send({ name: 'Theft', resourceType: 'Text', id: randomUUID(), data: dataOne }, thief), 'cheqd/1100', /invalid signature/)
  })
  await check('resource: of a DID that does not exist is sdk/38', async () =>
    failedWith(url, await send({ name: 'A', resourceType: 'B', id: randomUUID(), data: dataOne, collectionId: randomUUID() }), 'sdk/38', /not found/))

  await check('resource: query with data', async () => {
    const { resource, metadata } = await sdk.queryLinkedResource(collectionId, one)
    assert.deepEqual(Buffer.from(resource.data), dataOne)
    assert.equal(metadata.checksum, sha256(dataOne))
    assert.equal(metadata.mediaType, 'application/json')
  })
  await check('resource: metadata, linked both ways', async () => {
    const first = await sdk.queryLinkedResourceMetadata(collectionId, one)
    const second = await sdk.queryLinkedResourceMetadata(collectionId, two)
    assert.deepEqual([first.previousVersionId, first.nextVersionId], ['', two])
    assert.deepEqual([second.previousVersionId, second.nextVersionId], [one, ''])
    assert.deepEqual([first.version, second.version, first.name, first.resourceType], ['1.0', '2.0', 'Schema', 'JsonSchema'])
    // The ledger adds the resource's own DID URL.
    assert.deepEqual(first.alsoKnownAs, [...links, { uri: `${owner.document.id}/resources/${one}`, description: 'did-url' }])
    assert.equal(second.checksum, sha256(dataTwo))
    assert.ok(first.created instanceof Date && second.created >= first.created)
  })
  await check('resource: the latest version and its metadata', async () => {
    const latest = await sdk.queryLatestLinkedResourceVersion(collectionId, 'Schema', 'JsonSchema')
    assert.deepEqual(Buffer.from(latest.resource.data), dataTwo)
    assert.equal(latest.metadata.id, two)
    const metadata = await sdk.queryLatestLinkedResourceVersionMetadata(collectionId, 'Schema', 'JsonSchema')
    assert.deepEqual(metadata, latest.metadata)
  })
  await check('resource: media types', async () => {
    const types = await Promise.all([one, image, text].map(async (id) => (await sdk.queryLinkedResourceMetadata(collectionId, id)).mediaType))
    assert.deepEqual(types, ['application/json', 'image/png', 'text/plain; charset=utf-8'])
  })
  await check('resource: the whole collection', async () => {
    const { resources: all } = await sdk.queryLinkedResources(collectionId)
    assert.deepEqual(all.map((m) => m.id).sort(), [one, two, image, text].sort())
  })
  await check('resource: what is not there', async () => {
    const nowhere = randomUUID()
    await refused(sdk.queryLinkedResource(collectionId, nowhere), new RegExp(`\\(6\\): resource ${collectionId}:${nowhere}: not found`))
    await refused(sdk.queryLinkedResourceMetadata(nowhere, one), /\(6\): did:cheqd:testnet:.*: DID Doc not found: unknown request/)
    await refused(sdk.queryLinkedResources(nowhere), /\(6\): .*DID Doc not found/)
    await refused(sdk.queryLatestLinkedResourceVersion(collectionId, 'Schema', 'Other'), /\(18\): collections: not found: key/)
  })
}

/** Parameters, prices, quotes, and that a quote is what is charged. */
export async function fees(url, wallet) {
  const sdk = await sdkFor(url, wallet)
  const payer = await addressOf(wallet)
  const price = await check('fees: the price of CHEQ (WMA, EMA, SMA, exchange rates)', async () => {
    const { price: wma } = await sdk.queryWMA('CHEQ', 'BALANCED', undefined)
    assert.ok(Number(wma) > 0)
    assert.equal((await sdk.queryEMA('CHEQ')).price, wma)
    assert.equal((await sdk.querySMA('CHEQ')).price, wma)
    const { exchangeRates } = await sdk.queryExchangeRate('CHEQ')
    assert.deepEqual(exchangeRates.map((rate) => rate.denom), ['CHEQ'])
    assert.ok((await sdk.queryParams()).params)
    return Number(wma)
  })
  const inCheq = (usd) => BigInt(Math.trunc((usd / price) * 1e9)).toString()
  const params = await check('fees: parameters of DIDs and resources, in usd', async () => {
    const did = (await sdk.queryDidParams()).params
    const resource = (await sdk.queryResourceParams()).params
    for (const ranges of [did.createDid, did.updateDid, did.deactivateDid, resource.image, resource.json, resource.default]) {
      assert.ok(ranges.some((range) => range.denom === 'usd' && BigInt(range.minAmount) > 0n))
    }
    assert.equal(did.burnFactor, '500000000000000000')
    return { did, resource }
  })
  const usd = (ranges) => Number(ranges.find((range) => range.denom === 'usd').minAmount) / 1e18
  await check('fees: a quote for every operation', async () => {
    const quotes = [
      [await sdk.generateCreateDidDocFees(payer, undefined, undefined), params.did.createDid, '360000'],
      [await sdk.generateUpdateDidDocFees(payer, undefined, undefined), params.did.updateDid, '360000'],
      [await sdk.generateDeactivateDidDocFees(payer, undefined, undefined), params.did.deactivateDid, '360000'],
      [await sdk.generateCreateResourceImageFees(payer, undefined, undefined), params.resource.image, '1000000'],
      [await sdk.generateCreateResourceJsonFees(payer, undefined, undefined), params.resource.json, '1000000'],
      [await sdk.generateCreateResourceDefaultFees(payer, undefined, undefined), params.resource.default, '1000000'],
    ]
    for (const [quote, ranges, gas] of quotes) {
      assert.deepEqual(quote, { amount: [{ denom: 'ncheq', amount: inCheq(usd(ranges)) }], gas, payer, granter: undefined })
    }
    const slipping = await sdk.generateCreateDidDocFees(payer, undefined, { slippageBps: 500 })
    assert.equal(BigInt(slipping.amount[0].amount), (BigInt(quotes[0][0].amount[0].amount) * 105n) / 100n)
  })
  await check('fees: a sum of usd in CHEQ by each average', async () => {
    for (const average of ['wma', 'ema', 'sma']) {
      assert.equal((await sdk.convertUSDtoCHEQ('1000000000000000000', average, 'BALANCED', undefined)).amount, `${inCheq(1)}ncheq`)
    }
    await refused(sdk.convertUSDtoCHEQ('1', 'xma', 'BALANCED', undefined), /\(18\): invalid MA type: xma/)
  })
  await check('fees: gas prices of the fee market', async () => {
    const { price: gas } = await sdk.queryGasPrice('ncheq')
    assert.equal(gas.denom, 'ncheq')
    assert.ok(Number(gas.amount) > 0)
    assert.deepEqual((await sdk.queryGasPrices()).prices, [gas])
    assert.equal((await sdk.queryFeemarketParams()).params.feeDenom, 'ncheq')
    const generated = await sdk.generateGasPrice('ncheq')
    assert.deepEqual([generated.denom, Number(generated.amount.toString()) > 0], ['ncheq', true])
    await refused(sdk.queryGasPrice('uatom'), /\(18\): denom uatom not registered/)
  })
  await check('fees: the balance falls by exactly the quote', async () => {
    const before = await checkBalance(payer, url)
    const quote = await sdk.generateCreateDidDocFees(payer, undefined, undefined)
    const one = draft(VerificationMethods.Ed255192020)
    committed(await sdk.createDidDocTx(one.inputs, one.document, '', quote, 'a memo', randomUUID(), undefined))
    const after = await checkBalance(payer, url)
    assert.deepEqual([before.length, after.length], [1, 1])
    assert.equal(BigInt(before[0].amount) - BigInt(after[0].amount), BigInt(quote.amount[0].amount))
  })
  await check('fees: the address of a public key is the payer’s', async () => {
    const [account] = await wallet.getAccounts()
    assert.equal(getCosmosAccount(Buffer.from(account.pubkey).toString('hex')), account.address)
  })
}

/** The client below the SDK: node information, consensus parameters, simulation, batches, the CommonJS build. */
export async function plumbing(url, wallet) {
  await check('sdk: node information and the network it implies', async () => {
    const info = await CheqdQuerier.getNodeInfo(url)
    assert.ok(info.defaultNodeInfo.network)
    assert.equal(await CheqdQuerier.detectNetwork(url), 'testnet')
  })
  await check('sdk: consensus parameters from a block', async () => {
    const { block } = await CheqdQuerier.getConsensusParameters(url)
    assert.ok(block.maxBytes > 0)
  })
  const registry = createDefaultCheqdRegistry([...DIDModule.registryTypes, ...ResourceModule.registryTypes])
  const client = await check('sdk: a signing client with an endpoint', () =>
    CheqdSigningStargateClient.connectWithSigner(url, wallet, { registry, gasPrice: GAS_PRICE, endpoint: url }))
  const message = async () => {
    const one = draft(VerificationMethods.Ed255192020)
    const versionId = randomUUID()
    const { protobufVerificationMethod: verificationMethod } = await DIDModule.validateSpecCompliantPayload(one.document)
    const payload = {
      ...MsgCreateDidDoc.fromPartial({ payload: { id: one.document.id } }).payload, controller: one.document.controller,
      verificationMethod, authentication: one.document.authentication, assertionMethod: one.document.assertionMethod, versionId,
    }
    const signatures = await client.signCreateDidDocTx(one.inputs, payload)
    return { typeUrl: typeUrlMsgCreateDidDoc, value: { payload, signatures } }
  }
  const payer = await addressOf(wallet)
  await check('sdk: simulate a create', async () => {
    const gas = await client.simulate(payer, [await message()], '')
    assert.ok(gas > 50_000 && gas < 200_000, `${gas}`)
  })
  await check('sdk: a simulated failure names the message and the cause', async () => {
    const bad = await message()
    bad.value.signatures[0].signature = new Uint8Array(64)
    await refused(client.simulate(payer, [bad], ''), /\(6\): .*failed to execute message; message index: 0: .*invalid signature detected/)
  })
  await check('sdk: several DIDs in one transaction', async () => {
    const messages = [await message(), await message(), await message()]
    const { batches, gas } = await client.batchMessages(messages, payer, '')
    assert.equal(batches.length, 1)
    const amount = [{ denom: 'ncheq', amount: '120000000000' }]
    const answer = committed(await client.signAndBroadcast(payer, batches[0], { amount, gas: `${gas[0] + 90_000}`, payer }, ''))
    assert.equal(answer.msgResponses.length, 3)
    assert.ok(answer.msgResponses.every((one) => one.typeUrl === '/cheqd.did.v2.MsgCreateDidDocResponse'))
  })
  await check('sdk: the CommonJS build (cosmjs 0.30) creates and reads a DID', async () => {
    const require = createRequire(import.meta.url)
    const cjs = require('@cheqd/sdk')
    const sdk = await cjs.createCheqdSDK({
      modules: [cjs.DIDModule, cjs.ResourceModule, cjs.FeemarketModule, cjs.OracleModule], rpcUrl: url, wallet,
    })
    const one = draft(VerificationMethods.Ed255192020)
    committed(await sdk.createDidDocTx(one.inputs, one.document, '', undefined, undefined, randomUUID(), undefined))
    const { didDocument } = await sdk.queryDidDoc(one.document.id)
    assert.deepEqual(didDocument.verificationMethod, one.document.verificationMethod)
    assert.equal((await sdk.queryAllDidDocVersionsMetadata(one.document.id)).didDocumentVersionsMetadata.length, 1)
    await refused(sdk.queryDidDoc(`did:cheqd:testnet:${randomUUID()}`), /not found/)
  })
}
