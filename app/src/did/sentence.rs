//! What is wrong with a DID, first failing rule first. Both doors use these sentences; they are those of cheqd Studio.

use crate::Fault;
use domain::id::Did;

const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// A did:cheqd, as whatever is written on the ledger needs; faults are about `field`.
pub fn cheqd_did(field: &str, text: &str) -> Result<Did, Fault> {
    if let Some(sentence) = did_sentence(text) {
        return Err(Fault::about(field, sentence));
    }
    Did::parse(text).map_err(|_| {
        let method = text.split(':').nth(1).unwrap_or_default();
        Fault::about(field, format!("DID method {method} is not supported"))
    })
}

/// What is wrong with a DID; `None` for one of a method that Studio knows.
pub fn did_sentence(text: &str) -> Option<String> {
    let mut parts = text.splitn(3, ':');
    let scheme = parts.next();
    let (Some("did"), Some(method), Some(rest)) = (scheme, parts.next(), parts.next()) else {
        return Some("Invalid format of DID. Expected to start with did:<method>".to_owned());
    };
    match method {
        "cheqd" => cheqd_sentence(text, rest),
        "key" | "jwk" if rest.is_empty() => {
            Some(format!("Identifier is required after \"did:{method}:\" prefix"))
        }
        "key" | "jwk" if !rest.bytes().all(is_id_byte) => {
            Some(format!("Identifier after \"did:{method}:\" prefix has characters that no DID has"))
        }
        "key" | "jwk" => None,
        "vda" => namespaced(rest, "Verida", "vda"),
        other => Some(format!("DID method {other} is not supported")),
    }
}

/// `idchar` and the colons between them (DID core 3.1).
const fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'%' | b':')
}

fn namespaced(rest: &str, name: &str, method: &str) -> Option<String> {
    let (namespace, id) = rest.split_once(':').unwrap_or((rest, ""));
    match (namespace, id) {
        ("", _) => Some(format!(
            "{name} DID namespace is required (\"did:{method}:mainnet:...\" or \"did:{method}:testnet:...\")"
        )),
        ("mainnet" | "testnet", "") => {
            Some(format!("Identifier is required after \"did:{method}:<namespace>:\" prefix"))
        }
        ("mainnet" | "testnet", _) => None,
        _ if name == "Cheqd" => Some("Cheqd DID namespace must be testnet or mainnet".to_owned()),
        _ => Some(format!("{name} DID namespace must be mainnet or testnet")),
    }
}

fn cheqd_sentence(text: &str, rest: &str) -> Option<String> {
    if let Some(sentence) = namespaced(rest, "Cheqd", "cheqd") {
        return Some(sentence);
    }
    if Did::parse(text).is_ok() {
        return None;
    }
    let id = rest.split_once(':').map_or("", |(_, id)| id);
    let indy = if id.chars().all(|c| BASE58.contains(c)) {
        "Indy-style DID identifier does not have 16 bytes length"
    } else {
        "Indy-style DID identifier is not a valid Base58 string"
    };
    Some(format!(
        "Cheqd DID identifier is not valid. Failed identifier checks: Identifier is not valid UUID, {indy}"
    ))
}
