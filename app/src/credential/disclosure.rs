//! What an SD-JWT VC takes beside what every credential does.

use super::IssueCredential;
use super::issue::build;
use crate::{Call, Fault, Studio};
use credentials::format::{CredentialFormat, Disclosure, Securing};
use domain::id::CredentialId;

domain::limits! {
    /// Longest type of an SD-JWT VC, in characters.
    pub VCT_CHARS_MAX: usize = 1_024, "characters";
}

/// Whether the credential can become an SD-JWT, looked at before it is given an entry of a status list. Faults: `request/invalid`,
/// `credential/invalid`.
pub(super) fn check(input: &IssueCredential) -> Result<(), Fault> {
    if input.securing.format != CredentialFormat::SdJwtVc {
        let has_more = input.securing.disclosure.is_some();
        return if has_more { Err(Fault::about("vct", "vct: only an sd-jwt-vc has one")) } else { Ok(()) };
    }
    let asked = input.securing.disclosure.as_deref();
    let asked = asked.ok_or_else(|| Fault::about("vct", "vct: required for an sd-jwt-vc"))?;
    let length = asked.vct.chars().count();
    if length == 0 || length > VCT_CHARS_MAX || asked.vct.chars().any(char::is_control) {
        let sentence = format!("vct: should be a text of 1 to {VCT_CHARS_MAX} characters");
        return Err(Fault::about("vct", sentence));
    }
    // What would be left out is refused.
    let foreign = [
        ("@context", !input.contexts.is_empty()),
        ("type", !input.types.is_empty()),
        ("credentialSchema", input.schema.is_some()),
    ];
    let extra = input.extra.keys().map(|name| (name.as_str(), true));
    if let Some((name, _)) = foreign.into_iter().chain(extra).find(|(_, is_given)| *is_given) {
        return Err(Fault::about(name, format!("{name}: an sd-jwt-vc has none; its type is vct")));
    }
    let built = build(input, None, domain::id::Instant::UNIX_EPOCH)?;
    asked.suits(&built).map_err(|error| Fault::invalid("credential/invalid", error.to_string()))
}

/// With the seed of its salts: a secret of the vault's for this credential, the same again when a signature from outside was waited
/// for, and known to nobody else.
pub(super) async fn seeded(
    studio: &Studio,
    call: &Call,
    securing: &Securing,
    id: CredentialId,
) -> Result<Securing, Fault> {
    let Some(asked) = &securing.disclosure else { return Ok(securing.clone()) };
    let named = format!("salts of the disclosures of {id}");
    let seed = studio.vault.fingerprint(call.who.customer, named.as_bytes()).await?;
    let disclosure = Some(Box::new(Disclosure { seed, ..(**asked).clone() }));
    Ok(Securing { disclosure, ..securing.clone() })
}
