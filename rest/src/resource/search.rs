//! `GET /resource/search/{did}`.

use crate::{Problem, Visit, check, did::forward, input::Query};
use app::Fault;
use axum::response::Response;

/// The bytes of a resource version, or with `resourceMetadata=true` the metadata of all that match. Anybody may ask.
#[utoipa::path(get, path = "/resource/search/{did}",
    params(
        ("did" = String, Path, description = "The DID it hangs on."),
        ("resourceId" = Option<String>, Query), ("resourceName" = Option<String>, Query),
        ("resourceType" = Option<String>, Query), ("resourceVersion" = Option<String>, Query),
        ("resourceVersionTime" = Option<String>, Query), ("checksum" = Option<String>, Query),
        ("resourceMetadata" = Option<bool>, Query),
    ),
    responses(
        (status = 200, body = serde_json::Value, description = "The resource in its own media type, or a dereferencing result."),
        (status = 400, body = crate::problem::ProblemBody),
        (status = 404, body = serde_json::Value, description = "A dereferencing result with `notFound`.")))]
pub(crate) async fn search(visit: Visit) -> Result<Response, Problem> {
    let did = check::cheqd_did("did", visit.path.get("did"))?;
    validate(&visit.query)?;
    forward(&visit, did.as_str()).await
}

fn validate(query: &Query) -> Result<(), Fault> {
    if let Some(id) = query.text("resourceId") {
        check::uuid("resourceId", id, "Invalid resourceId value, should be UUID")?;
    }
    if let Some(time) = query.named("resourceVersionTime") {
        check::instant("resourceVersionTime", time, "Invalid resourceVersionTime value, should be ISO8601")?;
    }
    if let Some(checksum) = query.text("checksum") {
        check::hexadecimal("checksum", checksum, "Invalid checksum value, should be Hexadecimal")?;
    }
    query.flag_or("resourceMetadata", "resourceMetadata is supposed to have type of Boolean")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_queries_get_the_contracts_sentences() {
        let table = [
            ("resourceId=abc", "Invalid resourceId value, should be UUID"),
            ("resourceVersionTime=abc", "Invalid resourceVersionTime value, should be ISO8601"),
            ("checksum=xyz", "Invalid checksum value, should be Hexadecimal"),
            ("resourceMetadata=yes", "resourceMetadata is supposed to have type of Boolean"),
        ];
        for (query, sentence) in table {
            assert_eq!(validate(&Query::parse(query).unwrap()).unwrap_err().public, sentence);
        }
        validate(&Query::parse("resourceName=a&resourceMetadata=true&checksum=AB").unwrap()).unwrap();
    }
}
