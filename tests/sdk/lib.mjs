// What every part of the referee shares: named checks, wallets, and ways to expect a refusal.
import assert from 'node:assert/strict'
import { DirectSecp256k1HdWallet } from '@cosmjs/proto-signing'
import { GasPrice, SigningStargateClient } from '@cosmjs/stargate'
import { connectComet } from '@cosmjs/tendermint-rpc'
import { createCheqdSDK, DIDModule, FeemarketModule, OracleModule, ResourceModule } from '@cheqd/sdk'

export { assert }

/** Polls quickly where cosmjs lets its user say so; the SDK itself always sleeps three seconds. */
export const POLL_MILLIS = 50
/** Gas price of ordinary transactions on the devnet and on a fresh v4.2.0 chain. */
export const GAS_PRICE = GasPrice.fromString('10000ncheq')

let passed = 0
const failures = []
const open = new Set()

/** One named check: prints its outcome, never throws; hands back what the check returned, undefined when it failed. */
export async function check(name, run) {
  open.add(name)
  try {
    const value = await run()
    passed += 1
    console.log(`ok ${name}`)
    return value
  } catch (error) {
    failures.push(name)
    console.log(`FAIL ${name}: ${error?.stack ?? error}`)
    return undefined
  } finally {
    open.delete(name)
  }
}

/** Fails what has not come to an end: a ledger that never answers must not hang the caller. */
export function giveUp() {
  for (const name of open) {
    failures.push(name)
    console.log(`FAIL ${name}: no end in sight`)
  }
}

/** Prints the sum; true when every check passed. */
export function summary() {
  console.log(`${passed} passed, ${failures.length} failed`)
  for (const name of failures) console.log(`FAIL ${name}`)
  return failures.length === 0 && passed > 0
}

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
