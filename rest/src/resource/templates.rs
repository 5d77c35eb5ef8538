//! `GET /resource/templates`.

use crate::{
    Answer, Ask, Problem,
    schema::{AnyObject, TextOrObject},
};
use app::resource::template::{self, Example, Template};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What resources of some common types hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceTemplates {
    /// All of them.
    pub templates: Vec<ResourceTemplate>,
}

/// What resources of a type hold.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceTemplate {
    /// Its name, for `template` of `POST /resource/create/{did}`.
    #[schema(example = "json-schema")]
    pub id: String,
    /// What it is.
    pub title: String,
    /// The type of its resources.
    pub resource_type: String,
    /// The media type of the example.
    pub media_type: String,
    /// Media types that its contents may have.
    pub media_types: Vec<String>,
    /// Contents to begin with: a JSON document, or a text.
    #[schema(value_type = TextOrObject)]
    pub example: Value,
    /// JSON Schema (draft 2020-12) of its contents; null for images.
    #[schema(value_type = Option<AnyObject>)]
    pub content_schema: Option<Value>,
}

impl From<&Template> for ResourceTemplate {
    fn from(template: &Template) -> Self {
        Self {
            id: template.id.to_owned(),
            title: template.title.to_owned(),
            resource_type: template.resource_type.to_owned(),
            media_type: template.example_media_type().to_owned(),
            media_types: template.media_types.iter().map(|&kind| kind.to_owned()).collect(),
            example: match &template.example {
                Example::Json(value) => value.clone(),
                Example::Text(text) => Value::from(*text),
            },
            content_schema: template.content_schema.clone(),
        }
    }
}

/// Templates for resources of common types: what they hold, and an example to begin with.
#[utoipa::path(get, path = "/resource/templates", responses((status = 200, body = ResourceTemplates)))]
pub(crate) async fn templates(_: Ask) -> Result<Answer, Problem> {
    Answer::ok(&ResourceTemplates { templates: template::all().iter().map(Into::into).collect() })
}
