//! Where a browser goes after signing in: somewhere here, whatever was asked for.

domain::limits! {
    /// Longest path that is remembered.
    RETURN_TO_CHARS_MAX: usize = 512, "characters";
}

/// The path if it is one of this very host, else `/`. A browser reads `//host`, `/\host` and what it makes of tabs and encoded
/// slashes in its own way, so that nothing of that kind passes.
pub fn own_path(text: Option<&str>) -> &str {
    text.filter(|text| is_own(text)).unwrap_or("/")
}

fn is_own(text: &str) -> bool {
    let is_plain = |byte: u8| (0x21..=0x7e).contains(&byte) && !b"\\\"'<>`{}|^".contains(&byte);
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let coded = path.to_ascii_lowercase();
    text.len() <= RETURN_TO_CHARS_MAX
        && text.starts_with('/')
        && text.bytes().all(is_plain)
        && !path.contains("//")
        && !["%2f", "%5c", "%25", "%00", "%09", "%0a", "%0d"].iter().any(|code| coded.contains(code))
        && !path.split('/').any(|part| part == ".." || part == ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for own in [
            "/",
            "/swagger",
            "/graphql?query=%7Bviewer%7D#x",
            "/did/list?next=https://a.example//b",
            "/a/b-c_d~e",
        ] {
            assert_eq!(own_path(Some(own)), own);
        }
        for foreign in [
            "",
            "swagger",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " /swagger",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "/%2f/evil.example",
            "/%2Fevil.example",
            "/%5cevil.example",
            "/%5Cevil.example",
            "/%252fevil.example",
            "/%09/evil.example",
            "/a//evil.example",
            "/.//evil.example",
            "/..//evil.example",
            "/a/../../evil",
            "/a\u{2f}\u{2f}evil.example",
            "/ä",
            "/\"onload",
            "/<x>",
            &format!("/{}", "a".repeat(RETURN_TO_CHARS_MAX)),
        ] {
            assert_eq!(own_path(Some(foreign)), "/", "{foreign}");
        }
        assert_eq!(own_path(None), "/");
    }
}
