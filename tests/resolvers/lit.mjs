// Stands in for Lit Protocol, half a gigabyte by which @cheqd/did-provider-cheqd encrypts for third parties: nothing that is
// asked here encrypts. The provider's files name what they import, so the names are there, and nothing is behind them.
import { register } from 'node:module'

const names = [
  'decryptString', 'encryptString', 'initWasmBlsSdk', 'LIT_RPC', 'LitAbility', 'LitAccessControlConditionResource', 'LitContracts',
  'LitNodeClient', 'LitNodeClientNodeJs',
]
const nothing = `data:text/javascript,${encodeURIComponent(names.map((name) => `export const ${name} = {}`).join('\n'))}`
const hook = `export const resolve = (name, context, next) =>
  name.startsWith('@lit-protocol/') ? { url: ${JSON.stringify(nothing)}, shortCircuit: true } : next(name, context)`
register(`data:text/javascript,${encodeURIComponent(hook)}`)
