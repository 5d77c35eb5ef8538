//! What one version of a resource changed of the one before: a JSON Patch (RFC 6902), where both are JSON.

use crate::port::resolver::ResolvedResource;
use serde_json::Value;

domain::limits! {
    /// Largest contents that are compared.
    pub CHANGE_BYTES_MAX: usize = 64 * 1024, "bytes";
    /// Most bytes of all paths in two compared contents together. A patch names a path for each change, so a long name with many
    /// members below it would make a patch that is many times as large as its contents.
    pub CHANGE_PATHS_BYTES_MAX: usize = 256 * 1024, "bytes";
    /// Most values in two compared contents together: each may be an operation of its own.
    pub CHANGE_VALUES_MAX: usize = 2_048, "values";
}

/// What a version changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Operations of a JSON Patch that make this version of the one before.
    Patch(Vec<Value>),
    /// None is told.
    Untold(Untold),
}

/// Why no change is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untold {
    /// There is no version before.
    FirstVersion,
    /// One of the two is not JSON.
    NotJson,
    /// One of the two is too large to compare, or a patch might be.
    TooLarge,
}

impl Untold {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstVersion => "firstVersion",
            Self::NotJson => "notJson",
            Self::TooLarge => "tooLarge",
        }
    }
}

/// What `new` changed of `old`.
pub(super) fn between(old: Option<&ResolvedResource>, new: &ResolvedResource) -> Change {
    old.map_or(Err(Untold::FirstVersion), |old| patch(old, new)).map_or_else(Change::Untold, Change::Patch)
}

fn patch(old: &ResolvedResource, new: &ResolvedResource) -> Result<Vec<Value>, Untold> {
    if ![old, new].iter().all(|version| is_json(&version.metadata.media_type)) {
        return Err(Untold::NotJson);
    }
    if [old, new].iter().any(|version| version.data.len() > CHANGE_BYTES_MAX) {
        return Err(Untold::TooLarge);
    }
    let read = |version: &ResolvedResource| serde_json::from_slice::<Value>(&version.data);
    let (Ok(old), Ok(new)) = (read(old), read(new)) else { return Err(Untold::NotJson) };
    if values(&old) + values(&new) > CHANGE_VALUES_MAX {
        return Err(Untold::TooLarge);
    }
    if paths_bytes(&old, 0).saturating_add(paths_bytes(&new, 0)) > CHANGE_PATHS_BYTES_MAX {
        return Err(Untold::TooLarge);
    }
    let operations = json_patch::diff(&old, &new).0;
    operations.iter().map(|operation| serde_json::to_value(operation).map_err(|_| Untold::NotJson)).collect()
}

/// Whether the ledger took it for JSON.
fn is_json(media_type: &str) -> bool {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    kind == "application/json" || kind.ends_with("+json")
}

/// How many values there are in one, itself among them.
fn values(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(values).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(values).sum::<usize>(),
        _ => 1,
    }
}

/// The length of the paths of everything in a value, itself at a path of `own` bytes.
fn paths_bytes(value: &Value, own: usize) -> usize {
    /// A slash and an index of the largest contents.
    const INDEX: usize = 6;
    let below =
        |sum: usize, (name, value): (usize, &Value)| sum.saturating_add(paths_bytes(value, own + name));
    match value {
        Value::Array(items) => items.iter().map(|item| (INDEX, item)).fold(own, below),
        // `~` and `/` take two bytes.
        Value::Object(members) => {
            members.iter().map(|(name, value)| (1 + 2 * name.len(), value)).fold(own, below)
        }
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::resolver::ResourceMetadata;
    use domain::id::Instant;
    use serde_json::json;

    fn version(media_type: &str, data: &str) -> ResolvedResource {
        let metadata = ResourceMetadata {
            collection_id: String::new(),
            id: String::new(),
            name: "n".to_owned(),
            resource_type: "T".to_owned(),
            version: String::new(),
            also_known_as: Vec::new(),
            media_type: media_type.to_owned(),
            created: Instant::UNIX_EPOCH,
            checksum: String::new(),
            previous_version_id: None,
            next_version_id: None,
        };
        ResolvedResource { data: data.as_bytes().to_vec(), metadata }
    }

    fn told(old: &Value, new: &Value) -> Change {
        let json = |value: &Value| version("application/json", &value.to_string());
        between(Some(&json(old)), &json(new))
    }

    #[test]
    fn a_change_of_json_is_a_patch_that_makes_the_new_of_the_old() {
        let old = json!({"a": 1, "b/c": {"~": [1, 2, 3]}, "gone": null});
        let new = json!({"a": 2, "b/c": {"~": [1, 3]}, "new": {"x": []}});
        let Change::Patch(operations) = told(&old, &new) else { panic!("a patch") };
        assert!(operations.contains(&json!({"op": "replace", "path": "/a", "value": 2})), "{operations:?}");
        assert!(operations.contains(&json!({"op": "remove", "path": "/gone"})), "{operations:?}");
        let patch: json_patch::Patch = serde_json::from_value(Value::Array(operations)).unwrap();
        let mut made = old;
        json_patch::patch(&mut made, &patch).unwrap();
        assert_eq!(made, new);
    }

    #[test]
    fn the_same_contents_in_another_order_are_no_change() {
        assert_eq!(told(&json!({"a": 1, "b": 2}), &json!({"b": 2, "a": 1})), Change::Patch(Vec::new()));
    }

    #[test]
    fn where_no_change_is_told_the_reason_is() {
        let (json, text) = (version("application/json", "{}"), version("text/plain; charset=utf-8", "x"));
        assert_eq!(between(None, &json), Change::Untold(Untold::FirstVersion));
        assert_eq!(between(Some(&text), &json), Change::Untold(Untold::NotJson));
        assert_eq!(between(Some(&json), &text), Change::Untold(Untold::NotJson));
        let geo = version("application/geo+json", "{\"type\":\"Point\"}");
        assert!(matches!(between(Some(&json), &geo), Change::Patch(_)));
        let broken = version("application/json", "{");
        assert_eq!(between(Some(&json), &broken), Change::Untold(Untold::NotJson));
    }

    #[test]
    fn contents_and_paths_have_a_limit() {
        let filled = |bytes: usize| json!({"a": "x".repeat(bytes - 8)});
        assert!(matches!(told(&json!({}), &filled(CHANGE_BYTES_MAX)), Change::Patch(_)));
        let larger = told(&json!({}), &filled(CHANGE_BYTES_MAX + 1));
        assert_eq!(larger, Change::Untold(Untold::TooLarge));
        // Every change names the long name again.
        let wide = json!({"n".repeat(1_000): vec![0; 1_000]});
        assert_eq!(told(&json!({}), &wide), Change::Untold(Untold::TooLarge));
        // Each of many small values may be a change, which is larger than the value.
        let many = |values: usize, of: &Value| Value::Array(vec![of.clone(); values]);
        let (empty, full) = (json!([]), json!({}));
        let half = CHANGE_VALUES_MAX / 2 - 1;
        assert!(matches!(told(&many(half, &empty), &many(half, &full)), Change::Patch(_)));
        let more = told(&many(half + 1, &empty), &many(half + 1, &full));
        assert_eq!(more, Change::Untold(Untold::TooLarge));
    }
}
