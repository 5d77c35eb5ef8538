//! Reads over `abci_query` (docs/ledger.md#sending-and-finding).

use crate::{
    broadcast::too_large,
    client::{CallError, Node, log_text},
};
use app::port::chain::{ChainAccount, ChainFault, TxCode};
use domain::id::{Did, Ncheq};
use prost::Message;
use proto::{
    cheqd::{did::v2 as did, oracle::v2 as oracle, resource::v2 as resource},
    cosmos::{
        auth::v1beta1::{self as auth, BaseAccount},
        bank::v1beta1 as bank,
        base::query::v1beta1::PageRequest,
        vesting::v1beta1::ContinuousVestingAccount,
    },
    feemarket::feemarket::v1 as feemarket,
    google::protobuf::Any,
};
use tendermint_rpc::endpoint::abci_query;

/// The coin everything is paid in.
pub(crate) const DENOM: &str = "ncheq";
/// Entries asked for per page of a list. The v4.2 node ignores paging and sends all.
const PAGE_ENTRIES: u64 = 1_000;

domain::limits! {
    /// Pages read of one list before we give up on a node that never ends.
    PAGES_MAX: usize = 100, "pages";
}

/// A decoded answer and the height it was taken at.
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    pub(crate) height: u64,
}

/// Why a query brought no answer.
pub(crate) enum QueryFault {
    /// The application said no.
    Refused(TxCode),
    /// No answer at all.
    Chain(ChainFault),
}

impl From<ChainFault> for QueryFault {
    fn from(fault: ChainFault) -> Self {
        Self::Chain(fault)
    }
}

/// Whether a refusal means "there is no such thing" (code 22, and 6 or 18 with a text).
pub(crate) fn is_absence(refusal: &TxCode) -> bool {
    match refusal.code {
        22 => true,
        6 | 18 => refusal.log.contains("not found"),
        _ => false,
    }
}

impl Node {
    /// One query.
    pub(crate) async fn query<Request: Message, Response: Message + Default>(
        &self,
        path: &str,
        request: &Request,
    ) -> Result<Answer<Response>, QueryFault> {
        let request = abci_query::Request::new(Some(path.to_owned()), request.encode_to_vec(), None, false);
        let answer = match self.call(request).await {
            Ok(answer) => answer.response,
            // The node's no to these very bytes, which it will say again whenever it is asked.
            Err(CallError::TooLarge(log)) => return Err(QueryFault::Refused(too_large(log))),
            Err(error) => return Err(error.into_fault(self.network).into()),
        };
        if answer.code.value() != 0 {
            return Err(QueryFault::Refused(TxCode {
                code: answer.code.value(),
                codespace: answer.codespace,
                log: log_text(&answer.log),
            }));
        }
        let value = Response::decode(answer.value.as_slice())
            .map_err(|error| self.unexpected(format!("{path} answered undecodable bytes: {error}")))?;
        Ok(Answer { value, height: answer.height.value() })
    }

    /// A query whose refusal as absent is `None` and whose other refusals are faults.
    pub(crate) async fn find<Request: Message, Response: Message + Default>(
        &self,
        path: &str,
        request: &Request,
    ) -> Result<Option<Response>, ChainFault> {
        match self.query(path, request).await {
            Ok(answer) => Ok(Some(answer.value)),
            Err(QueryFault::Refused(refusal)) if is_absence(&refusal) => Ok(None),
            Err(fault) => Err(self.refused(path, fault)),
        }
    }

    pub(crate) fn refused(&self, path: &str, fault: QueryFault) -> ChainFault {
        match fault {
            QueryFault::Chain(fault) => fault,
            QueryFault::Refused(TxCode { code, codespace, log }) => {
                self.unexpected(format!("{path} refused with {codespace}/{code}: {log}"))
            }
        }
    }

    /// A fault with this text.
    pub(crate) fn unexpected(&self, detail: impl Into<String>) -> ChainFault {
        ChainFault::Unexpected { network: self.network, detail: detail.into() }
    }

    /// An account of any of the kinds that can pay.
    pub(crate) async fn account(&self, address: &str) -> Result<Option<ChainAccount>, ChainFault> {
        let request = auth::QueryAccountRequest { address: address.to_owned() };
        let answer: Option<auth::QueryAccountResponse> =
            self.find("/cosmos.auth.v1beta1.Query/Account", &request).await?;
        let Some(any) = answer.and_then(|answer| answer.account) else { return Ok(None) };
        let base = base_account(&any)
            .map_err(|error| self.unexpected(format!("account of type {}: {error}", any.type_url)))?;
        let base = base.ok_or_else(|| self.unexpected(format!("account of type {}", any.type_url)))?;
        Ok(Some(ChainAccount { number: base.account_number, sequence: base.sequence }))
    }

    /// ncheq of an account. For a vesting account this includes what is still locked.
    pub(crate) async fn balance(&self, address: &str) -> Result<Ncheq, ChainFault> {
        let path = "/cosmos.bank.v1beta1.Query/Balance";
        let request = bank::QueryBalanceRequest { address: address.to_owned(), denom: DENOM.to_owned() };
        let answer: Option<bank::QueryBalanceResponse> = self.find(path, &request).await?;
        let amount = answer.and_then(|answer| answer.balance).map_or_else(String::new, |coin| coin.amount);
        if amount.is_empty() {
            return Ok(Ncheq(0));
        }
        amount
            .parse()
            .map_err(|_| self.unexpected(format!("{path} answered an amount that is none: {amount}")))
    }

    /// The latest document of a DID, or the version with this id.
    pub(crate) async fn did_doc(
        &self,
        did: &Did,
        version: Option<&str>,
    ) -> Result<Option<did::DidDocWithMetadata>, ChainFault> {
        if let Some(version) = version {
            let request =
                did::QueryDidDocVersionRequest { id: did.to_string(), version: version.to_lowercase() };
            let answer: Option<did::QueryDidDocVersionResponse> =
                self.find("/cheqd.did.v2.Query/DidDocVersion", &request).await?;
            Ok(answer.and_then(|answer| answer.value))
        } else {
            let request = did::QueryDidDocRequest { id: did.to_string() };
            let answer: Option<did::QueryDidDocResponse> =
                self.find("/cheqd.did.v2.Query/DidDoc", &request).await?;
            Ok(answer.and_then(|answer| answer.value))
        }
    }

    /// Metadata of every version of a DID, in the node's order (by version id).
    pub(crate) async fn did_versions(&self, did: &Did) -> Result<Vec<did::Metadata>, ChainFault> {
        let mut versions = Vec::new();
        let mut key = Vec::new();
        for _ in 0..PAGES_MAX {
            let request = did::QueryAllDidDocVersionsMetadataRequest {
                id: did.to_string(),
                pagination: Some(page(std::mem::take(&mut key))),
            };
            let answer: Option<did::QueryAllDidDocVersionsMetadataResponse> =
                self.find("/cheqd.did.v2.Query/AllDidDocVersionsMetadata", &request).await?;
            let Some(answer) = answer else { return Ok(versions) };
            versions.extend(answer.versions);
            match answer.pagination {
                Some(next) if !next.next_key.is_empty() => key = next.next_key,
                _ => return Ok(versions),
            }
        }
        Err(self.unexpected("the list of versions does not end"))
    }

    /// One resource version with its data.
    pub(crate) async fn resource(
        &self,
        did: &Did,
        id: &str,
    ) -> Result<Option<resource::ResourceWithMetadata>, ChainFault> {
        let request = resource::QueryResourceRequest {
            collection_id: did.unique_id().to_owned(),
            id: id.to_lowercase(),
        };
        let answer: Option<resource::QueryResourceResponse> =
            self.find("/cheqd.resource.v2.Query/Resource", &request).await?;
        Ok(answer.and_then(|answer| answer.resource))
    }

    /// Metadata of one resource version.
    pub(crate) async fn resource_metadata(
        &self,
        did: &Did,
        id: &str,
    ) -> Result<Option<resource::Metadata>, ChainFault> {
        let request = resource::QueryResourceMetadataRequest {
            collection_id: did.unique_id().to_owned(),
            id: id.to_lowercase(),
        };
        let answer: Option<resource::QueryResourceMetadataResponse> =
            self.find("/cheqd.resource.v2.Query/ResourceMetadata", &request).await?;
        Ok(answer.and_then(|answer| answer.resource))
    }

    /// The latest version of a line of resources.
    pub(crate) async fn latest_resource(
        &self,
        did: &Did,
        name: &str,
        resource_type: &str,
    ) -> Result<Option<resource::ResourceWithMetadata>, ChainFault> {
        let request = resource::QueryLatestResourceVersionRequest {
            collection_id: did.unique_id().to_owned(),
            name: name.to_owned(),
            resource_type: resource_type.to_owned(),
        };
        let answer: Option<resource::QueryLatestResourceVersionResponse> =
            self.find("/cheqd.resource.v2.Query/LatestResourceVersion", &request).await?;
        Ok(answer.and_then(|answer| answer.resource))
    }

    /// Metadata of every resource of a DID, in the node's order (by resource id); empty for an unknown DID.
    pub(crate) async fn collection(&self, did: &Did) -> Result<Vec<resource::Metadata>, ChainFault> {
        let mut resources = Vec::new();
        let mut key = Vec::new();
        for _ in 0..PAGES_MAX {
            let request = resource::QueryCollectionResourcesRequest {
                collection_id: did.unique_id().to_owned(),
                pagination: Some(page(std::mem::take(&mut key))),
            };
            let answer: Option<resource::QueryCollectionResourcesResponse> =
                self.find("/cheqd.resource.v2.Query/CollectionResources", &request).await?;
            let Some(answer) = answer else { return Ok(resources) };
            resources.extend(answer.resources);
            match answer.pagination {
                Some(next) if !next.next_key.is_empty() => key = next.next_key,
                _ => return Ok(resources),
            }
        }
        Err(self.unexpected("the list of resources does not end"))
    }

    /// What DID operations cost, and the height of that answer.
    pub(crate) async fn did_params(&self) -> Result<Answer<did::FeeParams>, ChainFault> {
        let path = "/cheqd.did.v2.Query/Params";
        let answer: Answer<did::QueryParamsResponse> =
            self.query(path, &did::QueryParamsRequest {}).await.map_err(|fault| self.refused(path, fault))?;
        Ok(Answer { value: answer.value.params.unwrap_or_default(), height: answer.height })
    }

    /// What resources cost, and the height of that answer.
    pub(crate) async fn resource_params(&self) -> Result<Answer<resource::FeeParams>, ChainFault> {
        let path = "/cheqd.resource.v2.Query/Params";
        let answer: Answer<resource::QueryParamsResponse> = self
            .query(path, &resource::QueryParamsRequest {})
            .await
            .map_err(|fault| self.refused(path, fault))?;
        Ok(Answer { value: answer.value.params.unwrap_or_default(), height: answer.height })
    }

    /// The oracle's price of one CHEQ in dollars as the fee code uses it (WMA, balanced), scaled by 10^18. `None` when
    /// there is none yet or the chain has no oracle.
    pub(crate) async fn price(&self) -> Result<Option<String>, ChainFault> {
        let path = "/cheqd.oracle.v2.Query/WMA";
        let request = oracle::QueryWmaRequest {
            denom: "CHEQ".to_owned(),
            strategy: "BALANCED".to_owned(),
            custom_weights: Vec::new(),
        };
        match self.query::<_, oracle::QueryWmaResponse>(path, &request).await {
            Ok(answer) => Ok(Some(answer.value.price)),
            Err(QueryFault::Refused(refusal)) if is_absence(&refusal) || is_unknown_path(&refusal) => {
                Ok(None)
            }
            Err(fault) => Err(self.refused(path, fault)),
        }
    }

    /// The fee market's price per gas, scaled by 10^18 and before the factor 10^4; `None` on a chain
    /// without the module.
    pub(crate) async fn gas_price(&self) -> Result<Option<Answer<String>>, ChainFault> {
        let path = "/feemarket.feemarket.v1.Query/GasPrice";
        let request = feemarket::GasPriceRequest { denom: DENOM.to_owned() };
        match self.query::<_, feemarket::GasPriceResponse>(path, &request).await {
            Ok(answer) => Ok(answer
                .value
                .price
                .map(|price| Answer { value: price.amount, height: answer.height })
                .filter(|price| !price.value.is_empty())),
            Err(QueryFault::Refused(refusal)) if is_absence(&refusal) || is_unknown_path(&refusal) => {
                Ok(None)
            }
            Err(fault) => Err(self.refused(path, fault)),
        }
    }
}

pub(crate) fn is_unknown_path(refusal: &TxCode) -> bool {
    refusal.code == 6 && refusal.log.contains("unknown query path")
}

fn page(key: Vec<u8>) -> PageRequest {
    PageRequest { key, limit: PAGE_ENTRIES, ..PageRequest::default() }
}

/// Finds the base account inside the kinds of account that Cosmos chains have; `None` for another kind.
fn base_account(any: &Any) -> Result<Option<BaseAccount>, prost::DecodeError> {
    Ok(match any.type_url.as_str() {
        "/cosmos.auth.v1beta1.BaseAccount" => Some(BaseAccount::decode(any.value.as_slice())?),
        "/cosmos.auth.v1beta1.ModuleAccount" => {
            auth::ModuleAccount::decode(any.value.as_slice())?.base_account
        }
        "/cosmos.vesting.v1beta1.BaseVestingAccount" => {
            proto::cosmos::vesting::v1beta1::BaseVestingAccount::decode(any.value.as_slice())?.base_account
        }
        // The four that wrap a BaseVestingAccount do so in field 1; what follows it is of no use here.
        "/cosmos.vesting.v1beta1.ContinuousVestingAccount"
        | "/cosmos.vesting.v1beta1.DelayedVestingAccount"
        | "/cosmos.vesting.v1beta1.PeriodicVestingAccount"
        | "/cosmos.vesting.v1beta1.PermanentLockedAccount" => {
            ContinuousVestingAccount::decode(any.value.as_slice())?
                .base_vesting_account
                .and_then(|vesting| vesting.base_account)
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests;
