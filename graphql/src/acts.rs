//! Which act each field at the root of an operation is.

use app::act::{self, Spec};
use async_graphql::parser::types::OperationType;

type Fields = [(&'static str, &'static Spec)];

const QUERIES: &Fields = &[
    ("accreditation", &act::ACCREDITATION_LIST),
    ("accreditations", &act::ACCREDITATION_LIST),
    ("credential", &act::CREDENTIAL_LIST),
    ("credentials", &act::CREDENTIAL_LIST),
    ("did", &act::DID_LIST),
    ("dids", &act::DID_LIST),
    ("analytics", &act::ACCOUNT_READ),
    ("events", &act::EVENT_LIST),
    ("invitations", &act::INVITATION_LIST),
    ("job", &act::JOB_READ),
    ("jobs", &act::JOB_LIST),
    ("members", &act::MEMBER_LIST),
    ("organisation", &act::ORGANISATION_READ),
    ("roles", &act::ROLE_LIST),
    ("key", &act::KEY_READ),
    ("keys", &act::KEY_LIST),
    ("node", &act::NODE_READ),
    ("operation", &act::OPERATION_READ),
    ("operations", &act::OPERATION_LIST),
    ("resolve", &act::DID_RESOLVE),
    ("resource", &act::RESOURCE_LIST),
    ("resources", &act::RESOURCE_LIST),
    ("statusList", &act::STATUS_LIST_LIST),
    ("statusLists", &act::STATUS_LIST_LIST),
    ("statusOf", &act::STATUS_LIST_CHECK),
    ("trustChain", &act::ACCREDITATION_VERIFY),
    ("trustedRoots", &act::ROOTS_READ),
    ("verifyCredential", &act::CREDENTIAL_VERIFY),
    ("viewer", &act::ACCOUNT_READ),
];

const MUTATIONS: &Fields = &[
    ("changeMemberRole", &act::MEMBER_UPDATE),
    ("defineRole", &act::ROLE_DEFINE),
    ("inviteMember", &act::INVITATION_CREATE),
    ("reinstateMember", &act::MEMBER_REINSTATE),
    ("removeMember", &act::MEMBER_REMOVE),
    ("removeRole", &act::ROLE_REMOVE),
    ("revokeInvitation", &act::INVITATION_REVOKE),
    ("suspendMember", &act::MEMBER_SUSPEND),
    ("updateOrganisation", &act::ORGANISATION_UPDATE),
    ("cancelOperation", &act::OPERATION_CANCEL),
    ("createApiKey", &act::API_KEY_CREATE),
    ("createDid", &act::DID_CREATE),
    ("createKey", &act::KEY_CREATE),
    ("createResource", &act::RESOURCE_CREATE),
    ("createStatusList", &act::STATUS_LIST_CREATE),
    ("deactivateDid", &act::DID_DEACTIVATE),
    ("eraseSubject", &act::SUBJECT_ERASE),
    ("importKey", &act::KEY_IMPORT),
    ("issueAccreditation", &act::ACCREDITATION_ISSUE),
    ("issueCredential", &act::CREDENTIAL_ISSUE),
    ("reinstateAccreditation", &act::ACCREDITATION_REINSTATE),
    ("reinstateCredential", &act::CREDENTIAL_REINSTATE),
    ("retryOperation", &act::OPERATION_RETRY),
    ("revokeAccreditation", &act::ACCREDITATION_REVOKE),
    ("revokeApiKey", &act::API_KEY_REVOKE),
    ("revokeCredential", &act::CREDENTIAL_REVOKE),
    ("rotateApiKey", &act::API_KEY_ROTATE),
    ("setTrustedRoots", &act::ROOTS_SET),
    ("skipOperation", &act::OPERATION_SKIP),
    ("submitSignatures", &act::JOB_SIGN),
    ("suspendAccreditation", &act::ACCREDITATION_SUSPEND),
    ("suspendCredential", &act::CREDENTIAL_SUSPEND),
    ("updateApiKey", &act::API_KEY_UPDATE),
    ("updateDid", &act::DID_UPDATE),
    ("updateStatusList", &act::STATUS_LIST_UPDATE),
];

const SUBSCRIPTIONS: &Fields = &[("events", &act::EVENT_LIST), ("operation", &act::OPERATION_READ)];

/// The fields of a kind of operation, with their acts.
pub(crate) const fn fields(kind: OperationType) -> &'static Fields {
    match kind {
        OperationType::Query => QUERIES,
        OperationType::Mutation => MUTATIONS,
        OperationType::Subscription => SUBSCRIPTIONS,
    }
}

type Seen = &'static [&'static Spec];

static TYPES: &[(&str, Seen)] = &[
    ("Account", &[&act::ACCOUNT_READ, &act::ORGANISATION_READ]),
    ("Payer", &[&act::ACCOUNT_READ]),
    ("ApiKey", &[&act::API_KEY_LIST, &act::API_KEY_READ]),
    ("Member", &[&act::MEMBER_LIST]),
    ("Invitation", &[&act::INVITATION_LIST]),
    ("Role", &[&act::ROLE_LIST]),
    ("Key", &[&act::KEY_LIST, &act::KEY_READ]),
    ("Did", &[&act::DID_LIST]),
    ("DidVersion", &[&act::DID_LIST]),
    ("Resource", &[&act::RESOURCE_LIST]),
    ("StatusList", &[&act::STATUS_LIST_LIST]),
    ("StatusEntry", &[&act::STATUS_LIST_LIST]),
    ("Credential", &[&act::CREDENTIAL_LIST]),
    ("Accreditation", &[&act::ACCREDITATION_LIST]),
    ("Operation", &[&act::OPERATION_LIST, &act::OPERATION_READ]),
    ("Event", &[&act::EVENT_LIST]),
    ("Job", &[&act::JOB_LIST, &act::JOB_READ]),
];

/// What a caller must be allowed, one of them, to see a thing of this type below another: reaching it by a detour gives no more
/// than asking for it would. `None` for what is part of another thing, or is nobody's.
pub(crate) fn of_type(name: &str) -> Option<Seen> {
    let name = name.strip_suffix("Connection").or_else(|| name.strip_suffix("Edge")).unwrap_or(name);
    TYPES.iter().find(|(known, _)| *known == name).map(|(_, acts)| *acts)
}

/// The act of a root field; none for introspection and what does not exist.
pub(crate) fn of(kind: OperationType, field: &str) -> Option<&'static Spec> {
    fields(kind).iter().find(|(name, _)| *name == field).map(|(_, act)| *act)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::{parse_schema, types::TypeKind, types::TypeSystemDefinition};

    /// A root field without an act could be asked by whoever is allowed nothing.
    #[test]
    fn every_root_field_is_an_act_and_every_mutation_changes_something() {
        let schema = parse_schema(crate::sdl()).unwrap();
        let mut seen = 0;
        for definition in &schema.definitions {
            let TypeSystemDefinition::Type(found) = definition else { continue };
            let kind = match found.node.name.node.as_str() {
                "Query" => OperationType::Query,
                "Mutation" => OperationType::Mutation,
                "Subscription" => OperationType::Subscription,
                _ => continue,
            };
            let TypeKind::Object(object) = &found.node.kind else { panic!("an object") };
            let names: Vec<&str> = object.fields.iter().map(|field| field.node.name.node.as_str()).collect();
            for name in &names {
                let act = of(kind, name).unwrap_or_else(|| panic!("{name} is no act"));
                assert_eq!(act.effect.is_write(), kind == OperationType::Mutation, "{name}");
            }
            assert_eq!(names.len(), fields(kind).len(), "{kind:?} has acts without a field");
            seen += 1;
        }
        assert_eq!(seen, 3);
    }
}
