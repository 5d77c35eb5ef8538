//! What payers have.

use super::{
    row::{amount, fault},
    signals::CHANNEL,
};
use app::outbox::OutboxFault;
use domain::id::{Instant, Ncheq, Network};
use sqlx::{PgPool, Row as _};
use std::time::Duration;

/// What a payer had when it was last looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// `mainnet` or `testnet`.
    pub network: String,
    /// Its address.
    pub payer: String,
    /// What it had.
    pub ncheq: Ncheq,
    /// Whether that was under the operator's minimum.
    pub low: bool,
    /// When that was.
    pub seen_at: Instant,
    /// What a faucet said when it last refused.
    pub topup_error: Option<String>,
}

/// Notes what a payer has; a lane that is held for want of money looks again if it has become more. Gives whether it was
/// known to be low before.
pub async fn note_balance(
    pool: &PgPool,
    network: Network,
    payer: &str,
    ncheq: Ncheq,
    low: bool,
) -> Result<bool, OutboxFault> {
    sqlx::query_scalar(
        "with before as materialized (select ncheq, low from outbox.balances where network = $1 and payer = $2),
         noted as (insert into outbox.balances (network, payer, ncheq, low) values ($1, $2, $3::numeric, $4)
           on conflict (network, payer) do update set ncheq = excluded.ncheq, low = excluded.low,
             seen_at = clock_timestamp(), topup_error = case when excluded.low then balances.topup_error end),
         woken as (update outbox.lanes set bumps = bumps + 1, wake_at = clock_timestamp()
           where network = $1 and payer = $2 and hold_code = 'ledger/insufficient-funds'
             and $3::numeric > coalesce((select ncheq from before), 0) returning 1),
         told as materialized (select pg_notify($5, 'work') from woken)
         select coalesce((select low from before), false) and (select count(*) from told) >= 0",
    )
    .bind(network.as_str())
    .bind(payer)
    .bind(ncheq.to_string())
    .bind(low)
    .bind(CHANNEL)
    .fetch_one(pool)
    .await
    .map_err(fault)
}

/// Whether a faucet may be asked for this payer now: not if that was done within `every`, by any process.
pub async fn claim_topup(
    pool: &PgPool,
    network: Network,
    payer: &str,
    every: Duration,
) -> Result<bool, OutboxFault> {
    let claimed = sqlx::query(
        "update outbox.balances set topup_at = clock_timestamp() where network = $1 and payer = $2
           and (topup_at is null or topup_at < clock_timestamp() - make_interval(secs => $3))",
    )
    .bind(network.as_str())
    .bind(payer)
    .bind(every.as_secs_f64())
    .execute(pool)
    .await
    .map_err(fault)?;
    Ok(claimed.rows_affected() == 1)
}

/// Notes what a faucet said.
pub async fn note_topup(
    pool: &PgPool,
    network: Network,
    payer: &str,
    error: Option<&str>,
) -> Result<(), OutboxFault> {
    sqlx::query("update outbox.balances set topup_error = $3 where network = $1 and payer = $2")
        .bind(network.as_str())
        .bind(payer)
        .bind(error)
        .execute(pool)
        .await
        .map(|_| ())
        .map_err(fault)
}

/// The payers that were under the minimum when they were last looked at, poorest first, at most `limit`.
pub async fn low_balances(pool: &PgPool, limit: u32) -> Result<Vec<Balance>, OutboxFault> {
    let rows = sqlx::query(
        "select network, payer, ncheq::text as ncheq, low, seen_at, topup_error from outbox.balances
         where low order by ncheq, network, payer limit $1",
    )
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
    .map_err(fault)?;
    rows.iter()
        .map(|found| {
            let ncheq: String = found.try_get("ncheq").map_err(fault)?;
            Ok(Balance {
                network: found.try_get("network").map_err(fault)?,
                payer: found.try_get("payer").map_err(fault)?,
                ncheq: amount(&ncheq)?,
                low: found.try_get("low").map_err(fault)?,
                seen_at: found.try_get("seen_at").map_err(fault)?,
                topup_error: found.try_get("topup_error").map_err(fault)?,
            })
        })
        .collect()
}
