//! Which passwords are taken.

use crate::{
    Fault, FaultKind,
    port::passwords::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, Password},
};
use domain::user::EmailAddress;

/// What many passwords are made of. One that is nothing else, with digits, signs or itself around it, is refused.
static COMMON: &str = include_str!("common_passwords.txt");

/// Shortest part of an e-mail address that a password must not be made of.
const PART_CHARS_MIN: usize = 3;
/// As many characters beside a word that anybody would try make it another password.
const OWN_CHARS_MIN: usize = 8;

/// A password that somebody chose, for this address. Fault `auth/password-refused` with the reason.
pub(super) fn chosen(typed: &str, email: Option<&EmailAddress>) -> Result<Password, Fault> {
    let too_long = || refused(format!("The password is longer than {PASSWORD_BYTES_MAX} bytes."));
    let password = Password::typed(typed).ok_or_else(too_long)?;
    let text = password.expose();
    if text.chars().count() < PASSWORD_CHARS_MIN {
        return Err(refused(format!("A password has at least {PASSWORD_CHARS_MIN} characters.")));
    }
    if text.chars().any(char::is_control) {
        return Err(refused("A password has no control characters.".to_owned()));
    }
    let plain = folded(text);
    if is_monotonous(&plain) || is_common(&plain) {
        let sentence = "This password is one that is tried first. A few words that have nothing to do with each other are easy to remember and hard to guess.";
        return Err(refused(sentence.to_owned()));
    }
    if email.is_some_and(|email| is_made_of(&plain, email)) {
        return Err(refused("This password is made of the e-mail address.".to_owned()));
    }
    Ok(password)
}

/// What somebody typed to be compared; what is too long is nobody's password, and costs the same.
pub(super) fn compared(typed: &str) -> Option<Password> {
    Password::typed(typed).or_else(|| Password::typed(""))
}

fn refused(sentence: String) -> Fault {
    Fault::new(FaultKind::Invalid, "auth/password-refused", sentence).with("field", "password")
}

/// In small letters, with the usual signs in the place of letters undone.
fn folded(text: &str) -> String {
    let fold = |letter: char| match letter {
        '@' | '4' => 'a',
        '0' => 'o',
        '$' | '5' => 's',
        '3' => 'e',
        '!' | '1' => 'i',
        '7' => 't',
        other => other,
    };
    text.to_lowercase().chars().map(fold).collect()
}

/// Made of few different characters, or of one short piece again and again, or of neighbours only.
fn is_monotonous(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let mut different = letters.clone();
    different.sort_unstable();
    different.dedup();
    let repeats =
        |length: usize| letters.iter().zip(letters.iter().skip(length)).all(|(one, next)| one == next);
    let steps = letters.windows(2).filter(|pair| match pair {
        [one, next] => u32::from(*one).abs_diff(u32::from(*next)) <= 1,
        _ => false,
    });
    different.len() < 5 || (1..=letters.len() / 2).any(repeats) || steps.count() + 2 >= letters.len()
}

fn is_common(text: &str) -> bool {
    COMMON.lines().map(folded).filter(|word| !word.is_empty()).any(|word| leaves_little(text, &word))
}

fn is_made_of(text: &str, email: &EmailAddress) -> bool {
    let canonical = folded(&email.canonical());
    let parts = email.canonical();
    let parts = parts.split(['@', '.', '+', '-', '_']).filter(|part| part.chars().count() >= PART_CHARS_MIN);
    leaves_little(text, &canonical) || parts.map(folded).any(|part| leaves_little(text, &part))
}

/// Whether the text is little more than the word.
fn leaves_little(text: &str, word: &str) -> bool {
    if !text.contains(word) {
        return false;
    }
    let rest = text.replace(word, "");
    rest.chars().filter(|letter| letter.is_alphanumeric()).count() < OWN_CHARS_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_nothing_that_is_tried_first() {
        let email = EmailAddress::parse("ana.lopez@example.org");
        for good in
            ["correct horse battery", "ünïcode ist länger", "Tr0ub4dor&3-and-more", "korbinian mag ottern"]
        {
            assert!(chosen(good, email.as_ref()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "short",
            "elevenchars",
            "passwordpassword",
            "Password1234",
            "P@ssw0rd2026!",
            "qwertyuiop123",
            "123456789012",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "abcdefghijklmnop",
            "iloveyou!2024",
            "ana.lopez@example.org",
            "ana.lopez1234",
            "lopezlopez2026",
            "Example.org2026",
            "with a tab\tin it",
            &"x y".repeat(100),
        ] {
            let fault = chosen(bad, email.as_ref()).err().unwrap_or_else(|| panic!("{bad} is taken"));
            assert_eq!(fault.code, "auth/password-refused", "{bad}");
            assert!(bad.is_empty() || !fault.public.contains(bad), "the sentence repeats no password");
        }
        assert!(chosen("lopez and 12 small otters", email.as_ref()).is_ok(), "a word in it does no harm");
    }
}
