//! Handing bytes to the mempool, and telling the mempool's refusals in codes.

use crate::client::{CallError, Node, log_text};
use app::port::chain::{ChainFault, TxCode};
use tendermint_rpc::endpoint::broadcast::tx_sync;

/// Registered SDK codes for what CometBFT's mempool says as a JSON-RPC error (docs/ledger.md#sending-and-finding).
const SDK: &str = "sdk";
const CODE_MEMPOOL_FULL: u32 = 20;
const CODE_TX_TOO_LARGE: u32 = 21;

impl Node {
    /// `broadcast_tx_sync`. The answer of `CheckTx`, where 0 means "in the mempool", also when it already was.
    pub(crate) async fn broadcast(&self, tx: &[u8]) -> Result<TxCode, ChainFault> {
        match self.call(tx_sync::Request::new(tx.to_vec())).await {
            Ok(answer) => Ok(TxCode {
                code: answer.code.value(),
                codespace: answer.codespace,
                log: log_text(&answer.log),
            }),
            Err(CallError::TooLarge(log)) => Ok(too_large(log)),
            Err(CallError::Rpc { text, code }) => {
                if text.contains("already exists in cache") {
                    Ok(TxCode { code: 0, codespace: String::new(), log: text })
                } else if text.contains("mempool is full") {
                    Ok(refused(CODE_MEMPOOL_FULL, text))
                } else if text.contains("Tx too large") {
                    Ok(too_large(text))
                } else {
                    Err(CallError::Rpc { code, text }.into_fault(self.network))
                }
            }
            Err(error) => Err(error.into_fault(self.network)),
        }
    }
}

/// What can never be sent, also where it was only to be simulated.
pub(crate) fn too_large(log: String) -> TxCode {
    refused(CODE_TX_TOO_LARGE, log)
}

fn refused(code: u32, log: String) -> TxCode {
    TxCode { code, codespace: SDK.to_owned(), log }
}
