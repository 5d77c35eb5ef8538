//! Shapes that the contract writes in more than one way. They only describe: bodies are read by [`crate::Input`].

use crate::job::SignatureBody;
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, ObjectBuilder, OneOfBuilder, RefOr,
        schema::{AdditionalProperties, ArrayItems, Schema, Type},
    },
};

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn whole_number() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0))
}

/// An object whose members nobody here decides.
fn object() -> ObjectBuilder {
    let anything = AdditionalProperties::FreeForm(true);
    ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(anything))
}

fn several(item: impl Into<ArrayItems>) -> ArrayBuilder {
    ArrayBuilder::new().items(item)
}

/// Declares a type that is one of several shapes.
macro_rules! one_of {
    ($(#[doc = $doc:literal])+ $name:ident: $($shape:expr),+) => {
        $(#[doc = $doc])+
        #[derive(Debug, Serialize)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let documented = OneOfBuilder::new().description(Some(concat!($($doc),+).trim()));
                documented$(.item($shape))+.into()
            }
        }

        impl ToSchema for $name {}
    };
}

one_of! {
    /// A text or several.
    TextOrTexts: text(), several(text())
}

one_of! {
    /// An object or several.
    ObjectOrObjects: object(), several(object())
}

one_of! {
    /// Signatures: by the names of `signingRequest`, or a list of them, each with its `kid`.
    SigningResponse: object(), several(SignatureBody::schema())
}

one_of! {
    /// A text or an object.
    TextOrObject: text(), object()
}

one_of! {
    /// An index, also as its decimal digits.
    Index: whole_number(), text()
}

one_of! {
    /// An index or several.
    IndexOrIndices: whole_number(), several(whole_number())
}

one_of! {
    /// A service or several.
    ServiceRequests: ServiceRequest::schema(), several(ServiceRequest::schema())
}

/// Any object.
#[derive(Debug, Serialize)]
pub struct AnyObject;

impl PartialSchema for AnyObject {
    fn schema() -> RefOr<Schema> {
        object().into()
    }
}

impl ToSchema for AnyObject {}

/// A service of a new DID.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRequest {
    /// Fragment of the service's id.
    pub id_fragment: String,
    /// Its type, e.g. `LinkedDomains`.
    #[serde(rename = "type")]
    pub service_type: String,
    /// Where it is: an address or several.
    pub service_endpoint: TextOrTexts,
    /// Whose keys open its messages.
    pub recipient_keys: Option<Vec<String>>,
    /// Through whom its messages go.
    pub routing_keys: Option<Vec<String>>,
    /// Its place among several, the lowest first.
    pub priority: Option<u32>,
    /// Media types it takes.
    pub accept: Option<Vec<String>>,
}

/// Another address of a resource.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlternativeAddress {
    /// The address.
    pub uri: String,
    /// What it is.
    pub description: Option<String>,
}

/// What one value of a status list means.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusText {
    /// The value: `0x` and hexadecimal digits.
    #[schema(example = "0x0")]
    pub status: String,
    /// What it means.
    pub message: String,
}

/// What an accreditation grants for one schema. The schema is named by one of `url`, `uri` and `schemaId`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantedSchema {
    /// DID URL of the schema, or its address.
    pub url: Option<String>,
    /// The same as `url`.
    pub uri: Option<String>,
    /// The same as `url`.
    pub schema_id: Option<String>,
    /// Types of credentials under it.
    pub types: TextOrTexts,
    /// Where the grant holds; everywhere if left out.
    pub limit_jurisdiction: Option<TextOrTexts>,
}
