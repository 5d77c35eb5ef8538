//! Formats are values (docs/adr/0021-formats-as-values.md): only their own room says what one is made of, and only one place
//! asks the vault for a signature.

use crate::source::{Part, Source};
use std::{fs, path::Path};

/// What makes a format a code path.
const PARTS: [&str; 7] = [
    "jwt::",
    "vc::normalise",
    "vc::compact_of",
    "vc::jwt_claims",
    "bitstring_credential",
    "bitstring_payload",
    "status_list_2021_payload",
];
const ROOM: &str = "credentials/";
/// What is asked of the vault, and by whom.
const SIGNATURE: &str = "studio.vault.sign(";
const SIGNER: &str = "app/src/sign.rs";

/// Products that know too much of a format.
pub(crate) fn check(root: &Path, sources: &[Source]) -> Vec<String> {
    let products = sources.iter().filter(|source| source.part == Part::Product);
    products
        .flat_map(|source| {
            let text = fs::read_to_string(root.join(&source.shown)).unwrap_or_default();
            complaints_of(&source.shown, &text)
        })
        .collect()
}

fn complaints_of(shown: &str, text: &str) -> Vec<String> {
    if shown.starts_with("xtask/") {
        return Vec::new();
    }
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut complaints = Vec::new();
    if !shown.starts_with(ROOM) {
        let named = PARTS.iter().filter(|part| text.contains(*part));
        complaints.extend(named.map(|part| {
            format!(
                "{shown}: {part} is for the room of formats alone; ask a CredentialFormat or a ListFormat"
            )
        }));
    }
    if shown != SIGNER && text.contains(SIGNATURE) {
        complaints.push(format!("{shown}: only {SIGNER} has something signed"));
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_that_is_a_code_path_is_found() {
        let text = "let token = jwt::assemble(&input, &studio.vault.sign(kid, bytes).await?);";
        assert_eq!(complaints_of("app/src/a.rs", text).len(), 2);
        assert_eq!(complaints_of("credentials/src/a.rs", "jwt::assemble(a, b)"), Vec::<String>::new());
        assert_eq!(complaints_of(SIGNER, "studio.vault.sign(kid, bytes)"), Vec::<String>::new());
        let in_tests = "fn f() {}\n#[cfg(test)]\nmod tests {\n    fn g() { jwt::parse(x) }\n}\n";
        assert_eq!(complaints_of("app/src/a.rs", in_tests), Vec::<String>::new());
    }
}
