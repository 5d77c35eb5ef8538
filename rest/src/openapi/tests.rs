use super::*;
use crate::paging::{PAGE_ROWS_MAX, WALKED_PAGE_ROWS_MAX};
use std::collections::BTreeSet;

/// `studio openapi` writes the same text.
const COMMITTED: &str = include_str!("../../openapi.json");

#[test]
fn the_committed_document_is_the_served_one() {
    let current = openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("STUDIO_WRITE_CONTRACTS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"), &current).unwrap();
        return;
    }
    assert!(
        current == COMMITTED,
        "rest/openapi.json has drifted: run STUDIO_WRITE_CONTRACTS=1 cargo test -p studio-rest, and look at the difference"
    );
}

#[test]
fn every_route_is_documented_and_every_documented_path_is_a_route() {
    let api = openapi();
    let documented: BTreeSet<(String, String)> = api
        .paths
        .paths
        .iter()
        .flat_map(|(path, item)| {
            let methods =
                [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("DELETE", &item.delete)];
            methods
                .into_iter()
                .filter(|(_, operation)| operation.is_some())
                .map(|(method, _)| (method.to_owned(), path.clone()))
                .collect::<Vec<_>>()
        })
        .collect();
    let all = || routes().into_iter().chain(sign_in_routes());
    let table: BTreeSet<(String, String)> =
        all().map(|route| (route.method.to_string(), open_path(route.path))).collect();
    assert_eq!(documented, table);
    assert_eq!(table.len(), all().count(), "no route stands in the tables twice");
}

#[test]
fn every_reference_has_its_schema() {
    let api = serde_json::to_value(openapi()).unwrap();
    let schemas = api["components"]["schemas"].as_object().unwrap();
    let text = api.to_string();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is referred to but not defined");
    }
    assert_eq!(api["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    // Examples of ledger operations have such a member too.
    let operations =
        api["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    for id in operations.filter_map(|operation| operation["operationId"].as_str()) {
        assert!(ids.insert(id), "two operations have one id: {id}");
    }
    assert_eq!(ids.len(), routes().len() + sign_in_routes().len());
}

/// `docs/routes.md`: method and path, and whether the page says that the route is there.
fn documented_routes() -> Vec<(String, String)> {
    let rows = include_str!("../../../docs/routes.md").lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    cells.map(|cells| (cells[0].trim_end_matches('`').to_owned(), cells[1].to_owned())).collect()
}

#[test]
fn doors_5_the_page_of_routes_says_what_is_here() {
    let table: BTreeSet<String> =
        routes().into_iter().map(|route| format!("{} {}", route.method, open_path(route.path))).collect();
    let rows = documented_routes();
    let mut names = BTreeSet::new();
    for (name, state) in &rows {
        assert!(names.insert(name.clone()), "{name} stands twice in docs/routes.md");
        let is_here = match state.as_str() {
            "here" | "own" => true,
            "later" | "not planned" => false,
            other => panic!("{name}: {other} is no state"),
        };
        assert_eq!(table.contains(name), is_here, "docs/routes.md says of {name}: {state}");
    }
    let missing: Vec<&String> = table.difference(&names).collect();
    assert!(missing.is_empty(), "docs/routes.md does not name {missing:?}");
    let of_the_contract = rows.iter().filter(|(_, state)| state != "own").count();
    assert!(of_the_contract >= 74, "{of_the_contract} routes of cheqd Studio's are accounted for");
}

#[test]
fn the_page_about_signing_in_names_every_address() {
    let page = include_str!("../../../docs/sign-in.md");
    for route in sign_in_routes() {
        assert!(page.contains(route.path), "docs/sign-in.md does not name {}", route.path);
    }
}

#[test]
fn doors_1_and_5_the_documents_tell_the_numbers_of_the_code() {
    let api = include_str!("../../../docs/api.md");
    let kept = app::port::replies::REPLIES_KEPT_HOURS;
    assert!(
        api.contains(&format!("kept for {kept} hours")),
        "docs/api.md and the code keep answers equally long"
    );
    assert!(openapi().to_json().unwrap().contains(&format!("kept for {kept} hours")));
    for told in
        ["random free one", "a count, not a place", "statusListIndex", "10 rows", "100 in the other lists"]
    {
        assert!(api.contains(told), "docs/api.md says {told}");
    }
}

/// Doors 5, its neighbours: other numbers that the pages tell.
#[test]
fn doors_5_the_pages_tell_the_other_numbers_of_the_code_too() {
    let api = include_str!("../../../docs/api.md");
    let thousands = |number: u32| format!("{} {:03}", number / 1_000, number % 1_000);
    for told in [
        format!("a page has at most {} rows", thousands(crate::paging::PAGE_ROWS_MAX)),
        format!("{} rows", crate::paging::CONTRACT_PAGE_ROWS_DEFAULT),
        format!("{} in the other lists", crate::paging::PAGE_ROWS_DEFAULT),
        format!("at most {} hops", app::trust::CHAIN_HOPS_MAX),
        format!("at most {}, the default", projections::operation::MAX_PAGE_OPERATIONS),
        format!("have 1 to {} printable", app::act::IDEMPOTENCY_KEY_CHARS_MAX),
    ] {
        assert!(api.contains(&told), "docs/api.md says {told}");
    }
}

/// Whoever goes by the document asks for no page that is refused.
#[test]
fn the_numbers_of_a_page_are_those_that_are_taken() {
    let api = serde_json::to_value(openapi()).unwrap();
    let items =
        api["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let mut lists = 0;
    for parameters in items.filter_map(|operation| operation["parameters"].as_array()) {
        let of = |name: &str| parameters.iter().find(|one| one["in"] == "query" && one["name"] == name);
        let Some(limit) = of("limit") else { continue };
        let names = parameters.iter().map(|one| one["name"].to_string()).collect::<Vec<_>>().join(" ");
        let most = if of("after").is_some() { WALKED_PAGE_ROWS_MAX } else { PAGE_ROWS_MAX };
        assert_eq!(
            (&limit["schema"]["minimum"], &limit["schema"]["maximum"]),
            (&json!(1), &json!(most)),
            "{names}"
        );
        let page = of("page").map(|page| (&page["schema"]["minimum"], &page["schema"]["maximum"]));
        assert!(page.is_none_or(|bounds| bounds == (&json!(1), &serde_json::Value::Null)), "{names}");
        lists += 1;
    }
    assert!(lists >= 12, "{lists} lists");
}
