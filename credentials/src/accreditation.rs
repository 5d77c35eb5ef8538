//! The documents of a trust chain (docs/trust.md#documents): root authorisation, accreditation to accredit, accreditation to
//! attest, and the attestation that points at them. Building, reading, scope rules and the checks of one hop; walking
//! the chain (which needs the ledger) is done by the caller.

mod document;
mod hop;
mod pointer;
mod scope;

pub use document::{Accreditation, AccreditationError, AccreditationInput, build};
pub use hop::{HopCheck, HopCheckName, Question, Role, check_hop, same_reference};
pub use pointer::Pointer;
pub(crate) use scope::LIMITS as SCOPE_LIMITS;
pub use scope::{AccreditedFor, JurisdictionRule, MAX_SCOPE_ENTRIES, SchemaKey, ScopeViolation, covers};

pub use domain::accreditation::AccreditationKind as Kind;

use serde_json::{Map, Value, json};

use crate::did_url::american;
use crate::json::{insert_some, list, text};

/// The kind of document of a credential or resource type, old British spellings included.
pub fn kind_of_type(name: &str) -> Option<Kind> {
    let name = american(name);
    Kind::ALL.into_iter().find(|kind| kind.credential_type() == name)
}

/// The kind of document of these types. `None` when there is none or more than one of the three: a document that is two
/// kinds at once could be read differently at two places of a chain.
pub(crate) fn kind_of_types<'a>(types: impl IntoIterator<Item = &'a str>) -> Option<Kind> {
    let mut found = None;
    for kind in types.into_iter().filter_map(kind_of_type) {
        match found {
            None => found = Some(kind),
            Some(other) if other == kind => {}
            Some(_) => return None,
        }
    }
    found
}

/// What `termsOfUse` says about the place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Terms {
    /// `TrustFrameworkPolicy`, of a root. Which of the two is the address is not settled; neither is checked.
    TrustFramework {
        /// `trustFramework`.
        framework: String,
        /// `trustFrameworkId`.
        framework_id: String,
    },
    /// `AccreditationPolicy`, of an accreditation.
    Accreditation {
        /// `parentAccreditation`, a DID URL.
        parent: String,
        /// `rootAuthorization`, a DID URL.
        root: String,
    },
    /// `AttestationPolicy`, of an attestation.
    Attestation {
        /// `parentAccreditation`, a DID URL.
        parent: String,
        /// `rootAuthorization`, a DID URL.
        root: String,
    },
}

impl Terms {
    /// The JSON object.
    pub fn to_json(&self) -> Value {
        match self {
            Self::TrustFramework { framework, framework_id } => {
                json!({"type": "TrustFrameworkPolicy", "trustFramework": framework, "trustFrameworkId": framework_id})
            }
            Self::Accreditation { parent, root } => {
                json!({"type": "AccreditationPolicy", "parentAccreditation": parent, "rootAuthorization": root})
            }
            Self::Attestation { parent, root } => {
                json!({"type": "AttestationPolicy", "parentAccreditation": parent, "rootAuthorization": root})
            }
        }
    }

    /// The chain terms among a document's `termsOfUse` (an object or a list); other policies are passed over. `None`
    /// when there are none; an error when they are incomplete, or several, because several could contradict.
    pub fn find(document: &Value) -> Result<Option<Self>, AccreditationError> {
        let mut found = None;
        for policy in list(document.get("termsOfUse")) {
            let Some(terms) = Self::parse(policy)? else { continue };
            if found.is_some() {
                return Err(AccreditationError::SeveralTerms);
            }
            found = Some(terms);
        }
        Ok(found)
    }

    /// The reference to the document above.
    pub fn parent(&self) -> Option<&str> {
        match self {
            Self::TrustFramework { .. } => None,
            Self::Accreditation { parent, .. } | Self::Attestation { parent, .. } => Some(parent),
        }
    }

    /// The reference to the root.
    pub fn root(&self) -> Option<&str> {
        match self {
            Self::TrustFramework { .. } => None,
            Self::Accreditation { root, .. } | Self::Attestation { root, .. } => Some(root),
        }
    }

    fn parse(policy: &Value) -> Result<Option<Self>, AccreditationError> {
        let member = |names: &[&str]| {
            names.iter().find_map(|name| text(policy, name)).map(str::to_owned).unwrap_or_default()
        };
        let references = || {
            let parent = member(&["parentAccreditation"]);
            let root = member(&["rootAuthorization", "rootAuthorisation"]);
            if parent.is_empty() || root.is_empty() {
                Err(AccreditationError::MissingReferences)
            } else {
                Ok((parent, root))
            }
        };
        let kind = text(policy, "type").unwrap_or_default();
        Ok(match kind {
            "TrustFrameworkPolicy" => Some(Self::TrustFramework {
                framework: member(&["trustFramework"]),
                framework_id: member(&["trustFrameworkId"]),
            }),
            "AccreditationPolicy" => {
                let (parent, root) = references()?;
                Some(Self::Accreditation { parent, root })
            }
            "AttestationPolicy" => {
                let (parent, root) = references()?;
                Some(Self::Attestation { parent, root })
            }
            _ => None,
        })
    }
}

/// `accreditedFor` as JSON.
fn scope_to_json(scope: &[AccreditedFor]) -> Value {
    let entries = scope.iter().map(|entry| {
        let mut members = Map::new();
        members.insert("schemaId".to_owned(), Value::from(entry.schema_id.as_str()));
        members.insert("types".to_owned(), json!(entry.types));
        insert_some(
            &mut members,
            "limitJurisdiction",
            entry.limit_jurisdiction.as_ref().map(|places| json!(places)),
        );
        Value::Object(members)
    });
    Value::Array(entries.collect())
}
