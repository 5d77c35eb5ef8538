//! `GET` and `PUT /trust-registry/roots`: which roots of trust chains the account trusts.

use crate::{Answer, Ask, Problem, check, input::invalid};
use app::trust;
use domain::accreditation::{AccreditationKind, PublicationPhase};
use projections::{AccreditationFilter, LIST_ROWS_MAX, Paging};
use serde::Serialize;
use utoipa::ToSchema;

/// The roots that the account trusts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TrustedRoots {
    /// The account's list: DIDs (every root authorisation of the DID), or DID URLs of root authorisations by id (exactly
    /// this version) or by name (whichever version).
    roots: Vec<String>,
    /// Its own root authorisations, by exact DID URL; newest first. They are always trusted.
    own_roots: Vec<String>,
}

/// The list to be.
#[derive(Debug, Serialize, ToSchema)]
struct TrustedRootsRequest {
    /// The whole list; it takes the place of the one before. At most 100.
    roots: Vec<String>,
}

/// Which roots of trust chains are trusted when `verifyTrustChain` is asked for.
#[utoipa::path(get, path = "/trust-registry/roots", responses((status = 200, body = TrustedRoots)))]
pub(super) async fn read(ask: Ask) -> Result<Answer, Problem> {
    let roots = trust::trusted_roots(&ask.house.studio, ask.call.who.customer).await?;
    answer(&ask, roots).await
}

/// Replaces the list. It is recorded: what was trusted at an instant can be told from the log.
#[utoipa::path(put, path = "/trust-registry/roots",
    request_body(content(
        (TrustedRootsRequest = "application/json"),
        (TrustedRootsRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = TrustedRoots)))]
pub(super) async fn write(ask: Ask) -> Result<Answer, Problem> {
    const SENTENCE: &str = "roots should be an array of DIDs or DID URLs";
    let given = ask.input.array("roots", SENTENCE)?.ok_or_else(|| invalid("roots", SENTENCE))?;
    let given = check::texts("roots", &given, SENTENCE)?;
    let roots = ask.done(trust::SetTrustedRoots(given)).await?;
    answer(&ask, roots).await
}

async fn answer(ask: &Ask, roots: Vec<String>) -> Result<Answer, Problem> {
    let filter = AccreditationFilter {
        kind: Some(AccreditationKind::Authorize),
        publications: vec![PublicationPhase::Published],
        latest_only: true,
        ..AccreditationFilter::default()
    };
    let paging = Paging::page(Some(1), Some(LIST_ROWS_MAX.into()));
    let own = ask.house.views.accreditations().list(ask.call.who.customer, &filter, paging).await?;
    let own_roots = own.rows.iter().map(|row| format!("{}/resources/{}", row.issuer, row.resource)).collect();
    Answer::ok(&TrustedRoots { roots, own_roots })
}
