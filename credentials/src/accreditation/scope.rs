//! What a document grants, and whether one grant covers another (docs/trust.md#scope).

use std::collections::BTreeSet;

use serde_json::Value;

use super::AccreditationError;
use crate::did_url::{DidUrl, Pin, ResourceRef};
use crate::json::{list, text, texts};

domain::limits! {
    /// Entries `accreditedFor` may have, and types and places an entry may have.
    pub MAX_SCOPE_ENTRIES: usize = 256, "entries";
}

/// The identity of a schema. Addresses at any resolver and DID URLs with their parameters in any order are the same
/// schema; a pinned reference is one version of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SchemaKey {
    /// A DID-Linked Resource by name and type, possibly pinned to a version.
    Named {
        /// Normalised DID.
        did: String,
        /// Resource name.
        name: String,
        /// Resource type.
        resource_type: String,
        /// The version, when one is named.
        pin: Option<Pin>,
    },
    /// A DID-Linked Resource by id alone. Its name is not known until the caller looks it up: [`SchemaKey::with_name`].
    Id {
        /// Normalised DID.
        did: String,
        /// Resource id.
        id: uuid::Uuid,
    },
    /// Anything else, compared as text.
    Other(String),
}

impl SchemaKey {
    /// The key of a schema reference; total.
    pub fn parse(reference: &str) -> Self {
        let reference = reference.trim();
        match DidUrl::parse(reference) {
            Ok(url) => match url.resource() {
                Some(ResourceRef::ByName { did, name, resource_type, pin }) => {
                    Self::Named { did, name, resource_type, pin }
                }
                Some(ResourceRef::ById { did, id }) => Self::Id { did, id },
                None => Self::Other(url.canonical()),
            },
            Err(_) => Self::Other(reference.to_owned()),
        }
    }

    /// The same schema with the name and type that its id turned out to have; other keys stay as they are.
    #[must_use]
    pub fn with_name(self, name: &str, resource_type: &str) -> Self {
        match self {
            Self::Id { did, id } => Self::Named {
                did,
                name: name.to_owned(),
                resource_type: resource_type.to_owned(),
                pin: Some(Pin::Id(id)),
            },
            other => other,
        }
    }

    /// True when a grant for `self` covers a request for `child`: the same schema, where an unpinned grant covers every
    /// version and a pinned grant covers only that version.
    pub fn covers(&self, child: &Self) -> bool {
        match (self, child) {
            (
                Self::Named { did, name, resource_type, pin },
                Self::Named { did: child_did, name: child_name, resource_type: child_type, pin: child_pin },
            ) => {
                did == child_did
                    && name == child_name
                    && resource_type == child_type
                    && (pin.is_none() || pin == child_pin)
            }
            // The id alone says enough when both sides name it.
            (Self::Named { did, pin: Some(Pin::Id(id)), .. }, Self::Id { did: other, id: other_id })
            | (Self::Id { did, id }, Self::Named { did: other, pin: Some(Pin::Id(other_id)), .. }) => {
                did == other && id == other_id
            }
            (parent, child) => parent == child,
        }
    }
}

/// One entry of `accreditedFor`, or one schema of a request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "Kept")]
pub struct AccreditedFor {
    /// The schema reference as written.
    pub schema_id: String,
    /// Its canonical key; a caller may complete it with [`SchemaKey::with_name`].
    #[serde(skip)]
    pub schema: SchemaKey,
    /// Credential types.
    pub types: Vec<String>,
    /// Places; `None` is everywhere.
    pub limit_jurisdiction: Option<Vec<String>>,
}

/// The same as it is kept: the key follows from the reference.
#[derive(serde::Deserialize)]
struct Kept {
    schema_id: String,
    types: Vec<String>,
    limit_jurisdiction: Option<Vec<String>>,
}

impl From<Kept> for AccreditedFor {
    fn from(kept: Kept) -> Self {
        let Kept { schema_id, types, limit_jurisdiction } = kept;
        Self { limit_jurisdiction, ..Self::new(schema_id, types) }
    }
}

impl AccreditedFor {
    /// An entry without limit of place.
    pub fn new(schema_id: impl Into<String>, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let schema_id = schema_id.into();
        let schema = SchemaKey::parse(&schema_id);
        Self {
            schema_id,
            schema,
            types: types.into_iter().map(Into::into).collect(),
            limit_jurisdiction: None,
        }
    }

    /// From an entry of `accreditedFor`, or of the request's `schemas`: the reference is `schemaId`, `url` or `uri`;
    /// types and places are a text or a list.
    pub fn parse(entry: &Value) -> Result<Self, AccreditationError> {
        let malformed = AccreditationError::Scope;
        let schema_id = ["schemaId", "url", "uri"]
            .iter()
            .find_map(|name| text(entry, name))
            .filter(|id| !id.trim().is_empty())
            .ok_or(malformed("schemaId is required"))?;
        let types =
            string_list(entry.get("types")).ok_or(malformed("types must be a text or a list of texts"))?;
        let limit_jurisdiction = match entry.get("limitJurisdiction") {
            None | Some(Value::Null) => None,
            places => Some(
                string_list(places)
                    .ok_or(malformed("limitJurisdiction must be a text or a list of texts"))?,
            ),
        };
        Ok(Self { limit_jurisdiction, ..Self::new(schema_id, types) })
    }

    /// A list of entries.
    pub fn parse_list(entries: Option<&Value>) -> Result<Vec<Self>, AccreditationError> {
        let entries = list(entries);
        if entries.len() > MAX_SCOPE_ENTRIES {
            return Err(AccreditationError::Scope("there are too many entries"));
        }
        entries.into_iter().map(Self::parse).collect()
    }
}

/// `None` when something in it is no text, or there is too much of it.
fn string_list(value: Option<&Value>) -> Option<Vec<String>> {
    let found = texts(value);
    let complete = found.len() == list(value).len() && found.len() <= MAX_SCOPE_ENTRIES;
    complete.then(|| found.into_iter().map(str::to_owned).collect())
}

/// Whether places are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JurisdictionRule {
    /// Between two accreditations: where the parent names places, the child must name some of them and no others.
    Narrow,
    /// For a question that cannot name places (a credential, or the schemas of a verify request): only places that the
    /// question does name are compared.
    IfNamed,
}

/// The first entry of the child that no entry of the parent covers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeViolation {
    /// The parent does not grant this schema at all.
    #[error("the accreditation does not cover the schema {schema_id}")]
    Schema {
        /// As written in the child.
        schema_id: String,
    },
    /// It grants the schema, but not these types.
    #[error("the accreditation covers the schema {schema_id}, but not the types {types:?}")]
    Types {
        /// As written in the child.
        schema_id: String,
        /// The types that are too many for the nearest entry.
        types: Vec<String>,
    },
    /// It grants schema and types, but not in these places.
    #[error("the accreditation covers the schema {schema_id}, but not in every jurisdiction asked for")]
    Jurisdiction {
        /// As written in the child.
        schema_id: String,
    },
}

/// I2: every entry of the child is covered by some single entry of the parent: same schema, types ⊇, places ⊆.
pub fn covers(
    parent: &[AccreditedFor],
    child: &[AccreditedFor],
    rule: JurisdictionRule,
) -> Result<(), ScopeViolation> {
    child.iter().try_for_each(|asked| entry_is_covered(parent, asked, rule))
}

fn entry_is_covered(
    parent: &[AccreditedFor],
    asked: &AccreditedFor,
    rule: JurisdictionRule,
) -> Result<(), ScopeViolation> {
    let schema_id = asked.schema_id.clone();
    let same_schema: Vec<&AccreditedFor> =
        parent.iter().filter(|granted| granted.schema.covers(&asked.schema)).collect();
    let nearest = same_schema.iter().map(|granted| missing_types(granted, asked)).min_by_key(Vec::len);
    match nearest {
        None => return Err(ScopeViolation::Schema { schema_id }),
        Some(missing) if !missing.is_empty() => {
            return Err(ScopeViolation::Types { schema_id, types: missing });
        }
        Some(_) => {}
    }
    let fits = |granted: &&&AccreditedFor| {
        missing_types(granted, asked).is_empty() && jurisdiction_fits(granted, asked, rule)
    };
    if same_schema.iter().any(|granted| fits(&granted)) {
        Ok(())
    } else {
        Err(ScopeViolation::Jurisdiction { schema_id })
    }
}

/// Types asked for and not granted, compared as they are written (`VerifiableCredential` is a type like any other here:
/// an exception for it would make the relation lose its transitivity, and with it the chain its meaning).
fn missing_types(granted: &AccreditedFor, asked: &AccreditedFor) -> Vec<String> {
    asked.types.iter().filter(|kind| !granted.types.contains(kind)).cloned().collect()
}

fn jurisdiction_fits(granted: &AccreditedFor, asked: &AccreditedFor, rule: JurisdictionRule) -> bool {
    match (&granted.limit_jurisdiction, &asked.limit_jurisdiction) {
        (None, _) => true,
        (Some(_), None) => rule == JurisdictionRule::IfNamed,
        (Some(granted), Some(asked)) => {
            let granted: BTreeSet<&String> = granted.iter().collect();
            asked.iter().all(|place| granted.contains(place))
        }
    }
}
