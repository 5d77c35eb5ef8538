// Digital Bazaar's unmodified libraries judge what Studio signed, and sign for it:  node vc.mjs <facts as JSON>
// The last line is what they signed, as JSON.
import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import * as Multikey from '@digitalbazaar/ed25519-multikey'
import { Ed25519Signature2020 } from '@digitalbazaar/ed25519-signature-2020'
import { Ed25519VerificationKey2020 } from '@digitalbazaar/ed25519-verification-key-2020'
import { cryptosuite as eddsaRdfc2022 } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
import * as vc from '@digitalbazaar/vc'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert, check, summary } from '../checks.mjs'

const facts = JSON.parse(process.argv[2])
/** The table of the contexts: file, addresses, source. */
const table = readFileSync(join(facts.contexts, 'README.md'), 'utf8').matchAll(/^\| `([^`]+)` \| (.+?) \|/gm)
const known = new Map([...table].flatMap(([, file, addresses]) => {
  const context = JSON.parse(readFileSync(join(facts.contexts, file)))
  return [...addresses.matchAll(/`([^`]+)`/g)].map(([, address]) => [address, context])
}))

/** Contexts from the files that Studio bundles, DID documents as Studio's ledger has them. */
async function documentLoader(url) {
  const [did, fragment] = url.split('#')
  const document = facts.documents[did]
  if (document) {
    const method = document.verificationMethod.find(({ id }) => id === url)
    const context = 'https://w3id.org/security/suites/ed25519-2020/v1'
    return { documentUrl: url, document: fragment ? { '@context': context, ...method } : document }
  }
  if (known.has(url)) return { documentUrl: url, document: known.get(url) }
  throw new Error(`nothing is known of ${url}`)
}

const suites = () => [new Ed25519Signature2020(), new DataIntegrityProof({ cryptosuite: eddsaRdfc2022 })]
const told = ({ error }) => error?.errors?.map(String).join('; ') ?? String(error)

for (const [name, credential] of Object.entries(facts.credentials)) {
  await check(`${name} verifies`, async () => {
    const result = await vc.verifyCredential({ credential, suite: suites(), documentLoader })
    assert.equal(result.verified, true, told(result))
  })
  await check(`${name} does not verify when it is changed`, async () => {
    const forged = structuredClone(credential)
    forged.credentialSubject.name = 'Mallory'
    assert.equal((await vc.verifyCredential({ credential: forged, suite: suites(), documentLoader })).verified, false)
  })
}

for (const [name, presentation] of Object.entries(facts.presentations)) {
  await check(`${name} verifies`, async () => {
    const { challenge, domain } = facts
    const result = await vc.verify({ presentation, challenge, domain, suite: suites(), documentLoader })
    assert.equal(result.verified, true, told(result))
  })
}

// The other way: a did:key of theirs.
const key = await Ed25519VerificationKey2020.generate()
key.controller = `did:key:${key.fingerprint()}`
key.id = `${key.controller}#${key.fingerprint()}`
const multikey = await Multikey.from({ ...(await key.export({ publicKey: true, privateKey: true })) })
const credential = (context, dates) => ({
  '@context': [context, 'https://www.w3.org/ns/credentials/undefined-terms/v2'],
  type: ['VerifiableCredential'],
  issuer: key.controller,
  ...dates,
  credentialSubject: { id: 'did:example:alice', name: 'Alice', degrees: ['BSc', 'MSc'], knows: [{ name: 'Bob' }, { name: 'Eve' }] },
})
const signed = {
  Ed25519Signature2020: await vc.issue({
    credential: credential('https://www.w3.org/2018/credentials/v1', { issuanceDate: '2026-01-01T00:00:00Z' }),
    suite: new Ed25519Signature2020({ key }),
    documentLoader,
  }),
  'eddsa-rdfc-2022': await vc.issue({
    credential: credential('https://www.w3.org/ns/credentials/v2', {}),
    suite: new DataIntegrityProof({ signer: { ...multikey.signer(), id: key.id }, cryptosuite: eddsaRdfc2022 }),
    documentLoader,
  }),
}

const isContent = summary()
console.log(JSON.stringify(signed))
process.exitCode = isContent ? 0 : 1
