//! Ids of the `Node` interface, and what a DID URL of an accreditation points at.

use app::Fault;
use credentials::did_url::{DidUrl, Pin, ResourceRef};
use domain::id::{AccreditationId, Did, ResourceId, accreditation_id};
use std::fmt;
use uuid::Uuid;

/// What kinds of thing have a global id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Account,
    Key,
    Did,
    Resource,
    StatusList,
    Credential,
    Accreditation,
    Operation,
    Event,
}

impl Kind {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Account, "Account"),
        (Self::Key, "Key"),
        (Self::Did, "Did"),
        (Self::Resource, "Resource"),
        (Self::StatusList, "StatusList"),
        (Self::Credential, "Credential"),
        (Self::Accreditation, "Accreditation"),
        (Self::Operation, "Operation"),
        (Self::Event, "Event"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// The global id of a thing of this kind.
    pub(crate) fn id(self, raw: impl fmt::Display) -> async_graphql::ID {
        async_graphql::ID(format!("{}:{raw}", self.name()))
    }

    /// The thing's own id: both its global id and its own id are taken.
    pub(crate) fn raw(self, id: &str) -> &str {
        id.strip_prefix(self.name()).and_then(|rest| rest.strip_prefix(':')).unwrap_or(id)
    }

    /// The thing's own id as a UUID; what is none names nothing.
    pub(crate) fn uuid(self, id: &str) -> Option<Uuid> {
        Uuid::parse_str(self.raw(id)).ok()
    }

    /// Kind and own id of a global id.
    pub(crate) fn of(id: &str) -> Option<(Self, &str)> {
        let (name, raw) = id.split_once(':')?;
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| (*kind, raw))
    }
}

/// What a reference to an accreditation names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pointer {
    /// Exactly this version.
    Version(ResourceId),
    /// Whatever version is the latest of this line.
    Line(AccreditationId),
}

/// Reads a DID URL that names a resource, also as an address of any resolver.
pub(crate) fn pointer(url: &str) -> Option<Pointer> {
    match DidUrl::parse(url).ok()?.resource()? {
        ResourceRef::ById { id, .. } | ResourceRef::ByName { pin: Some(Pin::Id(id)), .. } => {
            Some(Pointer::Version(ResourceId(id)))
        }
        ResourceRef::ByName { did, name, resource_type, .. } => {
            let did = Did::parse(&did).ok()?;
            Some(Pointer::Line(accreditation_id(&did, &name, &resource_type)))
        }
    }
}

/// The refusal of an id that names nothing of the caller's.
pub(crate) fn not_found(code: &'static str, what: &str, id: &str) -> Fault {
    Fault::not_found(code, format!("{what} {id} not found"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DID: &str = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";
    const RESOURCE: &str = "9c4e2d5f-30d5-4c1e-8f2b-7d2a63c5d001";

    #[test]
    fn a_reference_is_read_however_it_is_written() {
        let version = Some(Pointer::Version(ResourceId(Uuid::parse_str(RESOURCE).unwrap())));
        assert_eq!(pointer(&format!("{DID}/resources/{RESOURCE}")), version);
        assert_eq!(
            pointer(&format!("https://r.example/1.0/identifiers/{DID}/resources/{RESOURCE}")),
            version
        );
        let did = Did::parse(DID).unwrap();
        let line = accreditation_id(&did, "a b&c", "VerifiableAccreditationToAccredit");
        let query = "resourceName=a%20b%26c&resourceType=VerifiableAccreditationToAccredit";
        assert_eq!(pointer(&format!("{DID}?{query}")), Some(Pointer::Line(line)));
        for name in ["R&D", "x+y", "100%", "a=b", "#", ";", "ä"] {
            let (kind, line) = ("T", accreditation_id(&did, name, "T"));
            let url = credentials::did_url::resource_by_name(DID, name, kind);
            assert_eq!(pointer(&url), Some(Pointer::Line(line)), "verdicts 9: {url}");
        }
        for nothing in ["", "https://example.org", DID, "did:cheqd:testnet:x?resourceName=a", "did:cheqd:é%"]
        {
            assert_eq!(pointer(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_global_id_names_its_kind_and_round_trips() {
        let id = Kind::Did.id(DID);
        assert_eq!(Kind::of(&id), Some((Kind::Did, DID)));
        assert_eq!(Kind::Did.raw(DID), DID);
        assert_eq!(Kind::Did.raw(&id), DID);
        assert_eq!(Kind::Credential.uuid(&Kind::Credential.id(RESOURCE)), Uuid::parse_str(RESOURCE).ok());
        assert_eq!(Kind::Credential.uuid(&Kind::Resource.id(RESOURCE)), None);
        assert_eq!(Kind::of("Nothing:1"), None);
    }
}
