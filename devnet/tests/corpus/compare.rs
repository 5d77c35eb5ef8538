//! Comparison of recorded and given answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;
use serde_json::Value;

/// Bytes of a member: base64, or pieces to join.
pub(crate) fn bytes_of(object: &Value, key: &str) -> Vec<u8> {
    if let Some(text) = object[format!("{key}_b64")].as_str() {
        return STANDARD.decode(text).unwrap();
    }
    let Some(parts) = object[format!("{key}_parts")].as_array() else { return Vec::new() };
    let mut out = Vec::new();
    for part in parts {
        if let Some(text) = part["b64"].as_str() {
            out.extend(STANDARD.decode(text).unwrap());
        } else {
            let piece = STANDARD.decode(part["repeat_b64"].as_str().unwrap()).unwrap();
            for _ in 0..part["times"].as_u64().unwrap() {
                out.extend_from_slice(&piece);
            }
        }
    }
    out
}

/// A log without what differs between nodes: stacks, source positions, heights, gas figures.
pub(crate) fn plain_log(log: &str) -> String {
    let mut log = log.to_owned();
    if let Some(at) = log.find("\nstack:") {
        let tail = Regex::new(r" with gas used: '\d+': unknown request$").unwrap();
        let tail = tail.find(&log).map_or(String::new(), |m| m.as_str().to_owned());
        log.truncate(at);
        log.push_str("\nstack:<cut>");
        log.push_str(&tail);
    }
    let rules = [
        (r" ?\[[^\[\]\s]*\.(go|rs):\d+\]", ""),
        (r" ?\[<go source>\]", ""),
        (r"block height: (\d+|<H>),", "block height: <H>,"),
        (r"gasUsed: \d+", "gasUsed: <G>"),
        (r"out of gas in location: \w+", "out of gas in location: <L>"),
        (r"gas used: '\d+'", "gas used: '<G>'"),
        (r", gas: \d+", ", gas: <G>"),
    ];
    for (pattern, to) in rules {
        log = Regex::new(pattern).unwrap().replace_all(&log, to).into_owned();
    }
    log
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Every member of the recorded answer must be there with the same type.
pub(crate) fn shape(recorded: &Value, got: &Value, path: &str, out: &mut Vec<String>) {
    match (recorded, got) {
        (Value::Null, _) => {}
        (Value::Array(list), Value::Null) if list.is_empty() => {}
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                match b.get(key) {
                    Some(other) => shape(value, other, &format!("{path}.{key}"), out),
                    None => out.push(format!("{path}.{key}: missing")),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) => match (a.last(), b.last()) {
            (Some(x), Some(y)) => shape(x, y, &format!("{path}[]"), out),
            (Some(_), None) => out.push(format!("{path}: recorded {} entries, got none", a.len())),
            (None, _) => {}
        },
        (a, b) if kind(a) != kind(b) => out.push(format!("{path}: recorded {}, got {}", kind(a), kind(b))),
        _ => {}
    }
}

/// Code, codespace and log.
pub(crate) fn answer(what: &str, recorded: &Value, got: &Value, out: &mut Vec<String>) {
    for key in ["code", "codespace"] {
        if recorded[key] != got[key] {
            out.push(format!("{what} {key}: recorded {}, got {} ({})", recorded[key], got[key], got["log"]));
            return;
        }
    }
    let (a, b) =
        (plain_log(recorded["log"].as_str().unwrap_or("")), plain_log(got["log"].as_str().unwrap_or("")));
    if a != b {
        out.push(format!("{what} log: recorded {a:?}, got {b:?}"));
    }
}

/// Events: all values for identity transactions; kinds and keys where amounts depend on exact gas.
pub(crate) fn events(recorded: &Value, got: &Value, out: &mut Vec<String>) {
    let exact = !recorded.to_string().contains("tip_pay");
    let attribute = |key: &Value, value: &Value| {
        let value = if exact { value.as_str().unwrap_or("") } else { "" };
        format!("{}={value}", key.as_str().unwrap_or(""))
    };
    let a: Vec<String> = recorded
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            let all: Vec<_> =
                e["attributes"].as_array().unwrap().iter().map(|x| attribute(&x[0], &x[1])).collect();
            format!("{}{{{}}}", e["type"].as_str().unwrap(), all.join(","))
        })
        .collect();
    let b: Vec<String> = got
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            let list = e["attributes"].as_array().unwrap();
            let all: Vec<_> = list.iter().map(|x| attribute(&x["key"], &x["value"])).collect();
            format!("{}{{{}}}", e["type"].as_str().unwrap(), all.join(","))
        })
        .collect();
    if a != b {
        let at = a.iter().zip(&b).position(|(x, y)| x != y).unwrap_or(a.len().min(b.len()));
        out.push(format!("events differ at {at}: recorded {:?}, got {:?}", a.get(at), b.get(at)));
    }
}

/// Gas within so many percent.
pub(crate) fn gas(what: &str, recorded: &Value, got: &Value, percent: u64, out: &mut Vec<String>) {
    let number = |v: &Value| v.as_u64().or_else(|| v.as_str().and_then(|t| t.parse().ok())).unwrap_or(0);
    let (a, b) = (number(recorded), number(got));
    if a.abs_diff(b) * 100 > a * percent {
        out.push(format!("{what} gas used: recorded {a}, got {b}"));
    }
}
