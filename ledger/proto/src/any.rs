//! Packing of messages into `google.protobuf.Any`.

use crate::google::protobuf::Any;
use prost::{DecodeError, Message, Name};

/// A message with a constant type URL: everything that travels inside an [`Any`].
pub trait TypeUrl: Message + Name + Default {
    /// The type URL with its leading slash, for example `/cheqd.did.v2.MsgCreateDidDoc`.
    const TYPE_URL: &'static str;
}

/// Packs a message.
pub fn to_any<M: TypeUrl>(message: &M) -> Any {
    Any { type_url: M::TYPE_URL.to_owned(), value: message.encode_to_vec() }
}

/// Unpacks a message.
///
/// # Errors
/// When the type URL is another one or the bytes are not such a message.
pub fn from_any<M: TypeUrl>(any: &Any) -> Result<M, DecodeError> {
    if any.type_url != M::TYPE_URL {
        return Err(DecodeError::new(format!("expected type URL {}, got {}", M::TYPE_URL, any.type_url)));
    }
    M::decode(any.value.as_slice())
}

macro_rules! type_urls {
    ($($message:ty => $url:literal),+ $(,)?) => {
        $(
            impl $message {
                /// The type URL of this message.
                pub const TYPE_URL: &'static str = $url;
            }

            impl TypeUrl for $message {
                const TYPE_URL: &'static str = $url;
            }
        )+

        #[cfg(test)]
        mod tests {
            use super::TypeUrl;
            use prost::Name;

            #[test]
            fn constants_equal_the_names_in_the_proto_files() {
                $(assert_eq!(<$message as TypeUrl>::TYPE_URL, <$message as Name>::type_url());)+
            }
        }
    };
}

type_urls! {
    crate::cheqd::did::v2::MsgCreateDidDoc => "/cheqd.did.v2.MsgCreateDidDoc",
    crate::cheqd::did::v2::MsgCreateDidDocResponse => "/cheqd.did.v2.MsgCreateDidDocResponse",
    crate::cheqd::did::v2::MsgUpdateDidDoc => "/cheqd.did.v2.MsgUpdateDidDoc",
    crate::cheqd::did::v2::MsgUpdateDidDocResponse => "/cheqd.did.v2.MsgUpdateDidDocResponse",
    crate::cheqd::did::v2::MsgDeactivateDidDoc => "/cheqd.did.v2.MsgDeactivateDidDoc",
    crate::cheqd::did::v2::MsgDeactivateDidDocResponse => "/cheqd.did.v2.MsgDeactivateDidDocResponse",
    crate::cheqd::did::v2::MsgBurn => "/cheqd.did.v2.MsgBurn",
    crate::cheqd::did::v2::MsgBurnResponse => "/cheqd.did.v2.MsgBurnResponse",
    crate::cheqd::did::v2::MsgMint => "/cheqd.did.v2.MsgMint",
    crate::cheqd::did::v2::MsgMintResponse => "/cheqd.did.v2.MsgMintResponse",
    crate::cheqd::did::v2::MsgUpdateParams => "/cheqd.did.v2.MsgUpdateParams",
    crate::cheqd::did::v2::MsgUpdateParamsResponse => "/cheqd.did.v2.MsgUpdateParamsResponse",
    crate::cheqd::resource::v2::MsgCreateResource => "/cheqd.resource.v2.MsgCreateResource",
    crate::cheqd::resource::v2::MsgCreateResourceResponse => "/cheqd.resource.v2.MsgCreateResourceResponse",
    crate::cheqd::resource::v2::MsgUpdateParams => "/cheqd.resource.v2.MsgUpdateParams",
    crate::cheqd::resource::v2::MsgUpdateParamsResponse => "/cheqd.resource.v2.MsgUpdateParamsResponse",
    crate::cosmos::auth::v1beta1::BaseAccount => "/cosmos.auth.v1beta1.BaseAccount",
    crate::cosmos::auth::v1beta1::ModuleAccount => "/cosmos.auth.v1beta1.ModuleAccount",
    crate::cosmos::vesting::v1beta1::BaseVestingAccount => "/cosmos.vesting.v1beta1.BaseVestingAccount",
    crate::cosmos::vesting::v1beta1::ContinuousVestingAccount => "/cosmos.vesting.v1beta1.ContinuousVestingAccount",
    crate::cosmos::vesting::v1beta1::DelayedVestingAccount => "/cosmos.vesting.v1beta1.DelayedVestingAccount",
    crate::cosmos::vesting::v1beta1::PeriodicVestingAccount => "/cosmos.vesting.v1beta1.PeriodicVestingAccount",
    crate::cosmos::bank::v1beta1::MsgSend => "/cosmos.bank.v1beta1.MsgSend",
    crate::cosmos::bank::v1beta1::MsgSendResponse => "/cosmos.bank.v1beta1.MsgSendResponse",
    crate::cosmos::bank::v1beta1::MsgMultiSend => "/cosmos.bank.v1beta1.MsgMultiSend",
    crate::cosmos::bank::v1beta1::MsgMultiSendResponse => "/cosmos.bank.v1beta1.MsgMultiSendResponse",
    crate::cosmos::crypto::secp256k1::PubKey => "/cosmos.crypto.secp256k1.PubKey",
    crate::cosmos::feegrant::v1beta1::BasicAllowance => "/cosmos.feegrant.v1beta1.BasicAllowance",
    crate::cosmos::feegrant::v1beta1::MsgGrantAllowance => "/cosmos.feegrant.v1beta1.MsgGrantAllowance",
    crate::cosmos::feegrant::v1beta1::MsgGrantAllowanceResponse => "/cosmos.feegrant.v1beta1.MsgGrantAllowanceResponse",
    crate::cosmos::feegrant::v1beta1::MsgRevokeAllowance => "/cosmos.feegrant.v1beta1.MsgRevokeAllowance",
    crate::cosmos::feegrant::v1beta1::MsgRevokeAllowanceResponse => "/cosmos.feegrant.v1beta1.MsgRevokeAllowanceResponse",
    crate::cosmos::tx::v1beta1::Tx => "/cosmos.tx.v1beta1.Tx",
}
