//! Query parameters: their rules, and what they select (docs/resolver.md#parameters).

use super::{Problem, accept::Accept, keys::KeyType, locator::Parameter, time};
use crate::port::resolver::{ResolvedDid, ResourceMetadata};
use domain::{id::Instant, instant::covers};
use serde_json::Value;
use uuid::Uuid;

const RESOURCE: [&str; 8] = [
    "resourceId",
    "resourceCollectionId",
    "resourceName",
    "resourceType",
    "resourceVersion",
    "resourceVersionTime",
    "resourceMetadata",
    "checksum",
];
const DOCUMENT: [&str; 6] =
    ["versionId", "versionTime", "transformKeys", "service", "relativeRef", "metadata"];
/// Parameters whose values are free text. In all others a `#` is a fragment that was escaped along with the rest.
const FREE: [&str; 4] = ["resourceName", "resourceType", "resourceVersion", "relativeRef"];
/// Parameters that select nothing on their own.
const INSUFFICIENT_ALONE: [&str; 3] = ["resourceCollectionId", "resourceVersion", "resourceVersionTime"];

/// Whether a parameter is known at all.
pub(super) fn is_parameter(name: &str) -> bool {
    RESOURCE.contains(&name) || DOCUMENT.contains(&name)
}

/// Whether a parameter is about resources.
pub(super) fn is_resource_parameter(name: &str) -> bool {
    RESOURCE.contains(&name)
}

/// A document version and when it was superseded.
pub(super) struct Chosen {
    pub(super) found: ResolvedDid,
    pub(super) until: Option<Instant>,
}

/// Parameters that have passed every rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters {
    pairs: Vec<Parameter>,
    version_id: Option<String>,
    version_time: Option<Instant>,
    resource_version_time: Option<Instant>,
    transform_keys: Option<KeyType>,
}

impl Parameters {
    /// Checks in the documented order. A parameter that stands twice must say the same twice.
    pub(super) fn read(pairs: &[Parameter], accept: Accept) -> Result<Self, Problem> {
        let mut this = Self { pairs: pairs.to_vec(), ..Self::default() };
        if pairs.iter().any(|pair| !is_parameter(&pair.name) || pair.value.is_empty()) {
            return Err(Problem::InvalidDidUrl);
        }
        if pairs.iter().any(|pair| this.get(&pair.name) != Some(pair.value.as_str())) {
            return Err(Problem::InvalidDidUrl);
        }
        if pairs.iter().any(|pair| pair.value.contains('#') && !FREE.contains(&pair.name.as_str())) {
            return Err(Problem::NotAcceptable);
        }
        let selecting = |name: &str| !(name == "resourceMetadata" && this.get(name) == Some("false"));
        let mut names: Vec<&str> =
            pairs.iter().map(|pair| pair.name.as_str()).filter(|name| selecting(name)).collect();
        names.sort_unstable();
        names.dedup();
        if matches!(names.as_slice(), [only] if INSUFFICIENT_ALONE.contains(only)) {
            return Err(Problem::InvalidDidUrl);
        }
        this.check_combinations()?;
        if this.get("resourceMetadata") == Some("false") && accept.is_dereferencing_asked_for() {
            return Err(Problem::InvalidDidUrl);
        }
        let instant = |name: &str| {
            this.get(name).map(|text| time::read(text).ok_or(Problem::InvalidDidUrl)).transpose()
        };
        let (version_time, resource_version_time) =
            (instant("versionTime")?, instant("resourceVersionTime")?);
        this.version_time = version_time;
        this.resource_version_time = resource_version_time;
        if let Some(version) = this.get("versionId") {
            this.version_id = Some(uuid(version).ok_or(Problem::InvalidDidUrl)?);
        }
        if this.get("resourceId").is_some_and(|id| uuid(id).is_none()) {
            return Err(Problem::InvalidDidUrl);
        }
        Ok(this)
    }

    fn check_combinations(&mut self) -> Result<(), Problem> {
        let has = |name: &str| self.get(name).is_some();
        let selects_resources = RESOURCE.iter().any(|name| *name != "resourceMetadata" && has(name));
        if let Some(kind) = self.get("transformKeys") {
            let allowed = ["transformKeys", "versionId", "versionTime", "service", "relativeRef"];
            if self.pairs.iter().any(|pair| !allowed.contains(&pair.name.as_str())) {
                return Err(Problem::NotAcceptable);
            }
            self.transform_keys = Some(KeyType::read(kind).ok_or(Problem::NotAcceptable)?);
        }
        let has = |name: &str| self.get(name).is_some();
        let is_boolean = |name: &str| self.get(name).is_none_or(|value| matches!(value, "true" | "false"));
        if (has("relativeRef") && !has("service"))
            || (has("service") && (selects_resources || has("resourceMetadata")))
            || (has("metadata") && selects_resources && !has("resourceMetadata"))
            || !is_boolean("metadata")
            || !is_boolean("resourceMetadata")
        {
            return Err(Problem::NotAcceptable);
        }
        Ok(())
    }

    /// Only a version, from the path.
    pub(super) fn of_version(version: &str) -> Result<Self, Problem> {
        let version = uuid(version).ok_or(Problem::InvalidDidUrl)?;
        Ok(Self { version_id: Some(version), ..Self::default() })
    }

    fn pair(&self, name: &str) -> Option<&Parameter> {
        self.pairs.iter().find(|pair| pair.name == name)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.pair(name).map(|pair| pair.value.as_str())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(super) fn version_id(&self) -> Option<&str> {
        self.version_id.as_deref()
    }

    pub(super) const fn version_time(&self) -> Option<Instant> {
        self.version_time
    }

    pub(super) const fn transform_keys(&self) -> Option<KeyType> {
        self.transform_keys
    }

    pub(super) fn service(&self) -> Option<&str> {
        self.get("service")
    }

    pub(super) fn relative_ref(&self) -> Option<&str> {
        self.get("relativeRef")
    }

    pub(super) fn metadata(&self) -> Option<bool> {
        self.get("metadata").map(|value| value == "true")
    }

    pub(super) fn resource_metadata(&self) -> Option<bool> {
        self.get("resourceMetadata").map(|value| value == "true")
    }

    /// Whether resources are selected, not only listed.
    pub(super) fn asks_for_resources(&self) -> bool {
        RESOURCE.iter().any(|name| *name != "resourceMetadata" && self.get(name).is_some())
    }
}

/// A UUID in its canonical form.
pub(super) fn uuid(text: &str) -> Option<String> {
    (text.len() == 36).then(|| Uuid::parse_str(text).ok()).flatten().map(|uuid| uuid.hyphenated().to_string())
}

/// When a version took over.
pub(super) fn began(version: &ResolvedDid) -> Instant {
    version.updated.unwrap_or(version.created)
}

/// The version with this id or the newest at this time, of a history that stands oldest first; and when the next began.
pub(super) fn version<'a>(
    history: &'a [ResolvedDid],
    id: Option<&str>,
    at: Option<Instant>,
) -> Option<(&'a str, Option<Instant>)> {
    let (place, found) = history.iter().enumerate().rev().find(|(_, version)| {
        id.is_none_or(|id| version.version_id == id) && at.is_none_or(|at| covers(at, began(version)))
    })?;
    Some((&found.version_id, history.get(place + 1).map(began)))
}

/// The resources that fit every filter, in the order given.
pub(super) fn resources(
    parameters: &Parameters,
    newest_first: &[ResourceMetadata],
) -> Result<Vec<ResourceMetadata>, Problem> {
    let fits = |name: &str, text: &str| parameters.pair(name).is_none_or(|pair| pair.means(text));
    let is_id = |id: &str| parameters.get("resourceId").is_none_or(|value| value.eq_ignore_ascii_case(id));
    let fitting: Vec<ResourceMetadata> = newest_first
        .iter()
        .filter(|resource| {
            is_id(&resource.id)
                && parameters
                    .get("resourceCollectionId")
                    .is_none_or(|value| value.eq_ignore_ascii_case(&resource.collection_id))
                && fits("resourceName", &resource.name)
                && fits("resourceType", &resource.resource_type)
                && fits("resourceVersion", &resource.version)
                && parameters
                    .get("checksum")
                    .is_none_or(|value| value.eq_ignore_ascii_case(&resource.checksum))
                && parameters.resource_version_time.is_none_or(|at| covers(at, resource.created))
        })
        .cloned()
        .collect();
    if fitting.is_empty() {
        return Err(Problem::NotFound);
    }
    if parameters.get("checksum").is_some() && fitting.len() > 1 {
        return Err(Problem::InvalidDidUrl);
    }
    Ok(fitting)
}

/// The one whose data is meant; a query that leaves different lines is ambiguous.
pub(super) fn newest<'a>(
    parameters: &Parameters,
    newest_first: &'a [ResourceMetadata],
) -> Result<&'a ResourceMetadata, Problem> {
    let first = newest_first.first().ok_or(Problem::NotFound)?;
    if parameters.get("resourceName").is_some() {
        if newest_first.iter().any(|other| other.resource_type != first.resource_type) {
            return Err(Problem::NotFound);
        }
    } else if newest_first.iter().any(|other| other.name != first.name) {
        return Err(Problem::InvalidDidUrl);
    }
    Ok(first)
}

/// Whether a verification method or service has exactly this fragment.
pub(super) fn has_fragment(part: &Value, did: &str, fragment: &str) -> bool {
    part.get("id").and_then(Value::as_str).is_some_and(|id| {
        id.strip_prefix(did).unwrap_or(id).strip_prefix('#').is_some_and(|own| own == fragment)
    })
}
