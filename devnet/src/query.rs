//! `abci_query`: the gRPC paths of the ledger (docs/ledger.md#sending-and-finding).

pub mod cosmos;
mod identity;
mod oracle;
mod staking;

use crate::chain::Chain;
use crate::failure::{Failure, PANIC_CODE, UNDEFINED, sdk};
use proto::Message;

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// 0 when answered.
    pub code: u32,
    /// Codespace of the code.
    pub codespace: String,
    /// Why not.
    pub log: String,
    /// Encoded response.
    pub value: Vec<u8>,
}

/// How a query failed.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// A gRPC `NotFound` status: code 22.
    NotFound(String),
    /// A gRPC `InvalidArgument` status or a plain error of a collection: code 18.
    Invalid(String),
    /// Any other error: code 6.
    Unknown(String),
    /// A panic.
    Panic(String),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        let (_, _, log) = failure.answer(0, 0);
        Self::Unknown(log)
    }
}

pub(crate) type Reply = Result<Vec<u8>, Refusal>;

/// Decodes a request; unknown fields are ignored.
pub(crate) fn request<M: Message + Default>(data: &[u8]) -> Result<M, Refusal> {
    M::decode(data).map_err(|e| {
        let text = e.to_string();
        Refusal::Invalid(wrong_wire_type(&text).unwrap_or_else(|| "unexpected EOF".into()))
    })
}

/// The node's text for a field of the wrong wire type, from prost's `Message.field: invalid wire type: Kind (…)`.
fn wrong_wire_type(text: &str) -> Option<String> {
    let (before, after) = text.split_once(": invalid wire type: ")?;
    let field = before.rsplit(['.', ' ']).next()?;
    let camel: String = field
        .split('_')
        .map(|part| part.get(..1).unwrap_or("").to_uppercase() + part.get(1..).unwrap_or(""))
        .collect();
    let kinds = ["Varint", "SixtyFourBit", "LengthDelimited", "StartGroup", "EndGroup", "ThirtyTwoBit"];
    let wire = kinds.iter().position(|kind| after.starts_with(kind))?;
    Some(format!("proto: wrong wireType = {wire} for field {camel}"))
}

#[expect(clippy::unnecessary_wraps, reason = "the last step of every query, which answers a Reply")]
pub(crate) fn respond(message: &impl Message) -> Reply {
    Ok(message.encode_to_vec())
}

fn answer(reply: Reply) -> Answer {
    let refused = |failure: Failure| {
        let (codespace, code, log) = failure.answer(0, 0);
        Answer { code, codespace: codespace.to_owned(), log, value: Vec::new() }
    };
    match reply {
        Ok(value) => Answer { value, ..Answer::default() },
        Err(Refusal::NotFound(text)) => refused(sdk(22, format!("rpc error: code = NotFound desc = {text}"))),
        Err(Refusal::Invalid(text)) => refused(sdk(18, text)),
        Err(Refusal::Unknown(text)) => refused(sdk(6, text)),
        Err(Refusal::Panic(text)) => Answer {
            code: PANIC_CODE,
            codespace: UNDEFINED.to_owned(),
            log: format!("{text}: panic"),
            value: Vec::new(),
        },
    }
}

/// Answers a query at the committed state; `height` 0 is the latest.
pub fn run(chain: &Chain, path: &str, data: &[u8], height: u64) -> Answer {
    if height > chain.height() {
        let text = "cannot query with height in the future; please provide a valid height";
        let (codespace, code, log) = sdk(26, text).answer(0, 0);
        return Answer { code, codespace: codespace.to_owned(), log, value: Vec::new() };
    }
    let reply = match path.rsplit_once('/') {
        None if path.is_empty() => Err(Refusal::Unknown("no query path provided".into())),
        Some(("/cheqd.did.v2.Query", method)) => identity::did(chain, method, data),
        Some(("/cheqd.resource.v2.Query", method)) => identity::resource(chain, method, data),
        Some(("/cheqd.oracle.v2.Query", method)) => oracle::run(chain, method, data),
        Some(("/feemarket.feemarket.v1.Query", method)) => cosmos::feemarket(method, data),
        Some(("/cosmos.auth.v1beta1.Query", method)) => cosmos::auth(chain, method, data),
        Some(("/cosmos.bank.v1beta1.Query", method)) => cosmos::bank(chain, method, data),
        Some(("/cosmos.staking.v1beta1.Query", method)) => staking::run(method, data),
        Some(("/cosmos.tx.v1beta1.Service", method)) => cosmos::tx(chain, method, data),
        Some(("/cosmos.base.tendermint.v1beta1.Service", method)) => cosmos::node(chain, method),
        Some(("/cosmos.consensus.v1.Query", method)) => cosmos::consensus(chain, method),
        Some(("/store/cheqd", "key")) => {
            Ok(chain.read(|ctx| crate::state::dids::raw(ctx, data)).unwrap_or_default())
        }
        Some(("/app", "version")) => {
            let value = cosmos::VERSION.as_bytes().to_vec();
            return Answer { codespace: "sdk".into(), value, ..Answer::default() };
        }
        _ => unknown_path(),
    };
    answer(reply)
}

pub(crate) fn unknown_path() -> Reply {
    Err(Refusal::Unknown("unknown query path".into()))
}
