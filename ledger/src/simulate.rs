//! Running a transaction without committing it.
//!
//! The node answers every "no" of a simulation as code 6 with one text (docs/ledger.md#sending-and-finding); the code it would give in a
//! block is read back from that text, so that the outbox classifies both alike.

use crate::{
    client::{Node, log_text},
    query::QueryFault,
};
use app::port::chain::{ChainFault, TxCode};
use proto::cosmos::tx::v1beta1::{SimulateRequest, SimulateResponse};

const PATH: &str = "/cosmos.tx.v1beta1.Service/Simulate";
/// Code of an answer that carries another error's text.
const CODE_UNKNOWN_REQUEST: u32 = 6;
/// Code of a recovered panic.
const CODE_PANIC: u32 = 111_222;

/// Registered descriptions of errors that a simulation can end with.
const REGISTERED: &[(&str, &str, u32)] = &[
    ("invalid signature detected", "cheqd", 1100),
    ("signature is required but not found", "cheqd", 1101),
    ("DID Doc exists", "cheqd", 1200),
    ("DID Doc not found", "cheqd", 1201),
    ("verification method not found", "cheqd", 1202),
    ("basic validation failed", "cheqd", 1205),
    ("DID namespace validation failed", "cheqd", 1206),
    ("DID Doc already deactivated", "cheqd", 1207),
    ("invalid did state value", "cheqd", 1300),
    ("internal error", "cheqd", 1500),
    ("Resource exists", "resource", 2200),
    ("tx parse error", "sdk", 2),
    ("unauthorized", "sdk", 4),
    ("insufficient funds", "sdk", 5),
    ("invalid address", "sdk", 7),
    ("invalid pubkey", "sdk", 8),
    ("unknown address", "sdk", 9),
    ("invalid coins", "sdk", 10),
    ("out of gas", "sdk", 11),
    ("memo too large", "sdk", 12),
    ("insufficient fee", "sdk", 13),
    ("maximum number of signatures exceeded", "sdk", 14),
    ("no signatures supplied", "sdk", 15),
    ("invalid request", "sdk", 18),
    ("tx timeout height", "sdk", 30),
    ("unknown extension options", "sdk", 31),
    ("incorrect account sequence", "sdk", 32),
    ("internal logic error", "sdk", 35),
    ("not supported", "sdk", 37),
    ("not found", "sdk", 38),
    ("invalid gas limit", "sdk", 41),
];

impl Node {
    /// Gas used by ante handler and messages (not by the tax, see [`crate::fee`]), or the node's no.
    pub(crate) async fn simulate(&self, tx: &[u8]) -> Result<Result<u64, TxCode>, ChainFault> {
        let request = SimulateRequest { tx_bytes: tx.to_vec(), ..SimulateRequest::default() };
        match self.query::<_, SimulateResponse>(PATH, &request).await {
            Ok(answer) => match answer.value.gas_info {
                Some(gas) => Ok(Ok(gas.gas_used)),
                None => Err(self.unexpected(format!("{PATH} answered without gas"))),
            },
            Err(QueryFault::Refused(refusal)) => Ok(Err(as_in_a_block(refusal))),
            Err(QueryFault::Chain(fault)) => Err(fault),
        }
    }
}

/// The refusal with the code it would have in a block.
pub(crate) fn as_in_a_block(refusal: TxCode) -> TxCode {
    if refusal.code != CODE_UNKNOWN_REQUEST {
        return refusal;
    }
    let text = refusal.log.trim_end_matches(": unknown request");
    let text = text
        .strip_prefix("rpc error: code = ")
        .and_then(|rest| rest.split_once(" desc = "))
        .map_or(text, |(_, desc)| desc);
    let text = text.rsplit_once(" with gas used: ").map_or(text, |(before, _)| before);
    // A Go source position in brackets ends the text.
    let text = text.rsplit_once(" [").filter(|_| text.ends_with(']')).map_or(text, |(before, _)| before);
    let (codespace, code) = if text.starts_with("recovered: ") || text.ends_with(": panic") {
        ("undefined", CODE_PANIC)
    } else {
        let description = text.rsplit(": ").next().unwrap_or(text);
        REGISTERED
            .iter()
            .find(|(registered, _, _)| *registered == description)
            .map_or(("undefined", 1), |(_, codespace, code)| (*codespace, *code))
    };
    TxCode { code, codespace: codespace.to_owned(), log: log_text(text) }
}

#[cfg(test)]
mod tests;
