// Drives a ledger with the unmodified @cheqd/sdk and cosmjs:  node referee.mjs <rpc url> <mnemonic of a funded account>
// Prints `ok <name>` or `FAIL <name>` per check and ends with status 1 when one failed. Nothing here knows the devnet:
// any chain of the namespace `testnet` with prices in usd
// and a gas limit of blocks (the SDK simulates with it) will do.
import { coin } from '@cosmjs/stargate'
import { addressOf, assert, check, giveUp, newWallet, signing, summary, walletFrom } from './lib.mjs'
import * as did from './did.mjs'
import * as resource from './resource.mjs'
import * as cosmjs from './cosmjs.mjs'

const [url, mnemonic] = process.argv.slice(2)
if (!url || !mnemonic) {
  console.error('usage: node referee.mjs <rpc url> <mnemonic of a funded account>')
  process.exit(2)
}

/** What every payer gets: enough for a dozen of the dearest operations. */
const ALLOWANCE_NCHEQ = 1_000_000_000_000
/** Not enough for a DID. */
const PITTANCE_NCHEQ = 5_000_000_000
/** Each part has its own payer, so that all run at the same time: the SDK sleeps three seconds in every transaction. */
const PARTS = [
  did.life, did.keys, did.foreignKeys, did.refusals, resource.resources, resource.fees, resource.plumbing,
  cosmjs.accounts, cosmjs.refusals, cosmjs.comet, cosmjs.sockets,
]

/** After this the ledger is taken to be stuck; a run takes a minute and a half. */
const PATIENCE_MILLIS = 600_000

async function fund(wallets) {
  const rich = await walletFrom(mnemonic)
  const fromAddress = await addressOf(rich)
  const client = await signing(url, rich)
  const messages = []
  for (const [wallet, amount] of wallets) {
    const value = { fromAddress, toAddress: await addressOf(wallet), amount: [coin(amount, 'ncheq')] }
    messages.push({ typeUrl: '/cosmos.bank.v1beta1.MsgSend', value })
  }
  const answer = await client.signAndBroadcast(fromAddress, messages, 1.5)
  assert.equal(answer.code, 0, answer.rawLog)
}

setTimeout(() => {
  giveUp()
  process.exit(summary() ? 0 : 1)
}, PATIENCE_MILLIS).unref()
const wallets = await Promise.all(PARTS.map(() => newWallet()))
const [poor, stranger] = [await newWallet(), await newWallet()]
await check('every payer is funded by one transaction', () =>
  fund([...wallets.map((wallet) => [wallet, ALLOWANCE_NCHEQ]), [poor, PITTANCE_NCHEQ]]))
const parts = PARTS.map((part, n) => check(`part ${part.name} came to its end`, () => part(url, wallets[n])))
parts.push(check('part poverty came to its end', () => did.poverty(url, poor, stranger)))
await Promise.all(parts)
process.exit(summary() ? 0 : 1)
