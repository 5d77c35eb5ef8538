//! `issueAccreditation`, and what changes an accreditation's status.

use super::{AccreditationPayload, job};
use crate::{
    asking::{Asking, asking},
    fault::{Result, as_named_here, of_projection},
    input::{self, ChangeAccreditationStatusInput, IssueAccreditationInput, invalid, members, required},
    reference::{Kind, not_found},
    view::kind::SigningMode,
    write::{Either, Options, Receipt, one_of, perform, perform_as},
};
use app::{
    Call, Fault,
    accreditation::{AccreditationStatusChanged, ChangeAccreditationStatus, IssueAccreditation},
    job::JobAct,
};
use async_graphql::{Context, Object};
use credentials::accreditation::Pointer;
use domain::{accreditation::AccreditationStatusAction as Action, id::ResourceId};

#[derive(Default)]
pub(super) struct AccreditationMutation;

#[Object]
impl AccreditationMutation {
    /// Grants rights in a trust chain and publishes the document. The chain above is verified first: nobody can grant what
    /// it does not permit.
    async fn issue_accreditation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: IssueAccreditationInput,
    ) -> Result<AccreditationPayload> {
        let options = Options::from(&input.write);
        if input.mode.0 == SigningMode::Client {
            let act = grant(input).map(|act| JobAct::AccreditationIssue(Box::new(act)));
            return job::open_as(ctx, options, act, as_named_here).await.map(Into::into);
        }
        // The use case chooses this id, before the command, in just this way.
        let shown =
            |call: &Call, _| Receipt::of(&ResourceId(call.derived("resource"))).by(call.operation(""));
        perform_as(ctx, options, grant(input), as_named_here, shown).await.map(Into::into)
    }

    /// Revokes a version of an accreditation for good; every chain through it stops verifying.
    async fn revoke_accreditation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ChangeAccreditationStatusInput,
    ) -> Result<AccreditationPayload> {
        changed(ctx, input, Action::Revoke).await
    }

    /// Suspends a version of an accreditation until it is reinstated.
    async fn suspend_accreditation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ChangeAccreditationStatusInput,
    ) -> Result<AccreditationPayload> {
        changed(ctx, input, Action::Suspend).await
    }

    /// Ends the suspension of a version of an accreditation.
    async fn reinstate_accreditation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ChangeAccreditationStatusInput,
    ) -> Result<AccreditationPayload> {
        changed(ctx, input, Action::Reinstate).await
    }
}

pub(super) fn grant(input: IssueAccreditationInput) -> Result<IssueAccreditation, Fault> {
    required("name", &input.name)?;
    if input.accredited_for.is_empty() {
        return Err(invalid("accreditedFor", "accreditedFor should name at least one schema"));
    }
    let attributes = input.attributes.map(|attributes| input::object("attributes", attributes));
    Ok(IssueAccreditation {
        kind: input.kind.into(),
        issuer: input::did("issuer", &input.issuer)?,
        subject: input::did("subject", &input.subject)?,
        name: input.name,
        schemas: input.accredited_for.into_iter().map(Into::into).collect(),
        parent: input.parent_accreditation,
        root: input.root_authorization,
        trust_framework: input.trust_framework,
        trust_framework_id: input.trust_framework_id,
        attributes: attributes.transpose()?.unwrap_or_default(),
        contexts: input.contexts.unwrap_or_default(),
        types: input.types.unwrap_or_default(),
        expiration_date: input::instant("expirationDate", input.expiration_date)?,
        status: input.credential_status.map(Into::into),
        securing: input::securing_of_accreditation(&input.securing)?,
        extra: members([("evidence", input.evidence), ("refreshService", input.refresh_service)]),
    })
}

async fn changed(
    ctx: &Context<'_>,
    input: ChangeAccreditationStatusInput,
    action: Action,
) -> Result<AccreditationPayload> {
    let options = Options::from(&input.write);
    let is_by_client = input.mode.0 == SigningMode::Client;
    let asked = change(asking(ctx)?, input, action).await;
    if is_by_client {
        let act = asked.map(|(_, change)| JobAct::AccreditationStatus(change));
        return job::open(ctx, options, act).await.map(Into::into);
    }
    let version = asked.as_ref().ok().and_then(|(version, _)| *version);
    let shown = |_: &Call, done: Option<AccreditationStatusChanged>| {
        let operation = done.as_ref().and_then(|done| done.applied.operation);
        let version = done.map(|done| done.resource).or(version);
        version.map(|version| Receipt::of(&version)).unwrap_or_default().by(operation)
    };
    perform(ctx, options, asked.map(|(_, change)| change), shown).await.map(Into::into)
}

async fn change(
    asking: &Asking,
    input: ChangeAccreditationStatusInput,
    action: Action,
) -> Result<(Option<ResourceId>, ChangeAccreditationStatus), Fault> {
    let did_url = match one_of(("id", input.id), ("didUrl", input.did_url))? {
        Either::First(id) => by_id(asking, &id).await?,
        Either::Second(did_url) => did_url,
    };
    let version = version_of(asking, &did_url).await?;
    Ok((version, ChangeAccreditationStatus { did_url, action, publish: input.publish.0 }))
}

async fn by_id(asking: &Asking, id: &str) -> Result<String, Fault> {
    let resource = Kind::Accreditation.raw(id);
    let row = asking.views().accreditations().by_resource(asking.customer(), resource).await;
    let row = row.map_err(of_projection)?;
    let row =
        row.ok_or_else(|| not_found("accreditation/not-found", "Accreditation", id).with("field", "id"))?;
    Ok(format!("{}/resources/{}", row.issuer, row.resource))
}

/// The version a DID URL names at the moment, if it is the caller's.
async fn version_of(asking: &Asking, did_url: &str) -> Result<Option<ResourceId>, Fault> {
    match Pointer::parse(did_url) {
        None => Ok(None),
        Some(Pointer::Version(version)) => Ok(Some(version)),
        Some(Pointer::Line(line)) => {
            let latest = asking.views().accreditations().latest(asking.customer(), line).await;
            Ok(latest.map_err(of_projection)?.map(|row| row.resource))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::{InputType as _, Value as GraphValue};
    use domain::accreditation::AccreditationKind;
    use serde_json::{Value, json};

    fn granted(more: &Value) -> Result<IssueAccreditation, Fault> {
        let did = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";
        let mut value = json!({"kind": "ATTEST", "issuer": did, "subject": did, "name": "n",
            "accreditedFor": [{"schemaId": "https://s.example", "types": ["A"]}], "parentAccreditation": "p"});
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let value = GraphValue::from_json(value).unwrap();
        grant(IssueAccreditationInput::parse(Some(value)).map_err(|_| "input").unwrap())
    }

    #[test]
    fn a_grant_is_mapped_to_the_use_case() {
        let grant = granted(&json!({"rootAuthorization": "r", "evidence": [1]})).unwrap();
        assert_eq!(grant.kind, AccreditationKind::Attest);
        assert_eq!((grant.parent.as_deref(), grant.root.as_deref()), (Some("p"), Some("r")));
        assert_eq!(Value::Object(grant.extra), json!({"evidence": [1]}));
        assert!(grant.attributes.is_empty() && grant.status.is_none());
    }

    #[test]
    fn what_is_missing_is_named() {
        let field = |more: Value| granted(&more).unwrap_err().members["field"].clone();
        assert_eq!(field(json!({"name": " "})), "name");
        assert_eq!(field(json!({"accreditedFor": []})), "accreditedFor");
        assert_eq!(field(json!({"issuer": "did:key:z"})), "issuer");
        assert_eq!(field(json!({"attributes": 1})), "attributes");
    }
}
