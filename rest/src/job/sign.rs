//! `POST /jobs/{id}/signatures`.

use crate::{
    Answer, Ask, Input, Problem,
    input::invalid,
    schema::{AnyObject, SigningResponse},
};
pub(crate) use app::job::SIGNATURES_FIELD as RESPONSE;
use app::{
    Fault, Written,
    data::any_base64,
    job::{Signatory, SubmitSignatures, Submitted},
};
use axum::http::StatusCode;
use domain::{id::JobId, job::WantedSignature};
use serde_json::Value;
use utoipa::ToSchema;

const SECRET: &str = "secret";

/// Signatures, at the top or in `secret`, as DIF's DID Registration has it.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct SignaturesBody {
    /// By the names of `signingRequest`, or as a list.
    #[schema(value_type = Option<SigningResponse>)]
    pub signing_response: Option<Value>,
    /// An object with `signingResponse` in it.
    #[schema(value_type = Option<AnyObject>)]
    pub secret: Option<Value>,
}

/// One signature.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct SignatureBody {
    /// DID URL of the verification method; needed in a list. Beside the name of a `signingRequest`, it must be the one that is asked
    /// for there.
    pub kid: Option<String>,
    /// The same by another name.
    pub verification_method_id: Option<String>,
    /// The signature, base64 or base64url.
    pub signature: String,
}

/// Gives signatures. Once everybody who must sign has signed, what waited is done. Without any signature, what was interrupted
/// after the last one is begun again.
#[utoipa::path(post, path = "/jobs/{id}/signatures",
    params(("id" = String, Path, description = "The job.")),
    request_body(content((SignaturesBody = "application/json"), (SignaturesBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = super::JobView), (status = 202, body = super::JobView),
        (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn sign(ask: Ask) -> Result<Answer, Problem> {
    super::may_read(&ask)?;
    let act = parse(super::id(&ask)?, &ask.input)?;
    match ask.perform(act).await? {
        Written::Done(job) => {
            let view = super::view::of(&ask, job).await?;
            let is_over = matches!(view.did_state.state, "finished" | "failed");
            let status = if is_over { StatusCode::OK } else { StatusCode::ACCEPTED };
            Ok(Answer::new(status, &view)?.at(format!("/jobs/{job}")))
        }
        other => Answer::written(&ask, StatusCode::OK, other, |_| ()).await,
    }
}

/// The signatures of a body for a job. Faults `request/invalid`.
pub(crate) fn parse(job: JobId, input: &Input) -> Result<SubmitSignatures, Fault> {
    let secret = input.nested(SECRET, "secret should be an object")?;
    let response = input.value(RESPONSE).or_else(|| secret.and_then(|secret| secret.value(RESPONSE)));
    let signatures = match response {
        None => Vec::new(),
        Some(Value::Object(named)) => {
            named.iter().map(|(name, given)| signature(Some(name), given)).collect::<Result<_, _>>()?
        }
        Some(Value::Array(listed)) => {
            listed.iter().map(|given| signature(None, given)).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(invalid(RESPONSE, "signingResponse should be an object or an array")),
    };
    Ok(SubmitSignatures { job, signatures })
}

fn signature(name: Option<&str>, given: &Value) -> Result<Submitted, Fault> {
    let members = given
        .as_object()
        .ok_or_else(|| invalid(RESPONSE, "Each signature should be an object with signature and kid"))?;
    let text = |name: &str| match members.get(name).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(invalid(RESPONSE, format!("{name} of a signature should be a string"))),
    };
    let kid = match (text("kid")?, text("verificationMethodId")?) {
        (Some(kid), Some(other)) if kid != other => {
            return Err(invalid(
                RESPONSE,
                "kid and verificationMethodId of a signature contradict each other",
            ));
        }
        (kid, other) => kid.or(other),
    };
    let by = match (name.and_then(WantedSignature::number_of), kid) {
        (Some(number), None) => Signatory::Number(number),
        (Some(number), Some(kid)) => Signatory::Both(number, kid.to_owned()),
        (None, Some(kid)) => Signatory::VerificationMethod(kid.to_owned()),
        (None, None) => {
            let sentence =
                "Each signature needs the name of its signingRequest, or the kid of its verification method";
            return Err(invalid(RESPONSE, sentence));
        }
    };
    let bytes = text("signature")?.and_then(any_base64);
    let signature = bytes.ok_or_else(|| invalid(RESPONSE, "Each signature should be base64 or base64url"))?;
    Ok(Submitted { by, signature })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: Value) -> Result<Vec<Submitted>, String> {
        let Value::Object(body) = body else { panic!("an object") };
        let job = JobId(uuid::Uuid::nil());
        parse(job, &Input::json(body)).map(|act| act.signatures).map_err(|fault| fault.public)
    }

    #[test]
    fn signatures_come_by_name_or_by_key_at_the_top_or_in_secret() {
        let by_key = Signatory::VerificationMethod("did:x#k".to_owned());
        let one = |by: Signatory| Ok(vec![Submitted { by, signature: vec![0xfb, 0xff] }]);
        let table = [
            (
                json!({"signingResponse": {"signingRequest2": {"signature": "+/8="}}}),
                one(Signatory::Number(2)),
            ),
            (
                json!({"signingResponse": {"signingRequest2": {"signature": "-_8"}}}),
                one(Signatory::Number(2)),
            ),
            (
                json!({"secret": {"signingResponse": {"signingRequest2": {"signature": "+/8"}}}}),
                one(Signatory::Number(2)),
            ),
            (json!({"signingResponse": [{"kid": "did:x#k", "signature": "+/8="}]}), one(by_key.clone())),
            (
                json!({"signingResponse": [{"verificationMethodId": "did:x#k", "signature": "+/8="}]}),
                one(by_key.clone()),
            ),
            (json!({"signingResponse": {"did:x": {"kid": "did:x#k", "signature": "+/8="}}}), one(by_key)),
            (
                json!({"signingResponse": {"signingRequest2": {"kid": "did:x#k", "signature": "+/8="}}}),
                one(Signatory::Both(2, "did:x#k".to_owned())),
            ),
            (json!({}), Ok(Vec::new())),
        ];
        for (body, expected) in table {
            assert_eq!(read(body.clone()), expected, "{body}");
        }
        for body in [
            json!({"signingResponse": "x"}),
            json!({"signingResponse": [{"signature": "+/8="}]}),
            json!({"signingResponse": {"x": {"signature": "+/8="}}}),
            json!({"signingResponse": [{"kid": "did:x#k", "signature": "*"}]}),
            json!({"signingResponse": [{"kid": "did:x#k"}]}),
            json!({"signingResponse": [{"kid": "did:x#k", "verificationMethodId": "did:x#l", "signature": "+/8="}]}),
            json!({"signingResponse": {"signingRequest1": {"kid": 1, "signature": "+/8="}}}),
            json!({"signingResponse": {"signingRequest1": "+/8="}}),
            json!({"secret": 1}),
        ] {
            assert!(read(body.clone()).is_err(), "{body}");
        }
    }
}
