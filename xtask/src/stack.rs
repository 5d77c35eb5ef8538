//! One HTTP stack and one TLS, however many crates ask for them. `deny.toml` bans the old ones where cargo-deny is installed;
//! the lock file says the same everywhere.

use std::{fs, path::Path};

/// Crates that come once, and the first of their versions that is maintained (safety of the wire hangs on them).
const ONCE: [(&str, [u64; 2]); 8] = [
    ("h2", [0, 4]),
    ("http", [1, 0]),
    ("http-body", [1, 0]),
    ("hyper", [1, 0]),
    ("reqwest", [0, 12]),
    ("rustls", [0, 23]),
    ("rustls-webpki", [0, 103]),
    ("tokio-rustls", [0, 26]),
];
/// Crates that do not come at all: other TLS, other runtimes.
const NEVER: [&str; 4] = ["openssl-sys", "native-tls", "aws-lc-sys", "async-std"];

/// What the lock file holds against it.
pub(crate) fn check(root: &Path) -> Vec<String> {
    match fs::read_to_string(root.join("Cargo.lock")) {
        Ok(lock) => complaints(&lock),
        Err(why) => vec![format!("Cargo.lock: {why}")],
    }
}

fn complaints(lock: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, floor) in ONCE {
        let versions: Vec<&str> =
            packages(lock).filter(|(other, _)| *other == name).map(|(_, version)| version).collect();
        if versions.len() > 1 {
            complaints.push(format!("Cargo.lock: {name} comes in the versions {}", versions.join(" and ")));
        }
        for version in versions.iter().filter(|version| parts(version) < floor) {
            let [major, minor] = floor;
            complaints.push(format!("Cargo.lock: {name} {version} is older than {major}.{minor}"));
        }
    }
    for (name, version) in packages(lock).filter(|(name, _)| NEVER.contains(name)) {
        complaints.push(format!("Cargo.lock: {name} {version} must not be built in"));
    }
    complaints
}

/// Names and versions, as cargo writes them.
fn packages(lock: &str) -> impl Iterator<Item = (&str, &str)> {
    let value = |line: &'static str| move |entry: &&str| entry.starts_with(line);
    lock.split("[[package]]").filter_map(move |package| {
        let name = package.lines().find(value("name = "))?;
        let version = package.lines().find(value("version = "))?;
        Some((name.split('"').nth(1)?, version.split('"').nth(1)?))
    })
}

/// Major and minor number.
fn parts(version: &str) -> [u64; 2] {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or_default());
    [numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Safety 15.
    #[test]
    fn safety_15_one_http_stack_and_one_tls() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        assert_eq!(check(Path::new(root)), Vec::<String>::new());
    }

    /// Safety 15, its neighbours.
    #[test]
    fn old_doubled_and_banned_crates_are_complaints() {
        let package = |name: &str, version: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"registry\"\n\n")
        };
        let sound =
            package("hyper", "1.12.0") + &package("reqwest", "0.12.28") + &package("hyper-util", "0.1.9");
        assert_eq!(complaints(&sound), Vec::<String>::new());
        let found = |more: String| complaints(&(sound.clone() + &more));
        assert_eq!(
            found(package("hyper", "0.14.32")),
            [
                "Cargo.lock: hyper comes in the versions 1.12.0 and 0.14.32",
                "Cargo.lock: hyper 0.14.32 is older than 1.0"
            ]
        );
        assert_eq!(
            found(package("rustls-webpki", "0.101.7")),
            ["Cargo.lock: rustls-webpki 0.101.7 is older than 0.103"]
        );
        assert_eq!(
            found(package("openssl-sys", "0.9.1")),
            ["Cargo.lock: openssl-sys 0.9.1 must not be built in"]
        );
    }
}
