//! Templates: what resources of some common types hold, with an example to begin with, and a check of whatever is published as one.

mod definition;
mod shape;

use super::{create::RESOURCE_BYTES_MAX, media_type};
use crate::Fault;
use serde_json::Value;
use shape::Misfit;
use std::sync::LazyLock;

domain::limits! {
    /// Longest JSON Pointer that is told of contents that do not fit a template.
    POINTER_CHARS_MAX: usize = 512, "characters";
}

/// A resource type with the shape of its contents.
#[derive(Debug)]
pub struct Template {
    /// Its name, e.g. `json-schema`.
    pub id: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// The type of its resources.
    pub resource_type: &'static str,
    /// The media types that the ledger detects in its contents.
    pub media_types: &'static [&'static str],
    /// Contents to begin with.
    pub example: Example,
    /// JSON Schema of its contents; none for images.
    pub content_schema: Option<Value>,
}

/// Contents to begin with.
#[derive(Debug)]
pub enum Example {
    /// A JSON document.
    Json(Value),
    /// A text that is no JSON.
    Text(&'static str),
}

impl Example {
    /// As it is published.
    pub fn text(&self) -> String {
        match self {
            Self::Json(value) => format!("{value:#}"),
            Self::Text(text) => (*text).to_owned(),
        }
    }
}

const JSON: &[&str] = &["application/json"];
const IMAGES: &[&str] = &["image/png", "image/jpeg", "image/svg+xml", "image/webp", "image/gif"];
const TEMPLATE: &str = "template";
const DATA: &str = "data";
const JSON_SCHEMA: &str = "json-schema";
const PRESENTATION_DEFINITION: &str = "presentation-definition";

static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
    vec![
        Template {
            id: JSON_SCHEMA,
            title: "JSON Schema of a credential's claims",
            resource_type: "JSONSchemaValidator2020",
            media_types: JSON,
            example: json(include_str!("template/json_schema.example.json")),
            content_schema: Some(parsed(include_str!("template/json_schema.json"))),
        },
        Template {
            id: PRESENTATION_DEFINITION,
            title: "Presentation definition (DIF Presentation Exchange 2)",
            resource_type: "PresentationDefinition",
            media_types: JSON,
            example: json(include_str!("template/presentation_definition.example.json")),
            content_schema: Some(parsed(include_str!("template/presentation_definition.json"))),
        },
        Template {
            id: "governance-policy",
            title: "Governance policy of an ecosystem",
            resource_type: "GovernancePolicy",
            media_types: JSON,
            example: json(include_str!("template/governance_policy.example.json")),
            content_schema: Some(parsed(include_str!("template/governance_policy.json"))),
        },
        Template {
            id: "credential-artwork",
            title: "Logo or card artwork of a credential",
            resource_type: "CredentialArtwork",
            media_types: IMAGES,
            example: Example::Text(include_str!("template/credential_artwork.example.svg")),
            content_schema: None,
        },
    ]
});

/// A file of this module; a test reads each.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn json(text: &str) -> Example {
    Example::Json(parsed(text))
}

/// Every template.
pub fn all() -> &'static [Template] {
    &TEMPLATES
}

/// What a template makes of a resource type and contents: the type, which need not be given. Faults: `request/invalid`,
/// `resource/template-mismatch`.
pub fn applied(id: &str, resource_type: Option<&str>, data: &[u8]) -> Result<&'static str, Fault> {
    let template = all().iter().find(|template| template.id == id).ok_or_else(|| {
        let known: Vec<&str> = all().iter().map(|template| template.id).collect();
        Fault::about(TEMPLATE, format!("template should be one of {}", known.join(", ")))
    })?;
    let own = template.resource_type;
    if resource_type.is_some_and(|given| given != own) {
        let sentence = format!("type contradicts the template {id}, whose type is {own}; it may be left out");
        return Err(Fault::about("type", sentence));
    }
    // What is too large is refused for that, and not looked through first.
    if data.len() <= RESOURCE_BYTES_MAX {
        template.check(data).map_err(|misfit| template.mismatch(&misfit))?;
    }
    Ok(own)
}

impl Template {
    /// The media type that the ledger detects in the example.
    pub fn example_media_type(&self) -> &'static str {
        media_type::likely(self.example.text().as_bytes())
    }

    fn check(&self, data: &[u8]) -> Result<(), Misfit> {
        if let Some(schema) = &self.content_schema {
            let content: Value = serde_json::from_slice(data)
                .map_err(|error| Misfit::at("", format!("should be JSON: {error}")))?;
            shape::check(schema, &content)?;
            if self.id == PRESENTATION_DEFINITION {
                definition::check(&content)?;
            }
        }
        let found = media_type::likely(data);
        if self.media_types.contains(&found) {
            return Ok(());
        }
        let wanted = self.media_types.join(", ");
        Err(Misfit::at("", format!("should be of media type {wanted}; the ledger would take it for {found}")))
    }

    fn mismatch(&self, misfit: &Misfit) -> Fault {
        let Misfit { pointer, why } = misfit;
        let pointer: &String = &pointer.chars().take(POINTER_CHARS_MAX).collect();
        let place = if pointer.is_empty() { "the whole" } else { pointer };
        let sentence = format!("data does not fit the template {}: {place} {why}", self.id);
        Fault::invalid("resource/template-mismatch", sentence)
            .with("field", DATA)
            .with("pointer", pointer.as_str())
    }
}

/// Whether a value is a JSON Schema, as the template of one has it.
fn check_schema(value: &Value) -> Result<(), Misfit> {
    let template = all().iter().find(|template| template.id == JSON_SCHEMA);
    let schema = template.and_then(|template| template.content_schema.as_ref());
    schema.map_or(Ok(()), |schema| shape::check(schema, value))
}

#[cfg(test)]
mod tests;
