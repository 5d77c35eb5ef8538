//! Ids of the `Node` interface.

use app::Fault;
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
    Job,
}

impl Kind {
    pub(crate) const ALL: [(Self, &'static str); 10] = [
        (Self::Account, "Account"),
        (Self::Key, "Key"),
        (Self::Did, "Did"),
        (Self::Resource, "Resource"),
        (Self::StatusList, "StatusList"),
        (Self::Credential, "Credential"),
        (Self::Accreditation, "Accreditation"),
        (Self::Operation, "Operation"),
        (Self::Event, "Event"),
        (Self::Job, "Job"),
    ];

    pub(crate) fn name(self) -> &'static str {
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
