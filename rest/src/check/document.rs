//! Services of new DIDs, and other names of resources. The rules of whole documents are [`app::did`]'s.

use crate::input::invalid;
use app::{
    Fault,
    did::document::{are_unique, is_nothing, service_sentences},
};
use credentials::did_document::ServiceRequest;
use domain::resource::AlternativeUri;
use serde_json::Value;

/// Services as `/did/create` takes them: one or an array, with `idFragment` for an id.
pub fn service_for_create(services: &Value) -> Result<Vec<ServiceRequest>, Fault> {
    let items = match services {
        Value::Array(items) => items.clone(),
        single => vec![single.clone()],
    };
    if !are_unique(items.iter().map(|service| service.get("idFragment"))) {
        return Err(invalid("service", "Service for Create DID Request does not have unique service."));
    }
    let failed = |why: &str| {
        invalid("service", format!("Service for Create DID Request has validation errors: {why}"))
    };
    let mut wrong = Vec::new();
    for (index, service) in items.iter().enumerate() {
        let sentences = service_sentences(service, "idFragment");
        wrong.extend(sentences.into_iter().map(|why| format!("{why} in object {index}")));
    }
    if !wrong.is_empty() {
        return Err(failed(&wrong.join(", ")));
    }
    items
        .into_iter()
        .map(|item| serde_json::from_value(item).map_err(|why| failed(&why.to_string())))
        .collect()
}

/// `alsoKnownAs` of a resource. A description may be left out, as the documentation says.
pub fn resource_also_known_as(items: &[Value]) -> Result<Vec<AlternativeUri>, Fault> {
    let mut wrong = Vec::new();
    let mut uris = Vec::with_capacity(items.len());
    for item in items {
        let text = |name: &str| item.get(name).filter(|value| !is_nothing(value));
        match text("uri") {
            None => wrong.push("alsoKnownAs.uri field is required"),
            Some(uri) if !uri.is_string() => wrong.push("alsoKnownAs.uri field must be a string"),
            Some(_) => {}
        }
        if text("description").is_some_and(|value| !value.is_string()) {
            wrong.push("alsoKnownAs.description field must be a string");
        }
        let owned = |name: &str| text(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        uris.push(AlternativeUri { uri: owned("uri"), description: owned("description") });
    }
    if wrong.is_empty() {
        return Ok(uris);
    }
    Err(invalid("alsoKnownAs", format!("alsoKnownAs has validation errors: {}", wrong.join(", "))))
}
