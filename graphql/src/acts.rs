//! Which act each field at the root of an operation is.

use app::act::{self, Spec};
use async_graphql::parser::types::OperationType;
use std::sync::LazyLock;

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
    ("resourceAt", &act::DID_RESOLVE),
    ("resourceHistory", &act::RESOURCE_READ),
    ("resourceTemplates", &act::RESOURCE_LIST),
    ("resources", &act::RESOURCE_LIST),
    ("statusList", &act::STATUS_LIST_LIST),
    ("statusLists", &act::STATUS_LIST_LIST),
    ("statusOf", &act::STATUS_LIST_CHECK),
    ("trustChain", &act::ACCREDITATION_VERIFY),
    ("trustedRoots", &act::ROOTS_READ),
    ("verifyCredential", &act::CREDENTIAL_VERIFY),
    ("verifyPresentation", &act::PRESENTATION_VERIFY),
    ("viewer", &act::ACCOUNT_READ),
];

/// A mutation is called as its act, read the other way round: `api-key.create` is `createApiKey`.
static MUTATIONS: LazyLock<Vec<(String, &Spec)>> = LazyLock::new(|| {
    let writes = act::ACTS.iter().filter(|act| act.effect.is_write());
    writes.map(|act| (mutation_of(act), *act)).collect()
});

fn mutation_of(act: &Spec) -> String {
    // What is set are not the roots that somebody has.
    if *act == act::ROOTS_SET {
        return "setTrustedRoots".to_owned();
    }
    let (noun, verb) = act.name.split_once('.').unwrap_or_default();
    let words = noun.split('-').filter_map(|word| word.split_at_checked(1));
    words.fold(verb.to_owned(), |name, (first, rest)| name + &first.to_ascii_uppercase() + rest)
}

const SUBSCRIPTIONS: &Fields = &[("events", &act::EVENT_LIST), ("operation", &act::OPERATION_READ)];

/// The fields of a kind of operation, with their acts.
pub(crate) fn fields(kind: OperationType) -> impl Iterator<Item = (&'static str, &'static Spec)> {
    let (listed, named): (&Fields, &'static [(String, &Spec)]) = match kind {
        OperationType::Query => (QUERIES, &[]),
        OperationType::Mutation => (&[], MUTATIONS.as_slice()),
        OperationType::Subscription => (SUBSCRIPTIONS, &[]),
    };
    listed.iter().copied().chain(named.iter().map(|(name, act)| (name.as_str(), *act)))
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
    ("KeyUse", &[&act::EVENT_LIST]),
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
    fields(kind).find(|(name, _)| *name == field).map(|(_, act)| act)
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
            assert_eq!(names.len(), fields(kind).count(), "{kind:?} has acts without a field");
            seen += 1;
        }
        assert_eq!(seen, 3);
    }

    /// An entry for what is no type keeps nobody out, and a thing without an entry would be shown to everybody.
    #[test]
    fn every_type_that_takes_a_right_is_one_and_everything_with_a_list_or_an_id_takes_one() {
        let schema = parse_schema(crate::sdl()).unwrap();
        let objects = schema.definitions.iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(found) => match &found.node.kind {
                TypeKind::Object(object) => Some((found.node.name.node.as_str(), object)),
                _ => None,
            },
            _ => None,
        });
        let objects: std::collections::BTreeMap<_, _> = objects.collect();
        for (name, acts) in TYPES {
            assert!(objects.contains_key(name), "{name} is no type");
            assert!(!acts.is_empty() && acts.iter().all(|act| !act.effect.is_write()), "{name}");
        }
        let mut seen = 0;
        for (name, object) in &objects {
            let has_id = object.implements.iter().any(|interface| interface.node == "Node");
            if has_id || name.ends_with("Connection") {
                assert!(of_type(name).is_some(), "{name} takes no right");
                seen += 1;
            }
        }
        assert!(seen > 2 * crate::reference::Kind::ALL.len(), "{seen}");
    }
}
