//! `GET /key/{kid}/uses`.

use crate::{Answer, Ask, Problem, check, key::milliseconds, paging::paging, schema::AnyObject};
use app::act;
use projections::{ActivityCategory, KeyUseFilter, KeyUseRow};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What a key has signed for, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyUses {
    /// How many there are on all pages.
    pub(super) total: u64,
    /// The page.
    pub(super) uses: Vec<KeyUse>,
}

/// One use of a key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyUse {
    /// What it was about.
    #[schema(value_type = String, example = "did")]
    category: ActivityCategory,
    /// What was done with it.
    #[schema(example = "did-update")]
    operation_name: String,
    /// The id of the thing.
    entity: String,
    /// The ledger operation, if it was for a ledger write.
    operation_id: Option<String>,
    /// The request it belonged to: `X-Request-Id` of its answer.
    request_id: String,
    /// Who acted: `type` and, where there is one, `id`.
    #[schema(value_type = AnyObject)]
    actor: Value,
    /// When.
    created_at: String,
}

impl From<KeyUseRow> for KeyUse {
    fn from(row: KeyUseRow) -> Self {
        Self {
            category: row.category,
            operation_name: row.action.name(),
            entity: row.entity,
            operation_id: row.operation.map(|operation| operation.to_string()),
            request_id: row.correlation.to_string(),
            actor: row.actor,
            created_at: milliseconds(row.created_at),
        }
    }
}

/// What a key of the caller has signed for: every signature of an identity key that is in the history.
#[utoipa::path(get, path = "/key/{kid}/uses",
    params(
        ("kid" = String, Path, description = "The key's id, hexadecimal."),
        ("page" = Option<u64>, Query, description = "Counts from 1."),
        ("limit" = Option<u64>, Query, description = "100 by default, at most 1000."),
    ),
    responses((status = 200, body = KeyUses), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn uses(ask: Ask) -> Result<Answer, Problem> {
    let kid = check::kid(ask.path.get("kid"))?;
    let paging = paging(&ask.query)?;
    super::read::row(&ask, &kid).await?;
    let filter = KeyUseFilter { kid: kid.0, network: ask.network(&act::EVENT_LIST)? };
    let page = ask.house.views.activities().key_uses(ask.call.who.customer, &filter, paging).await?;
    let uses = page.rows.into_iter().map(KeyUse::from).collect();
    Answer::ok(&KeyUses { total: page.total.unwrap_or_default(), uses })
}
