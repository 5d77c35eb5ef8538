//! `POST /credential/revoke`, `/suspend` and `/reinstate`.

use super::GivenCredential;
use crate::{
    Act, Call, Fault, FaultKind, Studio, Written,
    act::{CREDENTIAL_REINSTATE, CREDENTIAL_REVOKE, CREDENTIAL_SUSPEND, Spec},
    port::{Execute, commands::Meta},
    status_list::{Applied, Change, StatusSelector, apply, publication_of},
    write,
};
use credentials::vc;
use domain::{
    credential::{Credential, CredentialCommand, CredentialStatus, StatusAction, StatusReference},
    id::{CredentialId, Did, Network},
    status_list::ListType,
};
use serde::{Deserialize, Serialize};

/// A change of a credential's status.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeCredentialStatus {
    /// The credential.
    pub credential: GivenCredential,
    /// What to do.
    pub action: StatusAction,
    /// The family the caller believes the list to be of; checked.
    pub list_type: Option<ListType>,
    /// Whether verifiers shall see it now.
    pub publish: bool,
    /// The caller's reason.
    pub reason: Option<String>,
}

impl ChangeCredentialStatus {
    /// Whom the credential is about, if it says so.
    pub(crate) fn subject(&self) -> Option<String> {
        let signed = self.credential.shown()?;
        Some(signed.get("credentialSubject")?.get("id")?.as_str()?.to_owned())
    }

    /// Who signed the credential, if that is a did:cheqd.
    pub(crate) fn issuer(&self) -> Option<Did> {
        let signed = self.credential.shown()?;
        Did::parse(vc::issuer_id(&signed)?).ok()
    }
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StatusChanged {
    /// The credential.
    pub id: CredentialId,
    /// Its entry.
    pub reference: StatusReference,
    /// Its value before.
    pub previous: CredentialStatus,
    /// The change of the list.
    pub applied: Applied,
}

domain::limits! {
    /// Longest reason of a status change, in characters.
    pub REASON_CHARS_MAX: usize = 1_024, "characters";
}

fn reason_can_be_kept(reason: &str) -> Result<(), Fault> {
    if reason.contains('\0') {
        return Err(Fault::invalid("malformed", "A text must not contain the character U+0000."));
    }
    if reason.chars().count() > REASON_CHARS_MAX {
        let sentence = format!("The reason is longer than {REASON_CHARS_MAX} characters.");
        return Err(Fault::invalid("malformed", sentence));
    }
    Ok(())
}

/// Revokes, suspends or reinstates a credential that the caller issued. Faults: `credential/not-found`,
/// `credential/no-status`, `credential/list-type-mismatch`, the refusals of credential and list (revocation is final:
/// 409).
pub async fn change_status(
    studio: &Studio,
    call: &Call,
    input: ChangeCredentialStatus,
) -> Result<Written<StatusChanged>, Fault> {
    let preparing = studio.status_turns.enter(call.who.customer);
    // Before the list is touched: what the credential's own event cannot hold must not be found out after it.
    input.reason.as_deref().map_or(Ok(()), reason_can_be_kept)?;
    let id = find(studio, call, &input.credential).await?;
    let state = Execute::<Credential>::load(&*studio.commands, &id.to_string()).await?.state;
    let description = state
        .description
        .clone()
        .filter(|_| state.customer == Some(call.who.customer))
        .ok_or_else(|| Fault::not_found("credential/not-found", "Credential not found"))?;
    let reference = description.status.ok_or_else(|| {
        Fault::invalid(
            "credential/no-status",
            "The credential has no credentialStatus, so its status cannot change.",
        )
    })?;
    if input.list_type.is_some_and(|asked| asked != reference.list_type) {
        return Err(Fault::invalid(
            "credential/list-type-mismatch",
            format!("The credential's status list is a {:?}.", reference.list_type),
        ));
    }
    // The rule first, the list second: an action the credential refuses must not touch the list.
    let command = |publication| CredentialCommand::ChangeStatus {
        customer: call.who.customer,
        action: input.action,
        reason: input.reason.clone(),
        publication,
        at: call.at,
    };
    domain::Aggregate::decide(&state, command(None)).map_err(|refusal| Fault::refused(&refusal))?;
    let change = Change {
        list: reference.list,
        entries: vec![(reference.index, Some(id))],
        selector: StatusSelector::Action(input.action),
        publish: input.publish,
    };
    let written = apply(studio, call, change, preparing).await?;
    if let Written::Quoted(quote) = written {
        return Ok(Written::Quoted(quote));
    }
    let (command, meta) = (command(publication_of(&written)), Meta::of(call, "credential"));
    let done = Execute::<Credential>::execute(&*studio.commands, &id.to_string(), command, meta).await?;
    write::visible(studio, done.token).await?;
    let previous = state.status;
    Ok(written.map(|applied| StatusChanged { id, reference, previous, applied }))
}

/// The caller's own record of the credential it shows.
async fn find(studio: &Studio, call: &Call, credential: &GivenCredential) -> Result<CredentialId, Fault> {
    let fingerprint = studio.vault.fingerprint(call.who.customer, credential.mark().as_bytes()).await?;
    studio.directory.credential_by_fingerprint(call.who.customer, &fingerprint).await?.ok_or_else(|| {
        Fault::new(
            FaultKind::NotFound,
            "credential/not-found",
            "This credential was not issued by this account, so its status cannot be changed here.",
        )
    })
}

impl Act for ChangeCredentialStatus {
    type Done = StatusChanged;

    fn spec(&self) -> &'static Spec {
        match self.action {
            StatusAction::Revoke => &CREDENTIAL_REVOKE,
            StatusAction::Suspend => &CREDENTIAL_SUSPEND,
            StatusAction::Reinstate => &CREDENTIAL_REINSTATE,
        }
    }

    fn network(&self) -> Option<Network> {
        self.issuer().map(|issuer| issuer.network())
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<StatusChanged>, Fault> {
        change_status(studio, call, self).await
    }
}
