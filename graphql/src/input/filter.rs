//! Which rows to list.

use crate::{
    default::Flag,
    view::kind::{
        AccreditationKind, CredentialCategory, CredentialFormat, CredentialStatus, DidPhase, EventAction,
        EventCategory, EventStatus, JobPhase, Network, OperationKind, OperationState, PublicationPhase,
        ResourceSource, StatusListPhase, StatusListType,
    },
};
use async_graphql::InputObject;
use domain::id::Instant;

/// Which DIDs to list.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct DidFilter {
    /// Only on this network.
    pub(crate) network: Option<Network>,
    /// Only in these phases.
    pub(crate) phases: Option<Vec<DidPhase>>,
    /// Only those that begin like this, with or without `did:cheqd:<network>:` before it.
    pub(crate) search: Option<String>,
    /// Only those with this key as the first of `keys`.
    pub(crate) controller_key: Option<String>,
    /// Only with a name that begins like this, in capitals or not.
    pub(crate) name: Option<String>,
    /// Only of this kind.
    pub(crate) kind: Option<String>,
    /// Only asked for, or imported, at or before.
    pub(crate) created_until: Option<Instant>,
}

/// Which resource versions to list.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct ResourceFilter {
    /// Only of this DID.
    pub(crate) did: Option<String>,
    /// Only on this network.
    pub(crate) network: Option<Network>,
    /// Only with this name.
    pub(crate) name: Option<String>,
    /// Only of this type.
    pub(crate) resource_type: Option<String>,
    /// Only of this media type.
    pub(crate) media_type: Option<String>,
    /// Only with this version label.
    pub(crate) version: Option<String>,
    /// Only asked for at or before.
    pub(crate) created_until: Option<Instant>,
    /// Only in these states.
    pub(crate) states: Option<Vec<PublicationPhase>>,
    /// Only made as these.
    pub(crate) sources: Option<Vec<ResourceSource>>,
    /// Only versions that no published version follows.
    #[graphql(default)]
    pub(crate) latest_only: Flag<false>,
}

/// Which status lists to list.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct StatusListFilter {
    /// Only of this DID.
    pub(crate) did: Option<String>,
    /// Only on this network.
    pub(crate) network: Option<Network>,
    /// Only with this name.
    pub(crate) name: Option<String>,
    /// Only of this format.
    pub(crate) list_type: Option<StatusListType>,
    /// Only in these phases.
    pub(crate) phases: Option<Vec<StatusListPhase>>,
}

/// Which jobs to list.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct JobFilter {
    /// Only for this DID.
    pub(crate) did: Option<String>,
    /// Only in these phases.
    pub(crate) phases: Option<Vec<JobPhase>>,
}

/// Which credentials to list.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct CredentialFilter {
    /// Only signed by this DID.
    pub(crate) issuer: Option<String>,
    /// Only with this status.
    pub(crate) status: Option<CredentialStatus>,
    /// Only in this format.
    pub(crate) format: Option<CredentialFormat>,
    /// Only this sort.
    pub(crate) category: Option<CredentialCategory>,
    /// Only with this type among its types; `VerifiableCredential` asks for credentials with no other type.
    pub(crate) credential_type: Option<String>,
    /// Only on this network.
    pub(crate) network: Option<Network>,
}

/// Which accreditation versions to list.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct AccreditationFilter {
    /// Only this document.
    pub(crate) kind: Option<AccreditationKind>,
    /// Only on this network.
    pub(crate) network: Option<Network>,
    /// Only granted by this DID.
    pub(crate) issuer: Option<String>,
    /// Only granted to this DID.
    pub(crate) subject: Option<String>,
    /// Only with this line name.
    pub(crate) name: Option<String>,
    /// Only with these publication phases.
    pub(crate) publications: Option<Vec<PublicationPhase>>,
    /// Only with this status.
    pub(crate) status: Option<CredentialStatus>,
    /// Only the newest published version of each line.
    #[graphql(default)]
    pub(crate) latest_only: Flag<false>,
}

/// Which operations to list.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct OperationFilter {
    /// Only in this state.
    pub(crate) state: Option<OperationState>,
    /// Only under this DID.
    pub(crate) did: Option<String>,
    /// Only of this kind.
    pub(crate) kind: Option<OperationKind>,
    /// Only those whose attempts are used up; replaces `state`.
    #[graphql(default)]
    pub(crate) dead: Flag<false>,
}

/// Which deeds to list.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct EventFilter {
    /// Only about these.
    pub(crate) categories: Option<Vec<EventCategory>>,
    /// Only this deed.
    pub(crate) action: Option<EventAction>,
    /// Only about the thing with this id.
    pub(crate) entity: Option<String>,
    /// Only with these states.
    pub(crate) statuses: Option<Vec<EventStatus>>,
    /// Only on this network.
    pub(crate) network: Option<Network>,
    /// Only at or after.
    pub(crate) created_from: Option<Instant>,
    /// Only at or before.
    pub(crate) created_until: Option<Instant>,
}
