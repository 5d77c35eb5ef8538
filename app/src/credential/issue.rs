//! `POST /credential/issue`.

use super::{ReservedEntry, SealedCredential, Statement, StatusRequest, disclosure, reserve, reveal};
use crate::{
    Act, Call, Fault, FaultKind, Studio, Written,
    act::{CREDENTIAL_ISSUE, Spec},
    did,
    port::{Execute, commands::Meta},
    sign, trust, write,
};
use credentials::{
    format::{self, Securing},
    vc::{self, IssueInput},
};
use domain::{
    credential::{Credential, CredentialCommand, CredentialDescription},
    did::DidPhase,
    id::{CredentialId, CustomerId, Did, Instant, Network},
    json,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

domain::limits! {
    /// Largest credential that is signed, as JSON without status and proof: its token, a third longer, must be a text that
    /// verifiers read (`domain::json::TEXT_BYTES_MAX`).
    pub CREDENTIAL_BYTES_MAX: usize = 360_000, "bytes";
}

/// A credential to issue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IssueCredential {
    /// Who signs; a DID of the caller.
    pub issuer: Did,
    /// Whom it is about.
    pub subject_did: String,
    /// Claims.
    pub attributes: Map<String, Value>,
    /// Contexts.
    pub contexts: Vec<String>,
    /// Types.
    pub types: Vec<String>,
    /// RFC 3339 text, if it ends.
    pub expiration_date: Option<String>,
    /// Schema as given.
    pub schema: Option<Value>,
    /// Its status entry, if it shall have one.
    pub status: Option<StatusRequest>,
    /// How it is secured.
    #[serde(flatten)]
    pub securing: Securing,
    /// `termsOfUse`, `evidence`, `refreshService`, `id`: nothing else is let through.
    pub extra: Map<String, Value>,
}

/// An issued credential.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IssuedCredential {
    /// Our id of it.
    pub id: CredentialId,
    /// The credential with its proof, as the caller gets it.
    pub credential: Value,
}

/// Signs a credential and notes it; nothing goes to the ledger. Faults: `did/not-found`, `did/deactivated`,
/// `did/not-created`, `request/invalid`, `credential/invalid`, `credential/too-large` (413), those of the status list.
pub async fn issue(studio: &Studio, call: &Call, input: IssueCredential) -> Result<IssuedCredential, Fault> {
    let id = CredentialId(call.derived("credential"));
    if let Some(done) = issued_before(studio, call, id).await? {
        return Ok(done);
    }
    statement(&input).check()?;
    disclosure::check(&input)?;
    let signed_at = call.signing_time();
    readable(&input, signed_at)?;
    input.status.as_ref().map_or(Ok(()), StatusRequest::check)?;
    let issuer = did::writable(studio, call, &input.issuer).await?;
    if issuer.phase != DidPhase::Active {
        return Err(Fault::new(
            FaultKind::Conflict,
            "did/not-created",
            format!("{} is still on its way to the ledger.", input.issuer),
        ));
    }
    let status = match &input.status {
        Some(request) => Some(reserve(studio, call, &input.issuer, id, request).await?),
        None => None,
    };
    let unsigned = build(&input, status.as_ref(), signed_at)?;
    let by = (&input.issuer, &issuer);
    let securing = disclosure::seeded(studio, call, &input.securing, id).await?;
    let credential = sign::credential(studio, call, &securing, by, &unsigned).await?;
    let mark =
        format::mark_of(&credential).ok_or_else(|| Fault::bug("a signed credential without a mark"))?;
    let description = CredentialDescription {
        issuer: input.issuer.clone(),
        types: vc::types(&credential).into_iter().map(str::to_owned).collect(),
        format: input.securing.format.name().to_owned(),
        fingerprint: studio.vault.fingerprint(call.who.customer, mark.as_bytes()).await?,
        status: status.map(|status| status.reference),
        issuance_date: signed_at,
        expiration_date: input.expiration_date.as_deref().map(parse_date).transpose()?,
    };
    let plain = SealedCredential { subject_did: input.subject_did.clone(), credential: credential.clone() };
    let subject = reveal::subject(studio, call.who.customer, &input.subject_did).await?;
    let bytes = serde_json::to_vec(&plain).map_err(Fault::bug)?;
    let sealed = studio.vault.seal(call.who.customer, &subject, &bytes).await?;
    let command = CredentialCommand::Issue {
        credential: id,
        customer: call.who.customer,
        description,
        sealed,
        at: call.at,
    };
    let meta = Meta::of(call, "credential");
    let done = Execute::<Credential>::execute(&*studio.commands, &id.to_string(), command, meta).await?;
    write::visible(studio, done.token).await?;
    Ok(IssuedCredential { id, credential })
}

/// A repeat of the call answers what the first one signed, to the byte.
async fn issued_before(
    studio: &Studio,
    call: &Call,
    id: CredentialId,
) -> Result<Option<IssuedCredential>, Fault> {
    let state = Execute::<Credential>::load(&*studio.commands, &id.to_string()).await?.state;
    let Some(sealed) = state.sealed.filter(|_| state.customer == Some(call.who.customer)) else {
        return Ok(None);
    };
    let plain = reveal::reveal(studio, call.who.customer, &sealed).await?;
    let plain = plain.ok_or_else(|| {
        Fault::new(FaultKind::Conflict, "credential/erased", "The subject of this credential was erased.")
    })?;
    Ok(Some(IssuedCredential { id, credential: plain.credential }))
}

/// A credential that the customer has issued, as it was signed; `None` if there is none, and once its subject was erased.
pub(crate) async fn signed(
    studio: &Studio,
    customer: CustomerId,
    id: CredentialId,
) -> Result<Option<Value>, Fault> {
    let state = Execute::<Credential>::load(&*studio.commands, &id.to_string()).await?.state;
    let Some(sealed) = state.sealed.filter(|_| state.customer == Some(customer)) else { return Ok(None) };
    Ok(reveal::reveal(studio, customer, &sealed).await?.map(|plain| plain.credential))
}

fn statement(input: &IssueCredential) -> Statement<'_> {
    Statement {
        subject: &input.subject_did,
        attributes: &input.attributes,
        contexts: &input.contexts,
        types: &input.types,
        schema: input.schema.as_ref(),
        extra: &input.extra,
    }
}

/// What is signed must be read again, as a token and as JSON around it; its status entry and proof take some room more.
fn readable(input: &IssueCredential, at: Instant) -> Result<(), Fault> {
    let unsigned = build(input, None, at)?;
    input.securing.check(&unsigned).map_err(|error| sign::invalid(&error))?;
    let bytes = serde_json::to_vec(&unsigned).map_err(Fault::bug)?;
    if bytes.len() <= CREDENTIAL_BYTES_MAX && json::read(&bytes).is_ok() {
        return Ok(());
    }
    let sentence = format!(
        "The credential would have {} bytes; at most {CREDENTIAL_BYTES_MAX} can be signed, with no more than {} members and items.",
        bytes.len(),
        json::VALUES_MAX
    );
    Err(Fault::new(FaultKind::TooLarge, "credential/too-large", sentence))
}

pub(super) fn build(
    input: &IssueCredential,
    status: Option<&ReservedEntry>,
    at: Instant,
) -> Result<Value, Fault> {
    vc::build_credential(&IssueInput {
        issuer_did: input.issuer.as_str(),
        subject_did: &input.subject_did,
        attributes: &input.attributes,
        contexts: &input.contexts,
        types: &input.types,
        issuance_date: at,
        data_model: input.securing.data_model,
        expiration_date: input.expiration_date.as_deref(),
        credential_schema: input.schema.clone(),
        credential_status: status.map(|status| status.json.clone()),
        extra: &input.extra,
    })
    .map_err(|error| Fault::invalid("credential/invalid", error.to_string()))
}

/// An `expirationDate`. Faults: `credential/date-invalid`, `request/time-out-of-range`.
pub(crate) fn parse_date(text: &str) -> Result<Instant, Fault> {
    domain::calendar::parse_iso(text).map_err(|why| {
        let malformed = Fault::invalid("credential/date-invalid", "Expect to see ISO8601 date format");
        Fault::time("expirationDate", why, malformed)
    })
}

/// The issuer must exist and not be deactivated on the ledger too, whatever our record says.
pub(crate) async fn require_resolvable(studio: &Studio, did: &str) -> Result<(), Fault> {
    let unresolved = || {
        Fault::invalid(
            "did/unresolvable",
            format!("DID {did} is not resolved because of error from resolver: notFound."),
        )
    };
    let found = trust::did_document_at(studio, did, None).await?.ok_or_else(unresolved)?;
    if found.deactivated {
        return Err(Fault::invalid("did/deactivated", format!("{did} is deactivated")));
    }
    Ok(())
}

impl Act for IssueCredential {
    type Done = IssuedCredential;

    fn spec(&self) -> &'static Spec {
        &CREDENTIAL_ISSUE
    }

    fn network(&self) -> Option<Network> {
        Some(self.issuer.network())
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<IssuedCredential>, Fault> {
        // Asked for by a job: its signature costs nothing, and nothing is issued without it.
        if call.dry_run {
            return write::free(studio, self.issuer.network()).await;
        }
        issue(studio, call, self).await.map(Written::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safety_2_an_end_has_the_range_that_every_store_holds() {
        let code = |text: &str| parse_date(text).err().map(|fault| fault.code);
        // verdicts 15: the usual "never".
        for fine in
            ["9999-12-31T23:59:59Z", "9999-12-31", "0001-01-01T00:00:00Z", "2030-01-01T00:00:00+14:00"]
        {
            assert_eq!(code(fine), None, "{fine}");
        }
        for outside in
            ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "+12345-01-01"]
        {
            assert_eq!(code(outside), Some("request/time-out-of-range"), "{outside}");
        }
        assert_eq!(code("tomorrow"), Some("credential/date-invalid"));
    }
}
