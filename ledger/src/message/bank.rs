//! Money from one account to another.

use app::port::chain::ChainMessage;
use domain::id::Ncheq;
use prost::Message as _;
use proto::cosmos::{bank::v1beta1::MsgSend, base::v1beta1::Coin};

/// A `MsgSend` of ncheq between two bech32 addresses.
pub fn send(from: &str, to: &str, amount: Ncheq) -> ChainMessage {
    let message = MsgSend {
        from_address: from.to_owned(),
        to_address: to.to_owned(),
        amount: vec![Coin { denom: "ncheq".to_owned(), amount: amount.to_string() }],
    };
    ChainMessage { type_url: MsgSend::TYPE_URL.to_owned(), value: message.encode_to_vec() }
}
