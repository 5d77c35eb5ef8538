// cosmjs's own clients: account and bank queries, sends, searches, blocks, the CometBFT client they choose.
import { createHash } from 'node:crypto'
import { BroadcastTxError, calculateFee, coin, StargateClient } from '@cosmjs/stargate'
import { Comet38Client, connectComet, HttpBatchClient, WebsocketClient } from '@cosmjs/tendermint-rpc'
import { TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx.js'
import { addressOf, assert, check, GAS_PRICE, newWallet, POLL_MILLIS, refused, signing } from './lib.mjs'

const SEND_GAS = 250_000
const fee = calculateFee(SEND_GAS, GAS_PRICE)
/** Simulate does not see the gas of the fee market, so cosmjs's own factor is too small on this ledger. */
const GAS_MULTIPLIER = 2
const FEE_NCHEQ = BigInt(fee.amount[0].amount)
const sendMessage = (fromAddress, toAddress, amount) => ({
  typeUrl: '/cosmos.bank.v1beta1.MsgSend', value: { fromAddress, toAddress, amount: [coin(amount, 'ncheq')] },
})

/** Accounts, balances, sends and what is found of them afterwards. */
export async function accounts(url, wallet) {
  const client = await check('cosmjs: connect', () => StargateClient.connect(url))
  const signer = await signing(url, wallet)
  const me = await addressOf(wallet)
  const receiver = await addressOf(await newWallet())

  await check('cosmjs: getChainId and getHeight', async () => {
    assert.match(await client.getChainId(), /^cheqd/)
    assert.ok((await client.getHeight()) > 0)
  })
  await check('cosmjs: an account before its first transaction', async () => {
    const account = await client.getAccount(me)
    assert.deepEqual([account.address, account.pubkey, account.sequence], [me, null, 0])
    assert.ok(account.accountNumber > 0)
    assert.deepEqual(await client.getSequence(me), { accountNumber: account.accountNumber, sequence: 0 })
  })
  await check('cosmjs: an account that does not exist', async () => {
    assert.equal(await client.getAccount(receiver), null)
    await refused(client.getSequence(receiver), /does not exist on chain/)
    assert.deepEqual(await client.getBalance(receiver, 'ncheq'), { denom: 'ncheq', amount: '0' })
    assert.deepEqual(await client.getAllBalances(receiver), [])
  })

  const balance = async (address) => BigInt((await client.getBalance(address, 'ncheq')).amount)
  const sent = await check('cosmjs: sendTokens with a fee', async () => {
    const before = await balance(me)
    const answer = await signer.sendTokens(me, receiver, [coin(12_345, 'ncheq')], fee, 'rent')
    assert.equal(answer.code, 0, answer.rawLog)
    assert.equal(await balance(receiver), 12_345n)
    assert.equal(before - (await balance(me)), 12_345n + FEE_NCHEQ)
    assert.ok(answer.gasUsed > 50_000n && answer.gasUsed < BigInt(SEND_GAS) && answer.gasWanted === BigInt(SEND_GAS))
    assert.deepEqual(answer.msgResponses.map((one) => one.typeUrl), ['/cosmos.bank.v1beta1.MsgSendResponse'])
    return answer
  })
  await check('cosmjs: the account after it', async () => {
    const account = await client.getAccount(me)
    assert.equal(account.sequence, 1)
    assert.equal(account.pubkey.type, 'tendermint/PubKeySecp256k1')
    assert.deepEqual((await client.getAllBalances(receiver)), [{ denom: 'ncheq', amount: '12345' }])
  })
  await check('cosmjs: sendTokens with a simulated fee', async () => {
    const answer = await signer.sendTokens(me, receiver, [coin(1, 'ncheq')], GAS_MULTIPLIER)
    assert.equal(answer.code, 0, answer.rawLog)
  })

  await check('cosmjs: getTx', async () => {
    const tx = await client.getTx(sent.transactionHash)
    assert.deepEqual([tx.hash, tx.height, tx.code, tx.rawLog], [sent.transactionHash, sent.height, 0, ''])
    assert.equal(createHash('sha256').update(tx.tx).digest('hex').toUpperCase(), tx.hash)
    const transfers = tx.events.filter((event) => event.type === 'transfer')
      .map((event) => Object.fromEntries(event.attributes.map(({ key, value }) => [key, value])))
    assert.ok(transfers.some((one) => one.sender === me && one.recipient === receiver && one.amount === '12345ncheq'))
    assert.equal(await client.getTx('00'.repeat(32)), null)
  })
  const hashes = async (query) => (await client.searchTx(query)).map((tx) => tx.hash)
  await check('cosmjs: searchTx by hash', async () =>
    assert.deepEqual(await hashes(`tx.hash='${sent.transactionHash}'`), [sent.transactionHash]))
  await check('cosmjs: searchTx by events', async () => {
    assert.ok((await hashes([{ key: 'transfer.recipient', value: receiver }])).includes(sent.transactionHash))
    assert.ok((await hashes([{ key: 'message.sender', value: me }, { key: 'message.action', value: '/cosmos.bank.v1beta1.MsgSend' }])).includes(sent.transactionHash))
    assert.deepEqual(await hashes([{ key: 'transfer.recipient', value: receiver }, { key: 'tx.height', value: sent.height }]), [sent.transactionHash])
    assert.deepEqual(await hashes([{ key: 'message.sender', value: receiver }]), [])
    assert.equal((await hashes(`message.sender='${me}' AND tx.height>${sent.height}`)).length, 1)
  })
  await check('cosmjs: searchTx by height starts with the injected oracle data', async () => {
    const found = await client.searchTx(`tx.height=${sent.height}`)
    assert.equal(found[0].txIndex, 0)
    assert.ok(found.slice(1).some((tx) => tx.hash === sent.transactionHash))
  })
  await check('cosmjs: getBlock, newest and by height', async () => {
    const block = await client.getBlock(sent.height)
    assert.deepEqual([block.header.height, block.header.chainId], [sent.height, await client.getChainId()])
    const tx = await client.getTx(sent.transactionHash)
    assert.deepEqual(Buffer.from(block.txs[tx.txIndex]), Buffer.from(tx.tx))
    assert.ok((await client.getBlock()).header.height >= sent.height)
    await refused(client.getBlock(1_000_000_000), /must be less than or equal to the current blockchain height/)
  })
  client.disconnect()
}

/** Refusals of ordinary transactions, with codes. */
export async function refusals(url, wallet) {
  const signer = await signing(url, wallet)
  const me = await addressOf(wallet)
  const receiver = await addressOf(await newWallet())
  const bytes = async (data) => TxRaw.encode(await signer.sign(me, [sendMessage(me, receiver, 1)], fee, '', data)).finish()
  const now = async () => ({ ...(await signer.getSequence(me)), chainId: await signer.getChainId() })
  const code = async (promise, codespace, number, log) => {
    const error = await refused(promise, log)
    assert.ok(error instanceof BroadcastTxError, error?.stack)
    assert.deepEqual([error.codespace, error.code], [codespace, number])
  }
  await check('cosmjs: sending more than there is is sdk/5 in the block', async () => {
    const answer = await signer.sendTokens(me, receiver, [coin('900000000000000000', 'ncheq')], fee)
    assert.equal(answer.code, 5, answer.rawLog)
    assert.match(answer.rawLog, /insufficient funds/)
    assert.deepEqual((await signer.getTx(answer.transactionHash)).code, 5)
  })
  await check('cosmjs: a sequence ahead is sdk/32', async () => {
    const data = await now()
    await code(signer.broadcastTxSync(await bytes({ ...data, sequence: data.sequence + 3 })), 'sdk', 32,
      new RegExp(`account sequence mismatch, expected ${data.sequence}, got ${data.sequence + 3}`))
  })
  await check('cosmjs: another chain id or account number is sdk/4', async () => {
    const data = await now()
    await code(signer.broadcastTxSync(await bytes({ ...data, chainId: 'elsewhere' })), 'sdk', 4, /signature verification failed/)
    await code(signer.broadcastTxSync(await bytes({ ...data, accountNumber: data.accountNumber + 1 })), 'sdk', 4, /signature verification failed/)
  })
  await check('cosmjs: a fee below the floor is sdk/13', async () => {
    const raw = await signer.sign(me, [sendMessage(me, receiver, 1)], { ...fee, amount: [coin(1, 'ncheq')] }, '', await now())
    await code(signer.broadcastTxSync(TxRaw.encode(raw).finish()), 'sdk', 13, /insufficient fee/)
  })
  await check('cosmjs: too little gas is sdk/11', async () => {
    const raw = await signer.sign(me, [sendMessage(me, receiver, 1)], calculateFee(30_000, GAS_PRICE), '', await now())
    await code(signer.broadcastTxSync(TxRaw.encode(raw).finish()), 'sdk', 11, /out of gas/)
  })
  await check('cosmjs: broken bytes are sdk/2', async () =>
    code(signer.broadcastTxSync(Uint8Array.from([1, 2, 3])), 'sdk', 2, /tx parse error/))
  await check('cosmjs: broadcastTxSync twice: the second is in the cache', async () => {
    const raw = await bytes(await now())
    const hash = await signer.broadcastTxSync(raw)
    assert.equal(hash, createHash('sha256').update(raw).digest('hex').toUpperCase())
    await refused(signer.broadcastTxSync(raw), /tx already exists in cache/)
    let found = null
    while (!(found = await signer.getTx(hash))) await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS))
    assert.equal(found.code, 0)
  })
  await check('cosmjs: several messages in one transaction', async () => {
    const messages = [1, 2, 3].map((amount) => sendMessage(me, receiver, amount))
    const answer = await signer.signAndBroadcast(me, messages, calculateFee(400_000, GAS_PRICE))
    assert.equal(answer.code, 0, answer.rawLog)
    assert.equal(answer.msgResponses.length, 3)
  })
}

/** The CometBFT client below: chosen by version, every method of it that a node answers over HTTP. */
export async function comet(url, wallet) {
  const client = await check('comet: the client for CometBFT 0.38 is chosen', async () => {
    const chosen = await connectComet(url)
    assert.ok(chosen instanceof Comet38Client)
    return chosen
  })
  const signer = await signing(url, wallet)
  const me = await addressOf(wallet)
  const raw = async () => TxRaw.encode(await signer.sign(me, [sendMessage(me, me, 1)], fee, '')).finish()

  await check('comet: status, health, abci_info', async () => {
    const status = await client.status()
    assert.match(status.nodeInfo.version, /^0\.38\./)
    assert.equal(status.syncInfo.catchingUp, false)
    assert.ok(status.syncInfo.latestBlockHeight > 0 && status.validatorInfo.votingPower > 0n)
    assert.equal(await client.health(), null)
    const info = await client.abciInfo()
    assert.ok(info.lastBlockHeight >= status.syncInfo.latestBlockHeight)
  })
  const done = await check('comet: broadcast_tx_commit', async () => {
    const answer = await client.broadcastTxCommit({ tx: await raw() })
    assert.deepEqual([answer.checkTx.code, answer.txResult.code], [0, 0])
    assert.ok(answer.height > 0)
    return answer
  })
  await check('comet: broadcast_tx_async', async () => {
    const tx = await raw()
    const { hash } = await client.broadcastTxAsync({ tx })
    assert.deepEqual(Buffer.from(hash), createHash('sha256').update(tx).digest())
  })
  await check('comet: tx with and without proof', async () => {
    const plain = await client.tx({ hash: done.hash })
    const proved = await client.tx({ hash: done.hash, prove: true })
    assert.equal(plain.height, done.height)
    assert.deepEqual(Buffer.from(proved.proof.data), Buffer.from(plain.tx))
    await refused(client.tx({ hash: new Uint8Array(32) }), /not found/)
  })
  await check('comet: tx_search by pages, both ways', async () => {
    const query = `message.sender='${me}'`
    const ascending = await client.txSearchAll({ query, per_page: 1 })
    assert.ok(ascending.totalCount >= 1 && ascending.txs.length === ascending.totalCount)
    const descending = await client.txSearch({ query, order_by: 'desc', page: 1, per_page: 100 })
    assert.deepEqual(descending.txs.map((tx) => tx.height), ascending.txs.map((tx) => tx.height).reverse())
    await refused(client.txSearch({ query, page: 99 }), /page should be within/)
  })
  await check('comet: block, block_results, commit, header hashes that belong together', async () => {
    const { height } = done
    const [block, results, commit] = [await client.block(height), await client.blockResults(height), await client.commit(height)]
    assert.equal(block.block.header.height, height)
    assert.equal(results.results.length, block.block.txs.length)
    assert.deepEqual(commit.commit.blockId.hash, block.blockId.hash)
    while ((await client.status()).syncInfo.latestBlockHeight <= height) await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS))
    const next = await client.block(height + 1)
    assert.deepEqual(next.block.header.lastBlockId.hash, block.blockId.hash)
    assert.equal(next.block.lastCommit.height, height)
  })
  await check('comet: blockchain (headers of a range)', async () => {
    const { lastHeight, blockMetas } = await client.blockchain(1, 3)
    assert.ok(lastHeight >= 3)
    assert.deepEqual(blockMetas.map((meta) => meta.header.height), [3, 2, 1])
    const first = await client.block(1)
    assert.deepEqual(blockMetas[2].blockId.hash, first.blockId.hash)
    assert.ok((await client.blockchain()).blockMetas.length > 0)
    await refused(client.blockchain(5, 2), /min height 5 can't be greater than max height 2/)
  })
  await check('comet: block_search', async () => {
    const { blocks, totalCount } = await client.blockSearch({ query: `block.height=${done.height}` })
    assert.deepEqual([totalCount, blocks[0].block.header.height], [1, done.height])
    const all = await client.blockSearchAll({ query: 'block.height>=1 AND block.height<=4' })
    assert.deepEqual(all.blocks.map((one) => one.block.header.height), [1, 2, 3, 4])
  })
  await check('comet: validators, genesis, unconfirmed transactions', async () => {
    const { validators } = await client.validatorsAll(done.height)
    const status = await client.status()
    assert.deepEqual(validators.map((one) => Buffer.from(one.address)), [Buffer.from(status.validatorInfo.address)])
    const genesis = await client.genesis()
    assert.equal(genesis.chainId, status.nodeInfo.network)
    const waiting = await client.numUnconfirmedTxs()
    assert.equal(typeof waiting.total, 'number')
  })
  await check('comet: many calls in one HTTP batch', async () => {
    const batched = await Comet38Client.create(new HttpBatchClient(url, { dispatchInterval: 5 }))
    const heights = await Promise.all([1, 2, 3].map(async (h) => (await batched.block(h)).block.header.height))
    assert.deepEqual(heights, [1, 2, 3])
    batched.disconnect()
  })
  client.disconnect()
}

/** Takes the next item of a stream. */
function next(stream) {
  return new Promise((resolve, reject) => {
    const listener = {
      next: (value) => { resolve(value); stream.removeListener(listener) },
      error: reject,
      complete: () => reject(new Error('the stream ended')),
    }
    stream.addListener(listener)
  })
}

/** The same clients over a WebSocket, and what only a WebSocket gives. */
export async function sockets(url, wallet) {
  const client = await check('socket: cosmjs connects to /websocket', async () => {
    const chosen = await connectComet(url.replace(/^http/, 'ws'))
    assert.ok(chosen instanceof Comet38Client)
    assert.ok((await chosen.status()).syncInfo.latestBlockHeight > 0)
    return chosen
  })
  const signer = await signing(url, wallet)
  const me = await addressOf(wallet)
  await check('socket: new blocks, new headers and a transaction are told', async () => {
    const block = next(client.subscribeNewBlock())
    const header = next(client.subscribeNewBlockHeader())
    const told = next(client.subscribeTx(`message.sender='${me}'`))
    // Answered in order, so the subscriptions are there before the transaction.
    await client.status()
    const answer = await signer.sendTokens(me, me, [coin(7, 'ncheq')], fee)
    assert.equal(answer.code, 0, answer.rawLog)
    const [first, second, event] = await Promise.all([block, header, told])
    assert.ok(first.header.height > 0 && second.height > 0)
    assert.equal(Buffer.from(event.hash).toString('hex').toUpperCase(), answer.transactionHash)
    assert.deepEqual([event.height, event.result.code], [answer.height, 0])
  })
  client?.disconnect()
  await check('socket: subscriptions are limited, parsed, ended', async () => {
    const raw = new WebsocketClient(url.replace(/^http/, 'ws'))
    let id = 0
    const call = (method, query) => raw.execute({ jsonrpc: '2.0', id: ++id, method, params: { query } })
    const query = (height) => `tm.event='Tx' AND tx.height=${height}`
    for (const height of [1, 2, 3, 4]) assert.deepEqual((await call('subscribe', query(height))).result, {})
    await refused(call('subscribe', query(1)), /already subscribed/)
    await refused(call('subscribe', 'no query'), /failed to parse query/)
    await refused(call('subscribe', query('9'.repeat(600))), /maximum query length exceeded/)
    await call('subscribe', query(5))
    await refused(call('subscribe', query(6)), /max_subscriptions_per_client 5 reached/)
    await call('unsubscribe', query(5))
    await refused(call('unsubscribe', query(5)), /subscription not found/)
    await call('unsubscribe_all')
    await refused(call('unsubscribe_all'), /subscription not found/)
    raw.disconnect()
  })
}
