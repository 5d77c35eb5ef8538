// Makes DIDs with the unmodified @cheqd/sdk, for somebody else to take over:  node elsewhere.mjs <rpc url> <mnemonic>
// Prints a line of JSON: the DID with its private keys, and for the second one only the DID, which has ended.
import { randomUUID } from 'node:crypto'
import { VerificationMethods } from '@cheqd/sdk'
import { anotherKey, create, deactivate, draft } from './did.mjs'
import { committed, sdkFor, walletFrom } from './lib.mjs'

const [url, mnemonic] = process.argv.slice(2)
const sdk = await sdkFor(url, await walletFrom(mnemonic))

const first = draft(VerificationMethods.Ed255192020)
const second = anotherKey(first.document.id, 'key-2')
const document = {
  ...first.document,
  verificationMethod: [...first.document.verificationMethod, second.method],
  service: [{ id: `${first.document.id}#site`, type: 'LinkedDomains', serviceEndpoint: ['https://elsewhere.example'] }],
}
committed(await create(sdk, first.inputs, document, randomUUID()))

const gone = draft(VerificationMethods.Ed255192018)
committed(await create(sdk, gone.inputs, gone.document, randomUUID()))
committed(await deactivate(sdk, gone.inputs, gone.document, randomUUID()))

console.log(JSON.stringify({
  did: first.document.id,
  keys: [first.pair, second.pair].map(({ privateKey, publicKey }) => ({ privateKey, publicKey })),
  gone: { did: gone.document.id, key: gone.pair.privateKey },
}))
process.exit(0)
