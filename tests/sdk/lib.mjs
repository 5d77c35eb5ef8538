// What every part of the referee shares: wallets, and ways to expect a refusal.
import { DirectSecp256k1HdWallet } from '@cosmjs/proto-signing'
import { GasPrice, SigningStargateClient } from '@cosmjs/stargate'
import { connectComet } from '@cosmjs/tendermint-rpc'
import { createCheqdSDK, DIDModule, FeemarketModule, OracleModule, ResourceModule } from '@cheqd/sdk'
import { assert } from '../checks.mjs'

export { assert, check, giveUp, summary } from '../checks.mjs'

/** Polls quickly where cosmjs lets its user say so; the SDK itself always sleeps three seconds. */
export const POLL_MILLIS = 50
/** Gas price of ordinary transactions on the devnet and on a fresh v4.2.0 chain. */
export const GAS_PRICE = GasPrice.fromString('10000ncheq')

/** The error a promise must end with; its message must match. */
export async function refused(promise, pattern) {
  let value
  try {
    value = await promise
  } catch (error) {
    assert.match(String(error?.message ?? error), pattern)
    return error
  }
  assert.fail(`expected ${pattern}, but got ${JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v))?.slice(0, 400)}`)
}

export const walletFrom = (mnemonic) => DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix: 'cheqd' })
export const newWallet = () => DirectSecp256k1HdWallet.generate(12, { prefix: 'cheqd' })
export const addressOf = async (wallet) => (await wallet.getAccounts())[0].address

export const signing = (url, wallet) =>
  SigningStargateClient.connectWithSigner(url, wallet, { gasPrice: GAS_PRICE, broadcastPollIntervalMs: POLL_MILLIS })

/** The SDK as its documentation builds it. */
export const sdkFor = (url, wallet) =>
  createCheqdSDK({
    modules: [DIDModule, ResourceModule, FeemarketModule, OracleModule],
    rpcUrl: url,
    wallet,
  })

/** Codespace and code a committed transaction ended with (the SDK's answer has no codespace). */
export async function outcome(url, hash) {
  const comet = await connectComet(url)
  try {
    const { result } = await comet.tx({ hash: Buffer.from(hash, 'hex') })
    return `${result.codespace || 'ok'}/${result.code}`
  } finally {
    comet.disconnect()
  }
}

/** Asserts success of a transaction the SDK sent. */
export function committed(answer) {
  assert.equal(answer.code, 0, answer.rawLog)
  assert.match(answer.transactionHash, /^[0-9A-F]{64}$/)
  assert.ok(answer.height > 0)
  return answer
}

/** Asserts that a transaction came into a block and failed there with this codespace and code. */
export async function failedWith(url, answer, expected, log) {
  assert.equal(await outcome(url, answer.transactionHash), expected, answer.rawLog)
  assert.match(answer.rawLog, log)
}
