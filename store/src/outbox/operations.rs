//! The operations view: what `GET /operations` and `/operations/{id}` show (docs/api.md#writes-that-touch-the-ledger).

use domain::id::{CustomerId, Instant, Network, OperationId};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Row as _, postgres::PgRow, types::Json};
use uuid::Uuid;

domain::limits! {
    /// The most operations on a page.
    pub MAX_PAGE_OPERATIONS: u32 = 100, "rows";
}

/// Where an operation stands, as callers see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperationState {
    /// Not sent yet, or waiting for money, the ledger, or an operator.
    Pending,
    /// In a transaction on its way, or in a block and being recorded.
    Submitted,
    /// On the ledger.
    Confirmed,
    /// It never will be.
    Failed,
    /// Somebody cancelled it before it was sent.
    Cancelled,
}

impl OperationState {
    /// The states of rows that callers see as this one.
    fn rows(self) -> &'static [&'static str] {
        match self {
            Self::Pending => &["queued", "dead"],
            Self::Submitted => &["in_tx", "settling"],
            Self::Confirmed => &["confirmed"],
            Self::Failed => &["failed"],
            Self::Cancelled => &["cancelled"],
        }
    }

    fn of_row(state: &str) -> Result<Self, sqlx::Error> {
        [Self::Pending, Self::Submitted, Self::Confirmed, Self::Failed, Self::Cancelled]
            .into_iter()
            .find(|candidate| candidate.rows().contains(&state))
            .ok_or_else(|| sqlx::Error::Decode(format!("unknown operation state {state}").into()))
    }
}

/// One ledger write as callers see it. Amounts are ncheq as strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Its id.
    pub operation_id: OperationId,
    /// What it writes: `did-create`, `did-update`, `did-deactivate`, `resource-create`, `status-list-create`,
    /// `status-list-update` or `accreditation-publish`.
    pub kind: String,
    /// The DID it writes under.
    pub did: String,
    /// `mainnet` or `testnet`.
    pub network: String,
    /// Where it stands.
    pub state: OperationState,
    /// Attempts so far that ended in a no.
    pub attempts: i32,
    /// What it is expected to cost.
    pub fee_quoted: Option<String>,
    /// What it cost.
    pub fee_paid: Option<String>,
    /// Upper-case hex hash of its (last) transaction.
    pub tx_hash: Option<String>,
    /// The block it is in.
    pub height: Option<i64>,
    /// What is in the way, or why it failed: a sentence.
    pub error: Option<String>,
    /// The same as a stable slug.
    pub code: Option<String>,
    /// When it is tried again, if that is known.
    pub next_try_at: Option<Instant>,
    /// Whether its attempts are used up, so that it waits for an operator.
    pub dead: bool,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Its place in the order of everything; the cursor of lists.
    #[serde(skip)]
    pub position: i64,
}

/// One thing that was in its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// 1, 2, 3…
    pub no: i32,
    /// When.
    pub at: Instant,
    /// Stable slug.
    pub code: String,
    /// A sentence.
    pub reason: String,
    /// Upper-case hex hash of the transaction, if there was one.
    pub tx_hash: Option<String>,
    /// When it was to be tried again.
    pub next_try_at: Option<Instant>,
}

/// An operation with its attempts, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationDetail {
    /// The operation.
    #[serde(flatten)]
    pub operation: Operation,
    /// What was in its way so far.
    pub history: Vec<Attempt>,
}

/// Which operations a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationFilter {
    /// Only in this state.
    pub state: Option<OperationState>,
    /// Only those that wait for an operator.
    pub dead: bool,
    /// Only under this DID.
    pub did: Option<String>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only on this network.
    pub network: Option<Network>,
    /// Only those before this position (the last one of the page before).
    pub before: Option<i64>,
    /// How many; at most [`MAX_PAGE_OPERATIONS`].
    pub limit: u32,
}

/// A page of operations, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationPage {
    /// The operations.
    pub operations: Vec<Operation>,
    /// `before` of the next page, if there is one.
    pub next: Option<i64>,
}

const COLUMNS: &str = "o.operation, o.kind, o.ordering_key, o.network, o.state, o.attempts, \
     o.fee_quoted::text as fee_quoted, o.fee_paid::text as fee_paid, o.tx_hash, o.height, o.created_at, o.updated_at, \
     o.position, o.run_at, coalesce(o.code, l.hold_code) as code, coalesce(o.reason, l.hold_reason) as reason, \
     l.hold_code, l.hold_reason, case when l.hold_code is not null and l.wake_at < 'infinity' then l.wake_at end as wake_at";

fn operation(row: &PgRow) -> Result<Operation, sqlx::Error> {
    let stored: String = row.try_get("state")?;
    let state = OperationState::of_row(&stored)?;
    let waits = matches!(state, OperationState::Pending | OperationState::Submitted);
    let ended = !waits;
    let hold: Option<String> = row.try_get("hold_code")?;
    // What holds the whole lane says more than what last happened to this operation.
    let (code, error) = match (&stored[..], hold) {
        ("queued" | "in_tx", Some(hold)) => (Some(hold), row.try_get("hold_reason")?),
        _ if ended || stored == "dead" || stored == "queued" => {
            (row.try_get("code")?, row.try_get("reason")?)
        }
        _ => (None, None),
    };
    let confirmed = state == OperationState::Confirmed;
    let run_at: Instant = row.try_get("run_at")?;
    let wake_at: Option<Instant> = row.try_get("wake_at")?;
    let next_try_at =
        (stored == "queued" && code.is_some()).then(|| wake_at.map_or(run_at, |at| at.max(run_at)));
    Ok(Operation {
        operation_id: OperationId(row.try_get("operation")?),
        kind: row.try_get("kind")?,
        did: row.try_get("ordering_key")?,
        network: row.try_get("network")?,
        state,
        attempts: row.try_get("attempts")?,
        fee_quoted: row.try_get("fee_quoted")?,
        fee_paid: row.try_get("fee_paid")?,
        tx_hash: row.try_get("tx_hash")?,
        height: row.try_get("height")?,
        error: if confirmed { None } else { error },
        code: if confirmed { None } else { code },
        next_try_at,
        dead: stored == "dead",
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        position: row.try_get("position")?,
    })
}

/// Which part of a list, by places: positions of operations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OperationRange {
    /// Only those before this position.
    pub older_than: Option<i64>,
    /// Only those after this position.
    pub newer_than: Option<i64>,
    /// The oldest of the range first, instead of the newest.
    pub oldest: bool,
    /// How many.
    pub limit: u32,
}

/// The conditions on the customer and of the filter, the same for a list and its total: `$1` to `$5`.
const CONDITIONS: &str = "($1::uuid is null or o.customer = $1) and ($2::text[] is null or o.state = any($2))
     and ($3::text is null or o.ordering_key = $3) and ($4::text is null or o.kind = $4)
     and ($5::text is null or o.network = $5)";

impl OperationFilter {
    fn states(&self) -> Option<Vec<&'static str>> {
        if self.dead { Some(vec!["dead"]) } else { self.state.map(|state| state.rows().to_vec()) }
    }
}

/// The customer's operations within a range, in the order it asks for; everybody's without a customer (operators).
/// `before` and `limit` of the filter are not looked at.
pub async fn list_range(
    pool: &PgPool,
    customer: Option<CustomerId>,
    filter: &OperationFilter,
    range: &OperationRange,
) -> Result<Vec<Operation>, sqlx::Error> {
    let order = if range.oldest { "asc" } else { "desc" };
    let sql = format!(
        "select {COLUMNS} from outbox.ops o join outbox.lanes l using (network, payer)
         where {CONDITIONS} and o.position < $6 and o.position > $7 order by o.position {order} limit $8"
    );
    let rows = sqlx::query(&sql)
        .bind(customer.map(|customer| customer.0))
        .bind(filter.states())
        .bind(&filter.did)
        .bind(&filter.kind)
        .bind(filter.network.map(Network::as_str))
        .bind(range.older_than.unwrap_or(i64::MAX))
        .bind(range.newer_than.unwrap_or(i64::MIN))
        .bind(i64::from(range.limit))
        .fetch_all(pool)
        .await?;
    rows.iter().map(operation).collect()
}

/// How many operations of the customer match; everybody's without one (operators).
pub async fn count(
    pool: &PgPool,
    customer: Option<CustomerId>,
    filter: &OperationFilter,
) -> Result<u64, sqlx::Error> {
    let sql = format!("select count(*) from outbox.ops o where {CONDITIONS}");
    let count: i64 = sqlx::query_scalar(&sql)
        .bind(customer.map(|customer| customer.0))
        .bind(filter.states())
        .bind(&filter.did)
        .bind(&filter.kind)
        .bind(filter.network.map(Network::as_str))
        .fetch_one(pool)
        .await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// The customer's operations, newest first; everybody's without one (operators).
pub async fn list(
    pool: &PgPool,
    customer: Option<CustomerId>,
    filter: &OperationFilter,
) -> Result<OperationPage, sqlx::Error> {
    let limit = filter.limit.clamp(1, MAX_PAGE_OPERATIONS);
    let wanted = OperationRange { older_than: filter.before, limit: limit + 1, ..OperationRange::default() };
    let mut operations = list_range(pool, customer, filter, &wanted).await?;
    let page = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = operations.len() > page;
    operations.truncate(page);
    let next = operations.last().filter(|_| more).map(|last| last.position);
    Ok(OperationPage { operations, next })
}

/// Those of these operations that there are, whoever's they are, without what was in their way.
pub async fn of_anybody(pool: &PgPool, ids: &[OperationId]) -> Result<Vec<Operation>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let sql = format!(
        "select {COLUMNS} from outbox.ops o join outbox.lanes l using (network, payer) where o.operation = any($1)"
    );
    sqlx::query(&sql).bind(ids).fetch_all(pool).await?.iter().map(operation).collect()
}

/// One operation of the customer; of any customer without one (operators).
pub async fn get(
    pool: &PgPool,
    customer: Option<CustomerId>,
    id: OperationId,
) -> Result<Option<OperationDetail>, sqlx::Error> {
    Ok(get_many(pool, customer, &[id]).await?.into_iter().next())
}

/// Several operations of the customer with what was in their way; those that are not the customer's are left out.
pub async fn get_many(
    pool: &PgPool,
    customer: Option<CustomerId>,
    ids: &[OperationId],
) -> Result<Vec<OperationDetail>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let sql = format!(
        "select {COLUMNS}, (select json_agg(json_build_object('no', a.no, 'at', a.at, 'code', a.code, 'reason', a.reason,
             'txHash', a.tx_hash, 'nextTryAt', a.next_try_at) order by a.no)
             from outbox.attempts a where a.operation = o.operation) as history
         from outbox.ops o join outbox.lanes l using (network, payer)
         where o.operation = any($1) and ($2::uuid is null or o.customer = $2)"
    );
    let rows = sqlx::query(&sql).bind(ids).bind(customer.map(|customer| customer.0)).fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            let history: Option<Json<Vec<Attempt>>> = row.try_get("history")?;
            Ok(OperationDetail { operation: operation(row)?, history: history.unwrap_or_default().0 })
        })
        .collect()
}
