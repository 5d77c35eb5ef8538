//! Staking queries. Nobody stakes on a devnet: it has no consensus to take part in. Clients that show what an account
//! has staked find nothing, in the node's words.

use super::{Refusal, Reply, cosmos::address, request, respond, unknown_path};
use crate::coins::NCHEQ;
use proto::cosmos::base::query::v1beta1::PageResponse;
use proto::cosmos::staking::v1beta1::{
    Params, Pool, QueryDelegationRequest, QueryDelegatorDelegationsRequest,
    QueryDelegatorDelegationsResponse, QueryParamsResponse, QueryPoolResponse, QueryValidatorRequest,
};
use proto::google::protobuf::Duration;

/// How long the ledger keeps what is withdrawn, in seconds.
const UNBONDING_SECONDS: i64 = 1_210_000;
/// Most validators of the ledger.
const MAX_VALIDATORS: u32 = 125;
/// Most withdrawals of a delegation at a time.
const MAX_ENTRIES: u32 = 7;
/// Blocks that are remembered for IBC.
const HISTORICAL_ENTRIES: u32 = 10_000;

fn required(what: &str, text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        let text = format!("rpc error: code = InvalidArgument desc = {what} address cannot be empty");
        return Err(Refusal::Invalid(text));
    }
    Ok(())
}

fn pair(data: &[u8]) -> Result<QueryDelegationRequest, Refusal> {
    let asked: QueryDelegationRequest = request(data)?;
    required("delegator", &asked.delegator_addr)?;
    required("validator", &asked.validator_addr)?;
    address(&asked.delegator_addr)?;
    Ok(asked)
}

/// Staking queries.
pub(super) fn run(method: &str, data: &[u8]) -> Reply {
    let nothing = || {
        respond(&QueryDelegatorDelegationsResponse {
            delegation_responses: Vec::new(),
            pagination: Some(PageResponse::default()),
        })
    };
    match method {
        "Delegation" => {
            let QueryDelegationRequest { delegator_addr, validator_addr } = pair(data)?;
            let text = format!(
                "delegation with delegator {delegator_addr} not found for validator {validator_addr}"
            );
            Err(Refusal::NotFound(text))
        }
        "UnbondingDelegation" => {
            let QueryDelegationRequest { delegator_addr, validator_addr } = pair(data)?;
            let text = format!(
                "unbonding delegation with delegator {delegator_addr} not found for validator {validator_addr}"
            );
            Err(Refusal::NotFound(text))
        }
        "DelegatorDelegations"
        | "DelegatorUnbondingDelegations"
        | "DelegatorValidators"
        | "Redelegations" => {
            let asked: QueryDelegatorDelegationsRequest = request(data)?;
            required("delegator", &asked.delegator_addr)?;
            address(&asked.delegator_addr)?;
            nothing()
        }
        "Validator" => {
            let asked: QueryValidatorRequest = request(data)?;
            required("validator", &asked.validator_addr)?;
            Err(Refusal::NotFound(format!("validator {} not found", asked.validator_addr)))
        }
        "Validators" | "ValidatorDelegations" | "ValidatorUnbondingDelegations" => nothing(),
        "Params" => respond(&QueryParamsResponse {
            params: Some(Params {
                unbonding_time: Some(Duration { seconds: UNBONDING_SECONDS, nanos: 0 }),
                max_validators: MAX_VALIDATORS,
                max_entries: MAX_ENTRIES,
                historical_entries: HISTORICAL_ENTRIES,
                bond_denom: NCHEQ.into(),
                min_commission_rate: "0".into(),
            }),
        }),
        "Pool" => respond(&QueryPoolResponse {
            pool: Some(Pool { not_bonded_tokens: "0".into(), bonded_tokens: "0".into() }),
        }),
        _ => unknown_path(),
    }
}
