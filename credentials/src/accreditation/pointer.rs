//! What a reference to an accreditation points at, as the log knows it.

use domain::id::{AccreditationId, Did, ResourceId, accreditation_id};

use crate::did_url::{DidUrl, Pin, ResourceRef};

/// What a reference to an accreditation names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// Exactly this version.
    Version(ResourceId),
    /// Whatever version is the latest of this line.
    Line(AccreditationId),
}

impl Pointer {
    /// Reads a DID URL that names a resource, also as an address of any resolver; `None` if it is none.
    pub fn parse(reference: &str) -> Option<Self> {
        Self::of(&DidUrl::parse(reference).ok()?)
    }

    /// As [`Pointer::parse`], of a DID URL that was read.
    pub fn of(url: &DidUrl) -> Option<Self> {
        match url.resource()? {
            ResourceRef::ById { id, .. } | ResourceRef::ByName { pin: Some(Pin::Id(id)), .. } => {
                Some(Self::Version(ResourceId(id)))
            }
            ResourceRef::ByName { did, name, resource_type, .. } => {
                let did = Did::parse(&did).ok()?;
                Some(Self::Line(accreditation_id(&did, &name, &resource_type)))
            }
        }
    }
}
