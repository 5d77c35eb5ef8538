//! What one door can do, the other can: both are held against the one list of acts.

use app::act::ACTS;
use std::collections::BTreeSet;

/// Acts of one door only, and why.
const ONLY_REST: [&str; 2] = [
    // GraphQL shows the account as it is; nobody there expects to make it.
    "account.create",
    // GraphQL shows a key as a field of the account, whose act it is then.
    "api-key.read",
];
const ONLY_GRAPHQL: [&str; 3] = [
    // Of a browser: `DELETE /auth/sessions` stands beside the contract, with the pages.
    "session.end",
    // At REST the resolver is everybody's.
    "did.resolve",
    // Relay's field for anything by its id.
    "node.read",
];

#[test]
fn every_act_has_both_doors() {
    let rest: BTreeSet<&str> =
        rest::routes().iter().filter_map(|route| route.act).map(|act| act.name).collect();
    let mut graphql: BTreeSet<&str> = graphql::root_fields().map(|(_, act)| act.name).collect();
    // `viewer { apiKeys }`.
    graphql.insert("api-key.list");
    for act in ACTS {
        let doors = (rest.contains(act.name), graphql.contains(act.name));
        let expected = (!ONLY_GRAPHQL.contains(&act.name), !ONLY_REST.contains(&act.name));
        assert_eq!(doors, expected, "{} at REST, at GraphQL", act.name);
    }
}

#[test]
fn whatever_changes_something_needs_an_account_and_says_which_act_it_is() {
    for route in rest::routes() {
        assert_eq!(route.act.is_some(), route.auth == rest::Auth::ApiKey, "{}", route.path);
        assert_eq!(route.act.map_or(route.effect, |act| act.effect), route.effect, "{}", route.path);
        if route.effect.is_write() {
            assert_eq!(route.auth, rest::Auth::ApiKey, "{}", route.path);
        }
    }
}
