use super::*;
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
    let table: BTreeSet<(String, String)> =
        routes().into_iter().map(|route| (route.method.to_string(), open_path(route.path))).collect();
    assert_eq!(documented, table);
    assert_eq!(table.len(), routes().len(), "no route stands in the table twice");
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
    for id in text.split("\"operationId\":\"").skip(1) {
        assert!(ids.insert(id.split('"').next().unwrap()), "two operations have one id");
    }
    assert_eq!(ids.len(), routes().len());
}
