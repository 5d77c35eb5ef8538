//! A decoded transaction.

use crate::coins::amount_of;
use crate::failure::{Failure, Outcome, sdk};
use crate::wire::{self, tables};
use proto::cheqd::did::v2::{MsgBurn, MsgCreateDidDoc, MsgDeactivateDidDoc, MsgUpdateDidDoc};
use proto::cheqd::resource::v2::MsgCreateResource;
use proto::cosmos::bank::v1beta1::{MsgMultiSend, MsgSend};
use proto::cosmos::base::v1beta1::Coin;
use proto::cosmos::feegrant::v1beta1::{MsgGrantAllowance, MsgRevokeAllowance};
use proto::cosmos::tx::v1beta1::{AuthInfo, Fee, TxBody, TxRaw};
use proto::google::protobuf::Any;
use proto::{Message, Name, TypeUrl};
use sha2::{Digest, Sha256};

/// A message the ledger can execute.
#[derive(Debug, Clone)]
pub enum Msg {
    /// Creates a DID.
    CreateDid(MsgCreateDidDoc),
    /// Updates a DID.
    UpdateDid(MsgUpdateDidDoc),
    /// Deactivates a DID.
    DeactivateDid(MsgDeactivateDidDoc),
    /// Creates a resource.
    CreateResource(MsgCreateResource),
    /// Destroys own coins.
    Burn(MsgBurn),
    /// Moves coins.
    Send(MsgSend),
    /// Moves coins to many.
    MultiSend(MsgMultiSend),
    /// Grants a fee allowance.
    Grant(MsgGrantAllowance),
    /// Revokes a fee allowance.
    Revoke(MsgRevokeAllowance),
}

impl Msg {
    /// Whether the message pays a fixed or ranged identity fee.
    pub fn is_taxable(&self) -> bool {
        matches!(
            self,
            Self::CreateDid(_) | Self::UpdateDid(_) | Self::DeactivateDid(_) | Self::CreateResource(_)
        )
    }

    /// The type URL.
    pub fn type_url(&self) -> &'static str {
        match self {
            Self::CreateDid(_) => MsgCreateDidDoc::TYPE_URL,
            Self::UpdateDid(_) => MsgUpdateDidDoc::TYPE_URL,
            Self::DeactivateDid(_) => MsgDeactivateDidDoc::TYPE_URL,
            Self::CreateResource(_) => MsgCreateResource::TYPE_URL,
            Self::Burn(_) => MsgBurn::TYPE_URL,
            Self::Send(_) => MsgSend::TYPE_URL,
            Self::MultiSend(_) => MsgMultiSend::TYPE_URL,
            Self::Grant(_) => MsgGrantAllowance::TYPE_URL,
            Self::Revoke(_) => MsgRevokeAllowance::TYPE_URL,
        }
    }

    /// Addresses that must sign because of this message (identity messages have none).
    pub fn signers(&self) -> Vec<String> {
        match self {
            Self::CreateDid(_) | Self::UpdateDid(_) | Self::DeactivateDid(_) | Self::CreateResource(_) => {
                vec![]
            }
            Self::Burn(m) => vec![m.from_address.clone()],
            Self::Send(m) => vec![m.from_address.clone()],
            Self::MultiSend(m) => m.inputs.iter().map(|i| i.address.clone()).collect(),
            Self::Grant(m) => vec![m.granter.clone()],
            Self::Revoke(m) => vec![m.granter.clone()],
        }
    }
}

/// A decoded transaction.
#[derive(Debug, Clone)]
pub struct Tx {
    /// Hash of the bytes.
    pub hash: [u8; 32],
    /// Length of the bytes.
    pub size: u64,
    /// Signed parts as they travelled.
    pub raw: TxRaw,
    /// Body without the messages' bytes being needed again.
    pub body: TxBody,
    /// Signers and fee.
    pub auth: AuthInfo,
    /// Fee (all defaults when absent).
    pub fee: Fee,
    /// Messages in order.
    pub messages: Vec<Msg>,
}

/// SHA-256 of transaction bytes.
pub fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn decode<M: Message + Default>(bytes: &[u8]) -> Outcome<M> {
    M::decode(bytes).map_err(|e| sdk(2, e.to_string()))
}

fn check_amounts(coins: &[Coin]) -> Outcome<()> {
    match coins.iter().find(|c| amount_of(c).is_none()) {
        None => Ok(()),
        Some(c) => Err(sdk(2, format!("math/big: cannot unmarshal {:?} into a *big.Int", c.amount))),
    }
}

fn unpack<M: TypeUrl + Name>(any: &Any) -> Outcome<M> {
    decode(&any.value)
}

fn message(any: &Any) -> Outcome<Msg> {
    let msg = match any.type_url.as_str() {
        MsgCreateDidDoc::TYPE_URL => Msg::CreateDid(unpack(any)?),
        MsgUpdateDidDoc::TYPE_URL => Msg::UpdateDid(unpack(any)?),
        MsgDeactivateDidDoc::TYPE_URL => Msg::DeactivateDid(unpack(any)?),
        MsgCreateResource::TYPE_URL => Msg::CreateResource(unpack(any)?),
        MsgBurn::TYPE_URL => Msg::Burn(unpack(any)?),
        MsgSend::TYPE_URL => Msg::Send(unpack(any)?),
        MsgMultiSend::TYPE_URL => Msg::MultiSend(unpack(any)?),
        MsgGrantAllowance::TYPE_URL => Msg::Grant(unpack(any)?),
        MsgRevokeAllowance::TYPE_URL => Msg::Revoke(unpack(any)?),
        other => return Err(sdk(2, format!("unable to resolve type URL {other}"))),
    };
    match &msg {
        Msg::Send(m) => check_amounts(&m.amount)?,
        Msg::Burn(m) => check_amounts(&m.amount)?,
        Msg::MultiSend(m) => {
            for coins in m.inputs.iter().map(|i| &i.coins).chain(m.outputs.iter().map(|o| &o.coins)) {
                check_amounts(coins)?;
            }
        }
        _ => {}
    }
    Ok(msg)
}

impl Tx {
    /// Decodes transaction bytes as strictly as the ledger does.
    pub fn decode(bytes: &[u8]) -> Result<Self, Failure> {
        wire::check_adr027(bytes)?;
        wire::reject_unknown(bytes, &tables::TX_RAW, false)?;
        let raw: TxRaw = decode(bytes)?;
        wire::reject_unknown(&raw.body_bytes, &tables::TX_BODY, true)?;
        let body: TxBody = decode(&raw.body_bytes)?;
        if !body.extension_options.is_empty() || !body.non_critical_extension_options.is_empty() {
            return Err(sdk(2, "no registered implementations of type tx.TxExtensionOptionI"));
        }
        let messages = body.messages.iter().map(message).collect::<Outcome<Vec<_>>>()?;
        wire::reject_unknown(&raw.auth_info_bytes, &tables::AUTH_INFO, false)?;
        let auth: AuthInfo = decode(&raw.auth_info_bytes)?;
        let fee = auth.fee.clone().unwrap_or_default();
        check_amounts(&fee.amount)?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(Self { hash: hash(bytes), size, raw, body, auth, fee, messages })
    }

    /// Addresses that must sign: the messages' signers, then the fee payer, each once.
    pub fn signers(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let payer = Some(self.fee.payer.clone()).filter(|p| !p.is_empty());
        for address in self.messages.iter().flat_map(Msg::signers).chain(payer) {
            if !out.contains(&address) {
                out.push(address);
            }
        }
        out
    }

    /// Who pays the fee: the named payer, else the first signer.
    pub fn payer(&self) -> Option<String> {
        if self.fee.payer.is_empty() {
            self.signers().into_iter().next()
        } else {
            Some(self.fee.payer.clone())
        }
    }

    /// Whether the whole transaction pays identity fees instead of gas fees.
    pub fn is_taxable(&self) -> bool {
        self.messages.iter().any(Msg::is_taxable)
    }
}
