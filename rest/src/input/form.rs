//! `application/x-www-form-urlencoded` with `a[b]=c` and `a[]=c`.

use super::{PAIRS_MAX, Problem};
use app::Fault;
use domain::json;
use serde_json::{Map, Value};

domain::limits! {
    /// Deepest `a[b][c]`.
    pub(crate) FORM_DEPTH_MAX: usize = 5, "levels";
}

/// The members of a form; texts, objects and arrays of texts. Empty fields are absent.
pub(super) fn decode(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    let malformed = |why: String| Fault::invalid("request/body-malformed", why);
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(body)
        .map_err(|why| malformed(format!("The form is malformed: {why}")))?;
    if pairs.len() > PAIRS_MAX {
        return Err(malformed(format!("The form has more than {PAIRS_MAX} fields.")).into());
    }
    for (name, value) in &pairs {
        within_limits(name, value)?;
    }
    let mut members = Map::new();
    for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        let path =
            path(&name).ok_or_else(|| malformed(format!("The form field name {name} is malformed.")))?;
        let (first, rest) =
            path.split_first().ok_or_else(|| malformed("A form field has no name.".to_owned()))?;
        let slot = members.entry((*first).to_owned()).or_insert(Value::Null);
        put(slot, rest, Value::from(value));
    }
    Ok(members)
}

/// What a member of a JSON body must obey, and JSON inside a field too.
fn within_limits(name: &str, value: &str) -> Result<(), Fault> {
    if name.len() > json::NAME_BYTES_MAX {
        return Err(json::Refused::NameTooLong.into());
    }
    if value.len() > json::TEXT_BYTES_MAX {
        return Err(json::Refused::TextTooLong.into());
    }
    if name.contains('\0') || value.contains('\0') {
        return Err(json::Refused::Nul.into());
    }
    match json::holds_json(value) {
        Some(Err(refused)) => Err(refused.into()),
        _ => Ok(()),
    }
}

/// `a[b][]` is `a`, `b` and nothing.
fn path(name: &str) -> Option<Vec<&str>> {
    let Some(open) = name.find('[') else { return Some(vec![name]) };
    let (first, mut rest) = name.split_at(open);
    let mut path = vec![first];
    while !rest.is_empty() {
        let (part, after) = rest.strip_prefix('[')?.split_once(']')?;
        path.push(part);
        rest = after;
    }
    (path.len() <= FORM_DEPTH_MAX && !first.is_empty()).then_some(path)
}

fn put(slot: &mut Value, path: &[&str], value: Value) {
    let Some((part, rest)) = path.split_first() else {
        // The same name again makes a list.
        match slot {
            Value::Null => *slot = value,
            Value::Array(items) => items.push(value),
            single => *single = Value::Array(vec![single.take(), value]),
        }
        return;
    };
    let is_index = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if slot.is_null() {
        *slot =
            if part.is_empty() || is_index { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
    }
    match slot {
        Value::Array(items) => {
            // Indexes name elements in order; a gap closes up, so no index can make a large array.
            let index = part.parse::<usize>().ok().filter(|index| *index < items.len());
            let position = index.unwrap_or_else(|| {
                items.push(Value::Null);
                items.len() - 1
            });
            if let Some(item) = items.get_mut(position) {
                put(item, rest, value);
            }
        }
        Value::Object(members) => put(members.entry((*part).to_owned()).or_insert(Value::Null), rest, value),
        other => *other = value,
    }
}
