//! Who may depend on whom (docs/architecture.md#who-may-depend-on-whom), read from `cargo metadata`.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The whole list; `studio` (the binary) and `studio-xtask` are not in it.
const ALLOWED: [(&str, &[&str]); 13] = [
    ("domain", &[]),
    ("credentials", &["domain"]),
    ("app", &["domain", "credentials"]),
    ("proto", &[]),
    ("store", &["app", "domain"]),
    ("ledger", &["app", "domain", "proto"]),
    ("devnet", &["proto"]),
    ("vault", &["app", "domain", "credentials"]),
    ("idp", &["app", "domain"]),
    ("projections", &["store", "domain", "credentials"]),
    ("porch", &["app", "domain"]),
    ("rest", &["porch", "app", "projections", "domain", "credentials"]),
    ("graphql", &["porch", "app", "projections", "domain", "credentials"]),
];

/// Crates that decide or only format reach none of these, however indirectly.
const PURE: [&str; 2] = ["domain", "credentials"];
const IMPURE: [&str; 6] = ["tokio", "sqlx", "axum", "reqwest", "rand", "cosmrs"];

/// Every broken edge, as a sentence.
pub(crate) fn check(root: &Path) -> Vec<String> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root.join("Cargo.toml")).other_options(vec!["--locked".to_owned()]);
    let metadata = match command.exec() {
        Ok(metadata) => metadata,
        Err(error) => return vec![format!("cargo metadata failed: {error}")],
    };
    let mut complaints = Vec::new();
    for (room, allowed) in ALLOWED {
        let Some(package) = workspace_package(&metadata, room) else {
            complaints.push(format!("the room {room} is missing"));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            if let Some(other) = dependency.name.strip_prefix("studio-")
                && !allowed.contains(&other)
            {
                complaints.push(format!("{room} depends on {other}; allowed are {allowed:?}"));
            }
        }
    }
    complaints.extend(unlisted(&metadata));
    for room in PURE {
        complaints.extend(impure_reach(&metadata, room));
    }
    complaints
}

fn workspace_package<'a>(metadata: &'a Metadata, room: &str) -> Option<&'a Package> {
    let name = format!("studio-{room}");
    metadata.workspace_packages().into_iter().find(|package| package.name.as_str() == name)
}

/// A new room must say what it is forbidden.
fn unlisted(metadata: &Metadata) -> Vec<String> {
    let known: BTreeSet<String> = ALLOWED.iter().map(|(room, _)| format!("studio-{room}")).collect();
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| package.name.to_string())
        .filter(|name| name != "studio" && name != "studio-xtask" && !known.contains(name))
        .map(|name| format!("{name} is not in the list of rooms (xtask/src/edges.rs)"))
        .collect()
}

fn impure_reach(metadata: &Metadata, room: &str) -> Vec<String> {
    let Some(resolve) = &metadata.resolve else { return vec!["cargo metadata resolved nothing".to_owned()] };
    let Some(start) = workspace_package(metadata, room) else { return Vec::new() };
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut open = vec![&start.id];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let normal = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        open.extend(
            normal
                .filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal))
                .map(|dep| &dep.pkg),
        );
    }
    metadata
        .packages
        .iter()
        .filter(|package| seen.contains(&package.id) && IMPURE.contains(&package.name.as_str()))
        .map(|package| format!("{room} reaches {}, which it must not", package.name))
        .collect()
}
