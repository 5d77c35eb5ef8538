//! Finding a transaction in a block, and what it cost.

use crate::client::{CallError, METHOD_NOT_FOUND, Node, instant_of, log_text};
use app::port::chain::{ChainFault, TxCode, TxFound};
use cosmrs::tendermint::{Hash, abci::Event, block::Height};
use domain::id::{Instant, Ncheq};
use tendermint_rpc::endpoint::{block, header, tx};

/// Account into which the ante handler moves the whole fee of an ordinary transaction (docs/ledger.md#fees).
const FEEMARKET_COLLECTOR: &str = "cheqd13pxn9n3qw79e03844rdadagmg0nshmwfszqu0g";

impl Node {
    /// The transaction with this hash (upper-case hex). `None` comes only from a node that is as far as any of ours has
    /// been seen to be; it still may be indexing its last block.
    pub(crate) async fn lookup(&self, hash: &str) -> Result<Option<TxFound>, ChainFault> {
        let hash: Hash =
            hash.parse().map_err(|_| self.unexpected(format!("not a transaction hash: {hash}")))?;
        let request = tx::Request::new(hash, false);
        let mut answer = self.call(request.clone()).await;
        // Any node may say yes; only one that is up to date may say no.
        if is_not_found(&answer) {
            answer = self.call_up_to_date(request).await;
        }
        let found = match answer {
            Ok(found) => found,
            answer if is_not_found(&answer) => return Ok(None),
            Err(CallError::Rpc { text, .. }) if text.contains("indexing is disabled") => {
                return Err(self.unexpected(
                    "this node keeps no transaction index, so outcomes cannot be confirmed: use a node with \
                     `indexer = \"kv\"` in its config.toml",
                ));
            }
            Err(error) => return Err(error.into_fault(self.network)),
        };
        if found.hash != hash {
            return Err(self.unexpected(format!("asked for transaction {hash}, got {}", found.hash)));
        }
        let result = found.tx_result;
        Ok(Some(TxFound {
            fee_charged: fee_charged(&result.events),
            block_time: self.block_time(found.height).await?,
            height: found.height.value(),
            gas_used: u64::try_from(result.gas_used).unwrap_or(0),
            gas_wanted: u64::try_from(result.gas_wanted).unwrap_or(0),
            result: TxCode {
                code: result.code.value(),
                codespace: result.codespace,
                log: log_text(&result.log),
            },
        }))
    }

    /// Time of a block: from its header, or from the whole block where the node has no `header` method.
    async fn block_time(&self, height: Height) -> Result<Instant, ChainFault> {
        let time = match self.call(header::Request::new(height)).await {
            Ok(answer) => answer.header.time,
            Err(CallError::Rpc { code: METHOD_NOT_FOUND, .. }) => {
                let request = block::Request::new(height);
                self.call(request).await.map_err(|error| error.into_fault(self.network))?.block.header.time
            }
            Err(error) => return Err(error.into_fault(self.network)),
        };
        instant_of(time).ok_or_else(|| self.unexpected("the block time is out of range"))
    }
}

fn is_not_found(answer: &Result<tx::Response, CallError>) -> bool {
    matches!(answer, Err(CallError::Rpc { text, .. }) if text.contains("not found"))
}

/// What the payer was charged, from a transaction's events: the tax of identity messages (the `tx` event that names its
/// `fee_payer`), else what an ordinary transaction moved into the fee market's account, else nothing. The ante handler's
/// own `tx{fee}` is only the offer. `None` if an amount is not in ncheq.
pub(crate) fn fee_charged(events: &[Event]) -> Option<Ncheq> {
    let mut tax = None;
    let mut moved = 0;
    for event in events {
        if event.kind == "tx" && attribute(event, "fee_payer").is_some() {
            tax = Some(tax.unwrap_or(0) + ncheq(attribute(event, "fee")?)?);
        } else if event.kind == "transfer" && attribute(event, "recipient") == Some(FEEMARKET_COLLECTOR) {
            moved += ncheq(attribute(event, "amount")?)?;
        }
    }
    Some(Ncheq(tax.unwrap_or(moved)))
}

fn attribute<'a>(event: &'a Event, key: &str) -> Option<&'a str> {
    event
        .attributes
        .iter()
        .find(|attribute| attribute.key_str().is_ok_and(|name| name == key))
        .and_then(|attribute| attribute.value_str().ok())
}

fn ncheq(coin: &str) -> Option<u128> {
    if coin.is_empty() { Some(0) } else { coin.strip_suffix("ncheq")?.parse().ok() }
}

#[cfg(test)]
mod tests;
