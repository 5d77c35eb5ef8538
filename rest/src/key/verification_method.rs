//! `GET /key/{kid}/verification-method`.

use crate::{Answer, Ask, Problem, check, input::invalid};
use app::{
    did::VerificationMethodType,
    key::{self, MethodForm},
};

/// A key of the caller as a verification method of a DID document that is written elsewhere.
#[utoipa::path(get, path = "/key/{kid}/verification-method",
    params(
        ("kid" = String, Path, description = "The key's id, hexadecimal."),
        ("verificationMethodType" = String, Query,
            description = "`Ed25519VerificationKey2018`, `Ed25519VerificationKey2020` or `JsonWebKey2020`."),
        ("controller" = Option<String>, Query, description = "A DID of did:cheqd; one made of the key without."),
        ("id" = Option<String>, Query, description = "The fragment of its id; `key-1` without."),
    ),
    responses(
        (status = 200, description = "`id`, `type`, `controller` and the key.", body = serde_json::Map<String, Value>),
        (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn verification_method(ask: Ask) -> Result<Answer, Problem> {
    const UNKNOWN: &str = "Unsupported verificationMethod type";
    let kid = check::kid(ask.path.get("kid"))?;
    let method = ask.query.text("verificationMethodType").unwrap_or_default();
    let method: VerificationMethodType =
        method.parse().map_err(|_| invalid("verificationMethodType", UNKNOWN))?;
    let controller =
        ask.query.text("controller").map(|did| check::cheqd_did("controller", did)).transpose()?;
    let row = super::read::row(&ask, &kid).await?;
    let form = MethodForm { kind: method, controller: controller.as_ref(), fragment: ask.query.text("id") };
    Answer::ok(&key::method_of(row.algorithm, &row.public_key_hex, &form)?)
}
