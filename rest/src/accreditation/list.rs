//! `GET /trust-registry/accreditation/list`.

use crate::{
    Answer, Ask, Problem, check,
    input::{INVALID, Query},
    paging::{CONTRACT_PAGE_ROWS_DEFAULT, page},
};
use app::{Fault, act};
use credentials::{format, vc};
use domain::{
    accreditation::{AccreditationKind, PublicationPhase},
    id::Did,
};
use projections::{AccreditationFilter, AccreditationRow};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Accreditations of the account.
#[derive(Debug, Serialize, ToSchema)]
struct AccreditationList {
    /// How many match, on all pages.
    total: u64,
    /// The signed credentials, newest first, each with its history in `metadata`.
    #[schema(value_type = Vec<Object>)]
    accreditations: Vec<Value>,
}

/// Accreditations the account published: the newest version of each line.
#[utoipa::path(get, path = "/trust-registry/accreditation/list",
    params(
        ("accreditationType" = String, Query, description = "`authorize`, `accredit` or `attest`."),
        ("network" = Option<String>, Query), ("did" = Option<String>, Query, description = "Who granted."),
        ("page" = Option<u64>, Query, description = "Counts from 1."),
        ("limit" = Option<u64>, Query, description = "10 by default, at most 1000.")),
    responses((status = 200, body = AccreditationList)))]
pub(super) async fn list(ask: Ask) -> Result<Answer, Problem> {
    let filter = filter(&ask.query)?;
    let network = ask.call.who.reach(&act::ACCREDITATION_LIST, filter.network)?;
    let filter = AccreditationFilter { network, ..filter };
    let paging = page(&ask.query, CONTRACT_PAGE_ROWS_DEFAULT)?.into();
    let page = ask.house.views.accreditations().list(ask.call.who.customer, &filter, paging).await?;
    let total = page.total.unwrap_or_default();
    let accreditations = page.rows.iter().map(shown).collect::<Result<_, Fault>>()?;
    Answer::ok(&AccreditationList { total, accreditations })
}

pub(super) fn filter(query: &Query) -> Result<AccreditationFilter, Fault> {
    let text = query.text("accreditationType").unwrap_or("undefined");
    let kind = AccreditationKind::named(text).ok_or_else(|| {
        let shown: String = text.chars().take(64).collect();
        let sentence =
            format!("Invalid accreditationType: {shown}. Must be one of: authorize, accredit, attest.");
        Fault::invalid(INVALID, sentence).with("field", "accreditationType")
    })?;
    Ok(AccreditationFilter {
        kind: Some(kind),
        network: query.text("network").map(check::network).transpose()?,
        issuer: query.text("did").map(Did::one_spelling),
        publications: vec![PublicationPhase::Published],
        latest_only: true,
        ..AccreditationFilter::default()
    })
}

fn shown(row: &AccreditationRow) -> Result<Value, Fault> {
    let mut credential = format::read(&row.description.credential).map_err(Fault::bug)?;
    let members = credential.as_object_mut().ok_or_else(|| Fault::bug("a credential that is no object"))?;
    let metadata = json!({
        "issuedCredentialId": row.resource,
        "providerId": "studio",
        "providerCredentialId": row.resource,
        "status": row.status,
        "statusUpdatedAt": vc::iso_millis(row.status_updated_at.unwrap_or(row.created_at)),
        "accreditationName": row.name,
        "didUrl": format!("{}/resources/{}", row.issuer, row.resource),
    });
    members.insert("metadata".to_owned(), metadata);
    Ok(credential)
}

#[cfg(test)]
pub(super) fn told(row: &AccreditationRow) -> Result<Value, Fault> {
    shown(row)
}
