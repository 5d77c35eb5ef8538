//! Which accreditation: `didUrl`, `did` with `resourceId`, or `did` with `resourceName` and `resourceType`.

use crate::{
    Input, check,
    input::{INVALID, invalid},
};
use app::{Fault, FaultKind, Studio, trust};
use credentials::did_url::{DidUrl, resource_by_id, resource_by_name};

/// DID URLs that all are meant to name one accreditation, in the contract's order of precedence. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Locator {
    urls: Vec<String>,
}

/// The members of a body that name an accreditation, each with a well-formed value or absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parts {
    did: Option<String>,
    did_url: Option<String>,
    resource_id: Option<String>,
    resource_name: Option<String>,
    resource_type: Option<String>,
}

impl Parts {
    /// Reads them; one fault per member, in the contract's order. `None` if a member is malformed: what the others name does
    /// not matter then.
    pub(super) fn read(input: &Input, rules: &mut crate::rules::Rules) -> Option<Self> {
        let did = input.raw("did").map(|did| check::did("did", did)).transpose();
        let text = |name: &str| {
            let text = input.text(name, &format!("{name} should be a string"))?;
            let text = text.filter(|text| !text.is_empty());
            text.map(|text| check::short(name, text).map(str::to_owned)).transpose()
        };
        let resource_id = text("resourceId").and_then(|id| match id {
            Some(id) => check::uuid("resourceId", &id, "resourceId should be a string").map(|_| Some(id)),
            None => Ok(None),
        });
        let did = rules.note(did);
        let did_url = rules.note(did_url(input));
        let resource_id = rules.note(resource_id);
        let resource_name = rules.note(text("resourceName"));
        let resource_type = rules.note(text("resourceType"));
        Some(Self {
            did: did?,
            did_url: did_url?,
            resource_id: resource_id?,
            resource_name: resource_name?,
            resource_type: resource_type?,
        })
    }

    /// Whether nothing says which accreditation.
    pub(super) fn names_no_did(&self) -> bool {
        self.did.is_none() && self.did_url.is_none()
    }

    /// The DID URLs they make. Fault with `sentence` if they make none, `accreditation/locator-contradiction` if they speak
    /// of different DIDs.
    pub(super) fn locator(self, sentence: &str) -> Result<Locator, Fault> {
        let mut urls: Vec<String> = self.did_url.into_iter().collect();
        if let Some(did) = &self.did {
            if let Some(id) = self.resource_id.as_deref().and_then(|id| id.parse().ok()) {
                urls.push(resource_by_id(did, id));
            }
            if let (Some(name), Some(kind)) = (&self.resource_name, &self.resource_type) {
                urls.push(resource_by_name(did, name, kind));
            }
        }
        let dids = urls.iter().filter_map(|url| DidUrl::parse(url).ok()).map(|url| url.did().to_owned());
        let mut dids: Vec<String> = dids.collect();
        if urls.is_empty() {
            return Err(Fault::invalid(INVALID, sentence));
        }
        // A DID beside a DID URL counts even where it names no resource by itself.
        dids.extend(
            self.did.as_deref().and_then(|did| DidUrl::parse(did).ok()).map(|url| url.did().to_owned()),
        );
        dids.dedup();
        if dids.len() > 1 {
            return Err(contradiction(&urls));
        }
        Ok(Locator { urls })
    }
}

impl Locator {
    /// The DID URL to work with. Where several are given and they are not the same text, the ledger is asked whether they
    /// are the same version; fault `accreditation/locator-contradiction` if not.
    pub(super) async fn settle(self, studio: &Studio) -> Result<String, Fault> {
        let mut named = Vec::with_capacity(self.urls.len());
        let mut urls = Vec::with_capacity(self.urls.len());
        for url in &self.urls {
            urls.push(DidUrl::parse(url).map_err(|_| unique())?);
        }
        let are_same_text =
            urls.windows(2).all(|pair| matches!(pair, [a, b] if a.canonical() == b.canonical()));
        if !are_same_text {
            for url in &urls {
                match trust::resource_at(studio, url, None).await {
                    Ok(found) => named.push(found.map(|found| found.metadata.id)),
                    Err(fault) if fault.kind == FaultKind::Invalid => named.push(None),
                    Err(fault) => return Err(fault),
                }
            }
            named.dedup();
            if named.len() > 1 {
                return Err(contradiction(&self.urls));
            }
        }
        self.urls.into_iter().next().ok_or_else(unique)
    }

    #[cfg(test)]
    pub(super) fn urls(&self) -> Vec<&str> {
        self.urls.iter().map(String::as_str).collect()
    }
}

fn unique() -> Fault {
    invalid("didUrl", "didUrls should point to a unique DID Linked Resource")
}

/// `didUrl`: a DID URL, or its address at any resolver, that names a resource.
fn did_url(input: &Input) -> Result<Option<String>, Fault> {
    let text = input.text("didUrl", "didUrls should point to a unique DID Linked Resource")?;
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    match DidUrl::parse(text) {
        Ok(url) if url.resource().is_some() => Ok(Some(text.to_owned())),
        _ => Err(unique()),
    }
}

fn contradiction(urls: &[String]) -> Fault {
    Fault::invalid(
        "accreditation/locator-contradiction",
        format!("The request names different accreditations: {}.", urls.join(", ")),
    )
}
