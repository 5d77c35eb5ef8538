//! `/operations`: every ledger write of the caller, from the request to its end (docs/api.md#writes-that-touch-the-ledger).

use crate::{
    Answer, Ask, Problem, check,
    input::{Query, invalid},
    key::milliseconds,
    openapi::Tagged,
    paging::{next, walked},
    route::Endpoint,
};
use app::{Fault, act, operation::Intervene, port::interventions::Intervention};
use axum::{
    http::StatusCode,
    routing::{get, post},
};
use domain::id::{Instant, Network, OperationId};
use projections::{
    ActivityCategory, ActivityRow,
    operation::{Attempt, Operation, OperationFilter, OperationState},
};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

/// The list that `after` and `next` are places in.
const LIST: &str = "/operations";

/// A ledger write. Amounts are ncheq as strings.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Operation)]
pub struct OperationView {
    /// Its id.
    pub operation_id: String,
    /// `did-create`, `did-update`, `did-deactivate`, `resource-create`, `status-list-create`, `status-list-update` or
    /// `accreditation-publish`; `null` in the first moments.
    pub kind: Option<String>,
    /// The DID it writes under.
    pub did: Option<String>,
    /// `mainnet` or `testnet`.
    pub network: Option<String>,
    /// Where it stands.
    #[schema(value_type = State)]
    pub state: OperationState,
    /// Attempts so far that ended in a no.
    pub attempts: i32,
    /// What it is expected to cost.
    pub fee_quoted: Option<String>,
    /// What it cost.
    pub fee_paid: Option<String>,
    /// Its (last) transaction.
    pub tx_hash: Option<String>,
    /// The block it is in.
    pub height: Option<i64>,
    /// What is in the way, or why it failed.
    pub error: Option<String>,
    /// The same as a stable slug.
    pub code: Option<String>,
    /// When it is tried again, if that is known.
    pub next_try_at: Option<String>,
    /// Whether its attempts are used up, so that it waits for a retry or a skip; writes under the same DID wait behind it.
    pub dead: bool,
    /// When it was asked for.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// What was in its way so far, oldest first; only when read by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<AttemptView>>,
}

/// Where an operation stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Not sent yet, or waiting for money, the ledger, or an operator.
    Pending,
    /// In a transaction on its way.
    Submitted,
    /// On the ledger.
    Confirmed,
    /// It never will be.
    Failed,
    /// Cancelled before it was sent.
    Cancelled,
}

/// One thing that was in an operation's way.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttemptView {
    /// 1, 2, 3…
    pub no: i32,
    /// When.
    pub at: String,
    /// Stable slug.
    pub code: String,
    /// A sentence.
    pub reason: String,
    /// The transaction, if there was one.
    pub tx_hash: Option<String>,
    /// When it was to be tried again.
    pub next_try_at: Option<String>,
}

/// A page of operations, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationList {
    /// The page.
    pub operations: Vec<OperationView>,
    /// `after` of the next page; `null` on the last one.
    pub next: Option<String>,
}

impl From<Operation> for OperationView {
    fn from(row: Operation) -> Self {
        Self {
            operation_id: row.operation_id.to_string(),
            kind: Some(row.kind),
            did: Some(row.did),
            network: Some(row.network),
            state: row.state,
            attempts: row.attempts,
            fee_quoted: row.fee_quoted,
            fee_paid: row.fee_paid,
            tx_hash: row.tx_hash,
            height: row.height,
            error: row.error,
            code: row.code,
            next_try_at: row.next_try_at.map(milliseconds),
            dead: row.dead,
            created_at: milliseconds(row.created_at),
            updated_at: milliseconds(row.updated_at),
            history: None,
        }
    }
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        Self {
            no: attempt.no,
            at: milliseconds(attempt.at),
            code: attempt.code,
            reason: attempt.reason,
            tx_hash: attempt.tx_hash,
            next_try_at: attempt.next_try_at.map(milliseconds),
        }
    }
}

#[derive(OpenApi)]
#[openapi(paths(list, read, retry, skip, cancel))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/operations", &act::OPERATION_LIST, get(list)),
        Endpoint::get("/operations/{id}", &act::OPERATION_READ, get(read)),
        Endpoint::post("/operations/{id}/retry", &act::OPERATION_RETRY, post(retry)),
        Endpoint::post("/operations/{id}/skip", &act::OPERATION_SKIP, post(skip)),
        Endpoint::post("/operations/{id}/cancel", &act::OPERATION_CANCEL, post(cancel)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Operations", api: Docs::openapi() }
}

/// The caller's ledger writes.
#[utoipa::path(get, path = "/operations",
    params(
        ("state" = Option<State>, Query),
        ("dead" = Option<bool>, Query, description = "Only those whose attempts are used up; replaces `state`."),
        ("did" = Option<String>, Query, description = "Only under this DID."),
        ("kind" = Option<String>, Query), ("limit" = Option<u32>, Query, description = "100 by default and at most."),
        ("after" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = OperationList)))]
pub(crate) async fn list(ask: Ask) -> Result<Answer, Problem> {
    let network = ask.call.who.reach(&act::OPERATION_LIST, None)?;
    let filter = OperationFilter { network, ..filter(&ask.query)? };
    let page = ask.house.views.operations().list(ask.call.who.customer, &filter, walked(&ask, LIST)?).await?;
    Answer::ok(&OperationList {
        next: next(&ask, LIST, &page),
        operations: page.rows.into_iter().map(OperationView::from).collect(),
    })
}

fn filter(query: &Query) -> Result<OperationFilter, Fault> {
    let state = |text: &str| {
        serde_json::from_value(text.into()).map_err(|_| {
            invalid("state", "state should be one of pending, submitted, confirmed, failed, cancelled")
        })
    };
    let did = query.text("did").map(|did| check::cheqd_did("did", did)).transpose()?;
    Ok(OperationFilter {
        state: query.text("state").map(state).transpose()?,
        dead: query.flag("dead")?.unwrap_or(false),
        did: did.map(|did| did.to_string()),
        kind: query.text("kind").map(str::to_owned),
        ..OperationFilter::default()
    })
}

/// Tries a waiting write again now, with all its attempts before it. Takes back a request to cancel it.
#[utoipa::path(post, path = "/operations/{id}/retry",
    params(("id" = String, Path, description = "The operation.")),
    responses((status = 200, body = OperationView), (status = 404, body = crate::problem::ProblemBody),
        (status = 409, body = crate::problem::ProblemBody)))]
pub(crate) async fn retry(ask: Ask) -> Result<Answer, Problem> {
    intervene(&ask, Intervention::Retry).await
}

/// Gives up a write whose attempts are used up, so that what waits behind it under the same DID goes on. 202 while it is
/// still being found out whether it took effect.
#[utoipa::path(post, path = "/operations/{id}/skip",
    params(("id" = String, Path, description = "The operation.")),
    responses((status = 200, body = OperationView), (status = 202, body = OperationView),
        (status = 404, body = crate::problem::ProblemBody), (status = 409, body = crate::problem::ProblemBody)))]
pub(crate) async fn skip(ask: Ask) -> Result<Answer, Problem> {
    intervene(&ask, Intervention::Skip).await
}

/// Ends a write without effect, if it can still be kept from having one. 202 while it is still being found out whether it
/// took effect.
#[utoipa::path(post, path = "/operations/{id}/cancel",
    params(("id" = String, Path, description = "The operation.")),
    responses((status = 200, body = OperationView), (status = 202, body = OperationView),
        (status = 404, body = crate::problem::ProblemBody), (status = 409, body = crate::problem::ProblemBody)))]
pub(crate) async fn cancel(ask: Ask) -> Result<Answer, Problem> {
    intervene(&ask, Intervention::Cancel).await
}

async fn intervene(ask: &Ask, what: Intervention) -> Result<Answer, Problem> {
    let id = id(ask)?;
    let over = ask.done(Intervene { operation: id, what }).await?;
    let view = look(ask, id).await?.ok_or_else(|| not_found(id))?;
    // A repeat is told how it stands by then.
    let goes_on = matches!(view.state, OperationState::Pending | OperationState::Submitted);
    let is_done = over || what == Intervention::Retry || !goes_on;
    let status = if is_done { StatusCode::OK } else { StatusCode::ACCEPTED };
    Answer::new(status, &view)
}

fn id(ask: &Ask) -> Result<OperationId, Problem> {
    Ok(check::uuid("id", ask.path.get("id"), "The operation's id should be a UUID")?.into())
}

fn not_found(id: OperationId) -> Fault {
    Fault::not_found("operation/not-found", format!("Operation {id} does not exist."))
}

/// A ledger write of the caller.
#[utoipa::path(get, path = "/operations/{id}",
    params(("id" = String, Path, description = "From `Location` of a 202.")),
    responses((status = 200, body = OperationView), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn read(ask: Ask) -> Result<Answer, Problem> {
    let id = id(&ask)?;
    Answer::ok(&look(&ask, id).await?.ok_or_else(|| not_found(id))?)
}

/// What a write answers that goes on. The view is as fresh as a bounded wait makes it; if it cannot be read now, the write
/// stands all the same, and an error would invite a repeat.
pub(crate) async fn pending(ask: &Ask, operation: OperationId) -> OperationView {
    let visible = ask.house.studio.outcomes.all_visible().await;
    let found = match visible {
        Ok(_) => look(ask, operation).await,
        Err(fault) => Err(fault.into()),
    };
    let found = found.unwrap_or_else(|problem| {
        tracing::warn!(%operation, code = problem.fault().code, "a pending operation could not be read");
        None
    });
    let mut view = found.unwrap_or_else(|| OperationView::begun(operation, ask.call.at));
    view.history = None;
    view
}

/// The operation as the outbox knows it. A write whose event the outbox has not seen yet is known from its event alone, so
/// that the address a 202 gives out is never a 404. Of other networks than the caller's there is none.
async fn look(ask: &Ask, operation: OperationId) -> Result<Option<OperationView>, Problem> {
    let (views, who) = (&ask.house.views, &ask.call.who);
    let hides = |network: Network| who.hides(&act::OPERATION_READ, network);
    if let Some(found) = views.operations().get(who.customer, operation).await? {
        if found.operation.network.parse().is_ok_and(hides) {
            return Ok(None);
        }
        let mut view = OperationView::from(found.operation);
        view.history = Some(found.history.into_iter().map(AttemptView::from).collect());
        return Ok(Some(view));
    }
    let deed = views.activities().get(who.customer, operation.0).await?;
    Ok(deed.filter(|deed| !deed.network.is_some_and(hides)).and_then(OperationView::of_deed))
}

impl OperationView {
    /// Asked for a moment ago; nothing more is known.
    fn begun(operation: OperationId, at: Instant) -> Self {
        let at = milliseconds(at);
        Self {
            operation_id: operation.to_string(),
            kind: None,
            did: None,
            network: None,
            state: OperationState::Pending,
            attempts: 0,
            fee_quoted: None,
            fee_paid: None,
            tx_hash: None,
            height: None,
            error: None,
            code: None,
            next_try_at: None,
            dead: false,
            created_at: at.clone(),
            updated_at: at,
            history: None,
        }
    }

    /// From what was asked for; `None` for deeds that are no ledger write.
    fn of_deed(deed: ActivityRow) -> Option<Self> {
        let mut view = Self::begun(deed.operation?, deed.created_at);
        view.kind = deed.action.operation().map(|kind| kind.name().to_owned());
        view.did = (deed.category == ActivityCategory::Did).then_some(deed.entity);
        view.network = deed.network.map(|network| network.to_string());
        Some(view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use projections::ActivityAction;

    #[test]
    fn a_write_the_outbox_has_not_seen_is_known_from_its_event() {
        let deed = |action: ActivityAction, category, operation: Option<OperationId>| ActivityRow {
            activity: uuid::Uuid::nil(),
            customer: uuid::Uuid::nil().into(),
            category,
            action,
            entity: "did:cheqd:testnet:7Uhoi7PPzLUax2JtMkKRop".to_owned(),
            operation,
            network: Some(domain::id::Network::Testnet),
            status: projections::ActivityStatus::Pending,
            failure: None,
            tx_hash: None,
            fee_paid: None,
            actor: serde_json::Value::Null,
            correlation: uuid::Uuid::nil(),
            created_at: Instant::UNIX_EPOCH,
            updated_at: None,
            position: 1,
            changed: 1,
        };
        let id = Some(OperationId(uuid::Uuid::nil()));
        let view =
            OperationView::of_deed(deed(ActivityAction::DidCreate, ActivityCategory::Did, id)).unwrap();
        assert_eq!(view.kind.as_deref(), Some("did-create"));
        assert_eq!(view.did.as_deref(), Some("did:cheqd:testnet:7Uhoi7PPzLUax2JtMkKRop"));
        let view = OperationView::of_deed(deed(
            ActivityAction::AccreditationIssue,
            ActivityCategory::Accreditation,
            id,
        ));
        assert_eq!(view.unwrap().kind.as_deref(), Some("accreditation-publish"));
        assert!(
            OperationView::of_deed(deed(ActivityAction::KeyCreate, ActivityCategory::Key, None)).is_none()
        );
    }

    #[test]
    fn bad_filters_are_400() {
        let sentence = |text| filter(&Query::parse(text).unwrap()).map(drop).map_err(|fault| fault.public);
        sentence("state=pending").unwrap();
        assert!(sentence("state=zap").unwrap_err().starts_with("state should be one of"));
    }
}
