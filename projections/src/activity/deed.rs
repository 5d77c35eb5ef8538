//! What a deed was, and to what: each event's name in the history.

use super::{ActivityAction, ActivityCategory};
use crate::model::Fact;
use domain::{
    accreditation::AccreditationEvent, credential::CredentialEvent, customer::CustomerEvent, did::DidEvent,
    id::CustomerId, job::JobEvent, key::KeyEvent, register::AnyEvent, resource::ResourceEvent,
    status_list::StatusListEvent, user::UserEvent,
};

/// What was done, or asked for, and to what.
pub(super) type Done = (ActivityCategory, ActivityAction, String);

/// `None` for what is part of another deed.
pub(super) fn done(fact: &Fact<'_>) -> Option<Done> {
    use ActivityCategory as Category;
    let told = |category, (action, thing)| (category, action, thing);
    match &fact.event {
        AnyEvent::Customer(event) => Some(of_customer(fact.entry.metadata.customer, event)),
        AnyEvent::User(event) => Some((Category::User, of_user(event), fact.entry.stream_id.clone())),
        AnyEvent::Key(KeyEvent::KeyCreated { kid, imported, .. }) => {
            let action = if *imported { ActivityAction::KeyImport } else { ActivityAction::KeyCreate };
            Some((Category::Key, action, kid.to_string()))
        }
        AnyEvent::Key(KeyEvent::KeyDeleted { kid, .. }) => {
            Some((Category::Key, ActivityAction::KeyDelete, kid.to_string()))
        }
        AnyEvent::Key(KeyEvent::KeyRestored { kid, .. }) => {
            Some((Category::Key, ActivityAction::KeyRestore, kid.to_string()))
        }
        AnyEvent::Did(event) => of_did(event).map(|done| told(Category::Did, done)),
        AnyEvent::Resource(event) => of_resource(event).map(|done| told(Category::Resource, done)),
        AnyEvent::StatusList(event) => {
            of_status_list(event).map(|done| told(Category::CredentialStatus, done))
        }
        AnyEvent::Credential(event) => Some(told(Category::Credential, of_credential(event))),
        AnyEvent::Accreditation(event) => {
            of_accreditation(event).map(|done| told(Category::Accreditation, done))
        }
        AnyEvent::Job(event) => of_job(event).map(|done| told(Category::Job, done)),
    }
}

/// What a key has signed for: a deed, or what is part of one and was signed before it.
pub(super) fn signed_for(fact: &Fact<'_>) -> Option<Done> {
    done(fact).or_else(|| match &fact.event {
        AnyEvent::StatusList(StatusListEvent::StatusEntriesChanged { list, .. }) => Some((
            ActivityCategory::CredentialStatus,
            ActivityAction::CredentialStatusUpdateUnencrypted,
            list.to_string(),
        )),
        AnyEvent::Job(JobEvent::SignaturesAsked { job, .. }) => {
            Some((ActivityCategory::Job, ActivityAction::JobOpen, job.to_string()))
        }
        _ => None,
    })
}

fn of_customer(tenant: CustomerId, event: &CustomerEvent) -> Done {
    use {ActivityAction as Action, ActivityCategory as Category};
    match event {
        CustomerEvent::TrustedRootsChanged { .. } => {
            (Category::Account, Action::TrustedRootsUpdate, tenant.to_string())
        }
        CustomerEvent::PersonalDataRevealed { .. } => {
            (Category::Account, Action::PersonalDataReveal, tenant.to_string())
        }
        CustomerEvent::CustomerRegistered { customer, .. } => {
            (Category::Account, Action::AccountCreate, customer.to_string())
        }
        CustomerEvent::ApiKeyIssued { key, .. } => (Category::ApiKey, Action::ApiKeyCreate, key.to_string()),
        CustomerEvent::ApiKeyChanged { key, .. } => (Category::ApiKey, Action::ApiKeyUpdate, key.to_string()),
        CustomerEvent::SubjectErased { subject, .. } => {
            (Category::Account, Action::SubjectErase, subject.clone())
        }
        CustomerEvent::ApiKeyEndsSoon { key, .. } => {
            (Category::ApiKey, Action::ApiKeyEndSoon, key.to_string())
        }
        CustomerEvent::ApiKeyRevoked { key, .. } => (Category::ApiKey, Action::ApiKeyRevoke, key.to_string()),
        CustomerEvent::OrganisationChanged { .. } => {
            (Category::Account, Action::AccountUpdate, tenant.to_string())
        }
        CustomerEvent::MemberInvited { invitation, .. } => {
            (Category::Member, Action::MemberInvite, invitation.to_string())
        }
        CustomerEvent::InvitationRevoked { invitation, .. } => {
            (Category::Member, Action::InvitationRevoke, invitation.to_string())
        }
        CustomerEvent::MemberJoined { user, .. } => (Category::Member, Action::MemberJoin, user.to_string()),
        CustomerEvent::MemberRoleChanged { user, .. } => {
            (Category::Member, Action::MemberRoleUpdate, user.to_string())
        }
        CustomerEvent::MemberSuspended { user, .. } => {
            (Category::Member, Action::MemberSuspend, user.to_string())
        }
        CustomerEvent::MemberReinstated { user, .. } => {
            (Category::Member, Action::MemberReinstate, user.to_string())
        }
        CustomerEvent::MemberRemoved { user, .. } => {
            (Category::Member, Action::MemberRemove, user.to_string())
        }
        CustomerEvent::RoleDefined { role, .. } => (Category::Role, Action::RoleDefine, role.to_string()),
        CustomerEvent::RoleRemoved { role, .. } => (Category::Role, Action::RoleRemove, role.to_string()),
    }
}

fn of_user(event: &UserEvent) -> ActivityAction {
    match event {
        UserEvent::UserRegistered { .. } => ActivityAction::UserRegister,
        UserEvent::EmailVerified { .. } => ActivityAction::EmailVerify,
        UserEvent::IdentityLinked { .. } => ActivityAction::IdentityLink,
        UserEvent::PasswordChanged { .. } => ActivityAction::PasswordChange,
        UserEvent::PasskeyAdded { .. } => ActivityAction::PasskeyAdd,
        UserEvent::PasskeyRenamed { .. } => ActivityAction::PasskeyRename,
        UserEvent::PasskeyRemoved { .. } => ActivityAction::PasskeyRemove,
        UserEvent::UserSuspended { .. } => ActivityAction::UserSuspend,
        UserEvent::UserReinstated { .. } => ActivityAction::UserReinstate,
        UserEvent::SignedIn { .. } => ActivityAction::SignIn,
        UserEvent::SignInFailed { .. } => ActivityAction::SignInFail,
        UserEvent::UserDataRevealed { .. } => ActivityAction::PersonalDataReveal,
    }
}

fn of_did(event: &DidEvent) -> Option<(ActivityAction, String)> {
    let (action, did) = match event {
        DidEvent::DidCreateRequested { did, .. } => (ActivityAction::DidCreate, did),
        DidEvent::DidUpdateRequested { did, .. } => (ActivityAction::DidUpdate, did),
        DidEvent::DidDeactivateRequested { did, .. } => (ActivityAction::DidDeactivate, did),
        DidEvent::DidImported { did, .. } => (ActivityAction::DidImport, did),
        DidEvent::DidExported { did, .. } => (ActivityAction::DidExport, did),
        DidEvent::DidLabelled { did, .. } => (ActivityAction::DidLabel, did),
        DidEvent::DidDriftFound { did, .. } => (ActivityAction::DidDriftFound, did),
        DidEvent::DidDriftResolved { did, .. } => (ActivityAction::DidDriftResolved, did),
        DidEvent::DidCreated { .. }
        | DidEvent::DidCreateRejected { .. }
        | DidEvent::DidUpdated { .. }
        | DidEvent::DidUpdateRejected { .. }
        | DidEvent::DidDeactivated { .. }
        | DidEvent::DidDeactivateRejected { .. } => return None,
    };
    Some((action, did.to_string()))
}

fn of_resource(event: &ResourceEvent) -> Option<(ActivityAction, String)> {
    match event {
        ResourceEvent::ResourceVersionRequested { description, .. } => {
            Some((ActivityAction::ResourceCreate, description.resource.to_string()))
        }
        ResourceEvent::ResourceVersionCreated { .. } | ResourceEvent::ResourceVersionRejected { .. } => None,
    }
}

/// Lists are unencrypted so far, hence the names of the deeds.
fn of_status_list(event: &StatusListEvent) -> Option<(ActivityAction, String)> {
    let (action, list) = match event {
        StatusListEvent::StatusListCreateRequested { list, .. } => {
            (ActivityAction::CredentialStatusCreateUnencrypted, list)
        }
        StatusListEvent::StatusListPublishRequested { list, .. } => {
            (ActivityAction::CredentialStatusUpdateUnencrypted, list)
        }
        // Allocation is part of issuing. Changed entries are part of a publication or of a credential's own deed.
        StatusListEvent::StatusIndexAllocated { .. }
        | StatusListEvent::StatusEntriesChanged { .. }
        | StatusListEvent::StatusListCreated { .. }
        | StatusListEvent::StatusListCreateRejected { .. }
        | StatusListEvent::StatusListPublished { .. }
        | StatusListEvent::StatusListPublishRejected { .. } => return None,
    };
    Some((action, list.to_string()))
}

fn of_credential(event: &CredentialEvent) -> (ActivityAction, String) {
    let (action, credential) = match event {
        CredentialEvent::CredentialIssued { credential, .. } => (ActivityAction::CredentialIssue, credential),
        CredentialEvent::CredentialRevoked { credential, .. } => {
            (ActivityAction::CredentialRevoke, credential)
        }
        CredentialEvent::CredentialSuspended { credential, .. } => {
            (ActivityAction::CredentialSuspend, credential)
        }
        CredentialEvent::CredentialReinstated { credential, .. } => {
            (ActivityAction::CredentialUnsuspend, credential)
        }
    };
    (action, credential.to_string())
}

fn of_accreditation(event: &AccreditationEvent) -> Option<(ActivityAction, String)> {
    let (action, resource) = match event {
        AccreditationEvent::AccreditationRequested { description, .. } => {
            (ActivityAction::AccreditationIssue, &description.resource)
        }
        AccreditationEvent::AccreditationRevoked { resource, .. } => {
            (ActivityAction::AccreditationRevoke, resource)
        }
        AccreditationEvent::AccreditationSuspended { resource, .. } => {
            (ActivityAction::AccreditationSuspend, resource)
        }
        AccreditationEvent::AccreditationReinstated { resource, .. } => {
            (ActivityAction::AccreditationUnsuspend, resource)
        }
        AccreditationEvent::AccreditationPublished { .. }
        | AccreditationEvent::AccreditationRejected { .. } => return None,
    };
    Some((action, resource.to_string()))
}

/// What was signed in the end is a deed of its own.
fn of_job(event: &JobEvent) -> Option<(ActivityAction, String)> {
    let (action, job) = match event {
        JobEvent::JobOpened { job, .. } => (ActivityAction::JobOpen, job),
        JobEvent::SignatureGiven { job, .. } => (ActivityAction::JobSign, job),
        JobEvent::JobFailed { job, .. } => (ActivityAction::JobFail, job),
        JobEvent::JobExpired { job, .. } => (ActivityAction::JobExpire, job),
        JobEvent::JobFinished { .. } | JobEvent::SignaturesAsked { .. } => return None,
    };
    Some((action, job.to_string()))
}
