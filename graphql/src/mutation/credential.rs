//! `issueCredential`, and what changes a credential's status.

use super::{CredentialPayload, IssueCredentialPayload, job};
use crate::{
    asking::{Asking, asking},
    fault::{Result, as_named_here, of_projection},
    input::{self, ChangeCredentialStatusInput, IssueCredentialInput, members},
    reference::{Kind, not_found},
    view::kind::SigningMode,
    write::{Either, Options, Receipt, one_of, perform, perform_as},
};
use app::{
    Call, Fault, FaultKind,
    credential::{
        ChangeCredentialStatus, GivenCredential, IssueCredential, IssuedCredential, StatusChanged, reveal,
    },
    job::JobAct,
};
use async_graphql::{Context, Object};
use domain::{credential::StatusAction, id::CredentialId};
use serde_json::Value;

#[derive(Default)]
pub(super) struct CredentialMutation;

#[Object]
impl CredentialMutation {
    /// Signs a credential. Nothing goes to the ledger.
    async fn issue_credential(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: IssueCredentialInput,
    ) -> Result<IssueCredentialPayload> {
        let options = Options::from(&input.keyed);
        if input.mode.0 == SigningMode::Client {
            let act = new_credential(input).map(JobAct::CredentialIssue);
            return job::open_as(ctx, options, act, as_named_here).await.map(Into::into);
        }
        let shown = |_: &_, issued: Option<IssuedCredential>| {
            issued.map(|issued| Receipt::of(&issued.id)).unwrap_or_default()
        };
        perform_as(ctx, options, new_credential(input), as_named_here, shown).await.map(Into::into)
    }

    /// Revokes a credential for good.
    async fn revoke_credential(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ChangeCredentialStatusInput,
    ) -> Result<CredentialPayload> {
        changed(ctx, input, StatusAction::Revoke).await
    }

    /// Suspends a credential until it is reinstated.
    async fn suspend_credential(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ChangeCredentialStatusInput,
    ) -> Result<CredentialPayload> {
        changed(ctx, input, StatusAction::Suspend).await
    }

    /// Ends the suspension of a credential.
    async fn reinstate_credential(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ChangeCredentialStatusInput,
    ) -> Result<CredentialPayload> {
        changed(ctx, input, StatusAction::Reinstate).await
    }
}

fn new_credential(input: IssueCredentialInput) -> Result<IssueCredential, Fault> {
    Ok(IssueCredential {
        issuer: input::did("issuer", &input.issuer)?,
        subject_did: input.subject,
        attributes: input::object("attributes", input.attributes)?,
        contexts: input.contexts.unwrap_or_default(),
        types: input.types.unwrap_or_default(),
        expiration_date: input::instant("expirationDate", input.expiration_date)?,
        schema: input.credential_schema.map(Into::into),
        status: input.credential_status.map(Into::into),
        securing: input::securing_of_credential(&input.securing, input.sd_jwt_vc)?,
        extra: members([
            ("termsOfUse", input.terms_of_use),
            ("evidence", input.evidence),
            ("refreshService", input.refresh_service),
            ("id", input.credential_uri.map(Value::String)),
        ]),
    })
}

async fn changed(
    ctx: &Context<'_>,
    input: ChangeCredentialStatusInput,
    action: StatusAction,
) -> Result<CredentialPayload> {
    let options = Options::from(&input.write);
    let asking = asking(ctx)?;
    let is_by_client = input.mode.0 == SigningMode::Client;
    let asked = change(asking, input, action).await;
    if is_by_client {
        let act = asked.map(|(_, change)| JobAct::CredentialStatus(change));
        return job::open(ctx, options, act).await.map(Into::into);
    }
    let id = asked.as_ref().ok().and_then(|(id, _)| *id);
    let shown = |_: &Call, done: Option<StatusChanged>| {
        let operation = done.as_ref().and_then(|done| done.applied.operation);
        let id = done.map(|done| done.id).or(id);
        id.map(|id| Receipt::of(&id)).unwrap_or_default().by(operation)
    };
    perform(ctx, options, asked.map(|(_, change)| change), shown).await.map(Into::into)
}

async fn change(
    asking: &Asking,
    input: ChangeCredentialStatusInput,
    action: StatusAction,
) -> Result<(Option<CredentialId>, ChangeCredentialStatus), Fault> {
    let (id, credential) = match one_of(("id", input.id), ("credential", input.credential))? {
        Either::First(id) => by_id(asking, &id).await?,
        Either::Second(credential) => {
            let credential = GivenCredential::accept(&credential)?;
            (by_text(asking, &credential).await?, credential)
        }
    };
    let (list_type, publish) = (input.list_type.map(Into::into), input.publish.0);
    Ok((id, ChangeCredentialStatus { credential, action, list_type, publish, reason: input.reason }))
}

/// The caller's credential as it was signed; the use case wants the text itself.
async fn by_id(asking: &Asking, id: &str) -> Result<(Option<CredentialId>, GivenCredential), Fault> {
    let missing = || not_found("credential/not-found", "Credential", id).with("field", "id");
    let credential = CredentialId(Kind::Credential.uuid(id).ok_or_else(missing)?);
    let row = asking.views().credentials().get(asking.customer(), credential).await.map_err(of_projection)?;
    let sealed = row.ok_or_else(missing)?.sealed.ok_or_else(|| {
        let sentence = "This is an accreditation: change its status with the mutations for accreditations.";
        Fault::invalid("credential/is-accreditation", sentence).with("field", "id")
    })?;
    let plain = reveal(asking.studio(), asking.customer(), &sealed).await?.ok_or_else(|| {
        Fault::new(FaultKind::Conflict, "credential/erased", "The subject of this credential was erased.")
    })?;
    Ok((Some(credential), GivenCredential::accept(&plain.credential)?))
}

/// Which of the caller's credentials this is; the use case says better what is wrong if it is none.
async fn by_text(asking: &Asking, credential: &GivenCredential) -> Result<Option<CredentialId>, Fault> {
    let studio = asking.studio();
    let fingerprint = studio.vault.fingerprint(asking.customer(), credential.mark().as_bytes()).await?;
    studio.directory.credential_by_fingerprint(asking.customer(), &fingerprint).await
}
