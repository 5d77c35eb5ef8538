//! Which fields the ledger knows, per message, for the refusal of unknown ones.

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Numbers and booleans.
    Varint,
    /// Bytes and strings.
    Bytes,
    /// A nested message.
    Message(&'static Desc),
    /// A packed message with its type URL.
    Any,
}

/// Fields of one message.
#[derive(Debug)]
pub struct Desc {
    /// Name in error texts.
    pub name: &'static str,
    /// Field numbers and contents.
    pub fields: &'static [(u64, Kind)],
}

use Kind::{Any, Bytes, Message, Varint};

macro_rules! desc {
    ($($name:ident = $go:literal [$($number:literal $kind:expr),* $(,)?];)*) => {
        $(
            #[doc = concat!("Fields of `", $go, "`.")]
            pub static $name: Desc = Desc { name: $go, fields: &[$(($number, $kind)),*] };
        )*
    };
}

desc! {
    ANY = "*types.Any" [1 Bytes, 2 Bytes];
    COIN = "*types.Coin" [1 Bytes, 2 Bytes];
    TIMESTAMP = "*types.Timestamp" [1 Varint, 2 Varint];
    TX_RAW = "*tx.TxRaw" [1 Bytes, 2 Bytes, 3 Bytes];
    TX_BODY = "*tx.TxBody" [1 Any, 2 Bytes, 3 Varint, 1023 Any, 2047 Any];
    AUTH_INFO = "*tx.AuthInfo" [1 Message(&SIGNER_INFO), 2 Message(&FEE), 3 Message(&TIP)];
    SIGNER_INFO = "*tx.SignerInfo" [1 Any, 2 Message(&MODE_INFO), 3 Varint];
    MODE_INFO = "*tx.ModeInfo" [1 Message(&SINGLE), 2 Message(&MULTI)];
    SINGLE = "*tx.ModeInfo_Single" [1 Varint];
    MULTI = "*tx.ModeInfo_Multi" [1 Message(&BITS), 2 Message(&MODE_INFO)];
    BITS = "*types.CompactBitArray" [1 Varint, 2 Bytes];
    FEE = "*tx.Fee" [1 Message(&COIN), 2 Varint, 3 Bytes, 4 Bytes];
    TIP = "*tx.Tip" [1 Message(&COIN), 2 Bytes];
    PUB_KEY = "*secp256k1.PubKey" [1 Bytes];
    VERIFICATION_METHOD = "*types.VerificationMethod" [1 Bytes, 2 Bytes, 3 Bytes, 4 Bytes];
    SERVICE = "*types.Service" [1 Bytes, 2 Bytes, 3 Bytes, 4 Bytes, 5 Bytes, 6 Bytes, 7 Varint];
    SIGN_INFO = "*types.SignInfo" [1 Bytes, 2 Bytes];
    CREATE_PAYLOAD = "*types.MsgCreateDidDocPayload" [
        1 Bytes, 2 Bytes, 3 Bytes, 4 Message(&VERIFICATION_METHOD), 5 Bytes, 6 Bytes, 7 Bytes, 8 Bytes, 9 Bytes,
        10 Message(&SERVICE), 11 Bytes, 12 Bytes,
    ];
    UPDATE_PAYLOAD = "*types.MsgUpdateDidDocPayload" [
        1 Bytes, 2 Bytes, 3 Bytes, 4 Message(&VERIFICATION_METHOD), 5 Bytes, 6 Bytes, 7 Bytes, 8 Bytes, 9 Bytes,
        10 Message(&SERVICE), 11 Bytes, 12 Bytes,
    ];
    DEACTIVATE_PAYLOAD = "*types.MsgDeactivateDidDocPayload" [1 Bytes, 2 Bytes];
    CREATE_DID = "*types.MsgCreateDidDoc" [1 Message(&CREATE_PAYLOAD), 2 Message(&SIGN_INFO)];
    UPDATE_DID = "*types.MsgUpdateDidDoc" [1 Message(&UPDATE_PAYLOAD), 2 Message(&SIGN_INFO)];
    DEACTIVATE_DID = "*types.MsgDeactivateDidDoc" [1 Message(&DEACTIVATE_PAYLOAD), 2 Message(&SIGN_INFO)];
    BURN = "*types.MsgBurn" [1 Bytes, 2 Message(&COIN)];
    ALTERNATIVE_URI = "*types.AlternativeUri" [1 Bytes, 2 Bytes];
    RESOURCE_PAYLOAD = "*types.MsgCreateResourcePayload" [
        1 Bytes, 2 Bytes, 3 Bytes, 4 Bytes, 5 Bytes, 6 Bytes, 7 Message(&ALTERNATIVE_URI),
    ];
    CREATE_RESOURCE = "*types.MsgCreateResource" [1 Message(&RESOURCE_PAYLOAD), 2 Message(&SIGN_INFO)];
    SEND = "*types.MsgSend" [1 Bytes, 2 Bytes, 3 Message(&COIN)];
    IN_OUT = "*types.Input" [1 Bytes, 2 Message(&COIN)];
    MULTI_SEND = "*types.MsgMultiSend" [1 Message(&IN_OUT), 2 Message(&IN_OUT)];
    GRANT = "*feegrant.MsgGrantAllowance" [1 Bytes, 2 Bytes, 3 Any];
    REVOKE = "*feegrant.MsgRevokeAllowance" [1 Bytes, 2 Bytes];
    BASIC_ALLOWANCE = "*feegrant.BasicAllowance" [1 Message(&COIN), 2 Message(&TIMESTAMP)];
}

/// The message behind a type URL.
pub fn desc_of_url(url: &str) -> Option<&'static Desc> {
    Some(match url {
        "/cheqd.did.v2.MsgCreateDidDoc" => &CREATE_DID,
        "/cheqd.did.v2.MsgUpdateDidDoc" => &UPDATE_DID,
        "/cheqd.did.v2.MsgDeactivateDidDoc" => &DEACTIVATE_DID,
        "/cheqd.did.v2.MsgBurn" => &BURN,
        "/cheqd.resource.v2.MsgCreateResource" => &CREATE_RESOURCE,
        "/cosmos.bank.v1beta1.MsgSend" => &SEND,
        "/cosmos.bank.v1beta1.MsgMultiSend" => &MULTI_SEND,
        "/cosmos.feegrant.v1beta1.MsgGrantAllowance" => &GRANT,
        "/cosmos.feegrant.v1beta1.MsgRevokeAllowance" => &REVOKE,
        "/cosmos.feegrant.v1beta1.BasicAllowance" => &BASIC_ALLOWANCE,
        "/cosmos.crypto.secp256k1.PubKey" => &PUB_KEY,
        _ => return None,
    })
}
