// Credo's unmodified cheqd module resolves what Studio wrote:  node credo.mjs <facts as JSON>
// Its CheqdDidResolver asks a node's RPC, here the ledger's that Studio writes to, and has no option for a resolver's address. An agent
// takes any other DidResolver, though: the one below asks Studio's, and Credo reads the answer into its own classes.
// Askar and the AnonCreds library are not here: their install scripts fetch native code from GitHub. An agent insists on a wallet and
// a storage, and resolving asks them for nothing.
import anoncreds from '@credo-ts/anoncreds'
import cheqd from '@credo-ts/cheqd'
import core from '@credo-ts/core'
import node from '@credo-ts/node'
import { assert, check, end } from '../checks.mjs'

const facts = JSON.parse(process.argv[2])
const { did, gone, unknown, resource } = facts
const network = did.split(':')[2]
/** Each question goes all the way. */
const options = { useCache: false, persistInCache: false, useLocalCreatedDidRecord: false }

/** What an agent must have and nobody here uses. */
class Nothing {}
const empty = {
  register(dependencyManager) {
    dependencyManager.registerInstance(core.InjectionSymbols.Wallet, new Nothing())
    dependencyManager.registerInstance(core.InjectionSymbols.StorageService, new Nothing())
  },
}

/** An agent whose DIDs are resolved by this. */
const agentWith = (resolver) =>
  new core.Agent({
    config: { label: 'studio' },
    dependencies: node.agentDependencies,
    modules: {
      empty,
      anoncreds: new anoncreds.AnonCredsModule({ anoncreds: {}, registries: [new cheqd.CheqdAnonCredsRegistry()] }),
      cheqd: new cheqd.CheqdModule({ networks: [{ network, rpcUrl: facts.rpc }] }),
      dids: new core.DidsModule({ resolvers: [resolver] }),
    },
  })

/** Asks Studio's resolver. */
class StudioResolver {
  supportedMethods = ['cheqd']
  allowsCaching = false
  async resolve(_context, one) {
    const answer = await fetch(`${facts.base}/1.0/identifiers/${one}`, { headers: { accept: 'application/did-resolution' } })
    const { didDocument, ...rest } = await answer.json()
    return { ...rest, didDocument: didDocument && core.JsonTransformer.fromJSON(didDocument, core.DidDocument) }
  }
}

const ledger = agentWith(new cheqd.CheqdDidResolver())
const studio = agentWith(new StudioResolver())
const ways = [['by the ledger', ledger], ['by Studio’s resolver', studio]]
/** The ledger's way gives a Date with fractions where the other gives a text. */
const instant = (one) => `${new Date(one).toISOString().slice(0, 19)}Z`

for (const [name, agent] of ways) {
  const resolve = (one) => agent.dids.resolve(one, options)
  await check(`${name}: the document, in Credo’s classes`, async () => {
    const { didDocument } = await resolve(did)
    assert.ok(didDocument instanceof core.DidDocument)
    const method = didDocument.dereferenceVerificationMethod(facts.method.id)
    assert.deepEqual({ ...method }, facts.method)
    assert.equal(didDocument.dereferenceKey(facts.method.id, ['authentication']).id, facts.method.id)
    assert.equal(core.getKeyFromVerificationMethod(method).fingerprint, facts.method.publicKeyMultibase)
    assert.deepEqual(didDocument.service.map((one) => ({ ...one })), [facts.service])
  })
  await check(`${name}: its metadata`, async () => {
    const { didDocumentMetadata: metadata } = await resolve(did)
    assert.deepEqual([metadata.versionId, instant(metadata.created)], [facts.versionId, facts.created])
    assert.ok(!metadata.deactivated)
    assert.deepEqual(metadata.linkedResourceMetadata.map((one) => one.checksum), [resource.checksum])
  })
  await check(`${name}: a DID that has ended`, async () => {
    const { didDocument, didDocumentMetadata } = await resolve(gone)
    assert.deepEqual([didDocument.id, didDocumentMetadata.deactivated], [gone, true])
  })
  await check(`${name}: a DID of nobody`, async () => {
    const { didDocument, didResolutionMetadata } = await resolve(unknown)
    assert.deepEqual([didDocument, didResolutionMetadata.error], [null, 'notFound'])
  })
}
await check('both ways lead to the same document', async () => {
  const [one, other] = await Promise.all(ways.map(async ([, agent]) => {
    const { '@context': contexts, ...document } = (await agent.dids.resolve(did, options)).didDocument.toJSON()
    // @cheqd/sdk puts them in another order than resolvers of cheqd do.
    return { ...document, contexts: contexts.sort() }
  }))
  assert.deepEqual(one, other)
})
const schemaOf = (didUrl) => ledger.modules.anoncreds.getSchema(didUrl)
const schema = { ...resource.content, issuerId: did }
await check('AnonCreds: a schema that Studio published, by its id', async () => {
  const found = await schemaOf(`${did}/resources/${resource.id}`)
  assert.deepEqual([found.resolutionMetadata, found.schema], [{}, schema])
})
await check('AnonCreds: the same by its name and type', async () => {
  const found = await schemaOf(`${did}?resourceName=${resource.name}&resourceType=${resource.type}`)
  assert.deepEqual(found.schema, schema)
})
await check('AnonCreds: none where there is none', async () => {
  const found = await schemaOf(`${did}/resources/${unknown.split(':')[3]}`)
  assert.deepEqual([found.schema, found.resolutionMetadata.error], [undefined, 'notFound'])
})

end()
