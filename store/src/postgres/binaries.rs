//! Finds installed Postgres server binaries.

use super::PostgresError;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tokio::process::Command;

/// The oldest server this store runs on (exact `extract`, `gen_random_uuid`).
pub const MIN_MAJOR_VERSION: u32 = 14;

/// Where distributions put server binaries that are not on PATH; `*` is one directory.
const PLACES: [&str; 5] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
];

/// A directory with `initdb`, `postgres` and `pg_ctl` of one version.
#[derive(Debug, Clone)]
pub struct Binaries {
    directory: PathBuf,
    major: u32,
}

impl Binaries {
    /// The newest installed binaries; `needed` is the major version of an existing data directory.
    pub async fn find(needed: Option<&str>) -> Result<Self, PostgresError> {
        let mut directories: Vec<PathBuf> = on_path().await.into_iter().collect();
        directories.extend(PLACES.iter().flat_map(|place| matching(place)));
        let mut found = Vec::new();
        for directory in directories {
            if ["initdb", "postgres", "pg_ctl"].iter().all(|program| directory.join(program).is_file())
                && let Some(major) = major_version(&directory).await
            {
                found.push(Self { directory, major });
            }
        }
        found
            .into_iter()
            .filter(|binaries| match needed {
                Some(version) => binaries.major.to_string() == version,
                None => binaries.major >= MIN_MAJOR_VERSION,
            })
            .max_by_key(|binaries| binaries.major)
            .ok_or_else(|| PostgresError::Missing {
                needed: match needed {
                    Some(version) => {
                        format!(" of version {version}, which made the existing data directory,")
                    }
                    None => format!(" of version {MIN_MAJOR_VERSION} or newer"),
                },
            })
    }

    /// The major version, e.g. 15.
    pub const fn major(&self) -> u32 {
        self.major
    }

    /// The full path of a program, e.g. `pg_ctl`.
    pub fn path(&self, program: &str) -> PathBuf {
        self.directory.join(program)
    }
}

/// Asks the shell, which knows PATH; this crate reads no environment variables.
async fn on_path() -> Option<PathBuf> {
    let output = Command::new("sh").args(["-c", "command -v initdb"]).output().await.ok()?;
    let found = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    found.canonicalize().ok()?.parent().map(Path::to_owned)
}

/// Expands the one `*` of a place.
fn matching(place: &str) -> Vec<PathBuf> {
    let Some((before, after)) = place.split_once('*') else { return vec![PathBuf::from(place)] };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let Ok(entries) = fs::read_dir(format!("{parent}/")) else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join(after.trim_start_matches('/')))
        .collect()
}

/// Parses `postgres (PostgreSQL) 15.18 (Debian …)`.
async fn major_version(directory: &Path) -> Option<u32> {
    let output = Command::new(directory.join("postgres")).arg("--version").output().await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let number =
        text.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    number.split(|end: char| !end.is_ascii_digit()).next()?.parse().ok()
}
