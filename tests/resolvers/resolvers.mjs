// Resolvers from npm, unmodified, each pointed at Studio by its own option:  node resolvers.mjs <facts as JSON>
// The facts say where Studio is and what it wrote: a DID with a service and a resource, changed once; one that has ended; one
// that is nobody's.
import './lit.mjs'
import { createAgent } from '@veramo/core'
import { DIDResolverPlugin, getUniversalResolverFor } from '@veramo/did-resolver'
import { Resolver } from 'did-resolver'
import uni from '@sphereon/did-uni-client'
import { assert, check, end } from '../checks.mjs'

// Whatever comes from here is imported after lit.mjs has taken effect.
const cheqd = await import('@cheqd/did-provider-cheqd')

const facts = JSON.parse(process.argv[2])
const { did, gone, unknown } = facts
const url = `${facts.base}/1.0/identifiers/`

/** What every resolver must tell of the DID: its document as it was written. */
function isTheDocument(document) {
  assert.equal(document.id, did)
  assert.deepEqual(document.verificationMethod, [facts.method])
  assert.deepEqual(document.authentication, [facts.method.id])
  assert.deepEqual(document.service, [facts.service])
}

/** What those that ask for the whole result must tell besides. */
function areItsMetadata(metadata) {
  assert.equal(metadata.versionId, facts.versionId)
  assert.equal(metadata.created, facts.created)
  assert.ok(metadata.updated >= metadata.created, metadata.updated)
  assert.equal(metadata.deactivated, undefined)
  const [resource, ...more] = metadata.linkedResourceMetadata
  assert.deepEqual(more, [])
  assert.deepEqual([resource.resourceURI, resource.checksum], [`${did}/resources/${facts.resource.id}`, facts.resource.checksum])
}

/** The same questions to each: `resolve` gives a resolution result of did-resolver's shape. */
async function whole(name, resolve, isUnknown) {
  await check(`${name}: the document`, async () => isTheDocument((await resolve(did)).didDocument))
  await check(`${name}: its metadata`, async () => {
    const { didDocumentMetadata, didResolutionMetadata } = await resolve(did)
    areItsMetadata(didDocumentMetadata)
    assert.equal(didResolutionMetadata.error, undefined)
  })
  await check(`${name}: a DID that has ended`, async () => {
    const { didDocument, didDocumentMetadata } = await resolve(gone)
    assert.deepEqual([didDocument.id, didDocumentMetadata.deactivated], [gone, true])
  })
  await check(`${name}: a DID of nobody`, () => isUnknown(resolve(unknown)))
}

/** An answer, not an error. */
async function notFound(resolution) {
  const { didDocument, didResolutionMetadata } = await resolution
  assert.deepEqual([didDocument, didResolutionMetadata.error], [null, 'notFound'])
}

// Veramo's agent over its universal resolver.
const agent = createAgent({ plugins: [new DIDResolverPlugin(getUniversalResolverFor(['cheqd'], url))] })
const veramo = (didUrl) => agent.resolveDid({ didUrl })
await whole('veramo', veramo, notFound)
await check('veramo: parts of a document by their DID URLs', async () => {
  const { didDocument } = await veramo(did)
  const part = (didUrl, section) => agent.getDIDComponentById({ didDocument, didUrl, section })
  assert.deepEqual(await part(facts.method.id, 'authentication'), facts.method)
  assert.deepEqual(await part(facts.service.id), facts.service)
})
await check('veramo: the document of a DID URL', async () => isTheDocument((await veramo(facts.method.id)).didDocument))

// cheqd's provider for Veramo has two resolvers. The one of its name asks for a document, and for the result only when told.
const provider = new Resolver(cheqd.getResolver({ url }))
const profile = 'application/ld+json;profile="https://w3id.org/did-resolution"'
await whole('cheqd’s provider, asking for the result', (one) => provider.resolve(one, { accept: profile }), notFound)
await check('cheqd’s provider, asking for the document', async () => {
  const { didDocument, didResolutionMetadata } = await provider.resolve(did)
  isTheDocument(didDocument)
  assert.equal(didDocument['@context'], undefined)
  assert.equal(didResolutionMetadata.contentType, 'application/did+json')
})
await check('cheqd’s provider, asking for the document of nobody', () => notFound(provider.resolve(unknown)))
await check('cheqd’s provider in Veramo’s agent', async () => {
  const both = createAgent({ plugins: [new DIDResolverPlugin(cheqd.getResolver({ url }))] })
  const { didDocument } = await both.resolveDid({ didUrl: did })
  isTheDocument(didDocument)
  assert.equal(didDocument['@context'][0], 'https://www.w3.org/ns/did/v1')
})
const universal = new Resolver(cheqd.getUniversalResolverFor(['cheqd'], url))
await whole('cheqd’s universal resolver', (one) => universal.resolve(one), notFound)

// Sphereon's client throws what was answered with an error's status.
const sphereon = new uni.UniResolver().setBaseURL(facts.base)
await whole('sphereon', (one) => sphereon.resolve(one), (answer) =>
  assert.rejects(answer, (error) => JSON.parse(error.message).didResolutionMetadata.error === 'notFound'))
const { cheqd: driver } = uni.getUniResolver('cheqd', { resolveUrl: url.slice(0, -1) })
await check('sphereon as a driver of did-resolver', async () =>
  isTheDocument((await new Resolver({ cheqd: driver }).resolve(did)).didDocument))

end()
