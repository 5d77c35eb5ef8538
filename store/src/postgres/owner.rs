//! Under which user the server runs: this one, or `postgres` if this one is root.

use super::{PostgresError, at};
use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::Path,
};
use tokio::process::Command;

/// The user of distributions' own Postgres packages.
const UNPRIVILEGED_USER: &str = "postgres";

/// The user and group to run Postgres as; `None` runs it as ourselves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner(Option<(u32, u32)>);

impl Owner {
    pub(super) async fn find() -> Result<Self, PostgresError> {
        if id(&["-u"]).await != Some(0) {
            return Ok(Self(None));
        }
        match (id(&["-u", UNPRIVILEGED_USER]).await, id(&["-g", UNPRIVILEGED_USER]).await) {
            (Some(user), Some(group)) => Ok(Self(Some((user, group)))),
            _ => Err(PostgresError::NoUser),
        }
    }

    /// Gives a directory to the user.
    pub(super) fn own(self, directory: &Path) -> Result<(), PostgresError> {
        if let Some((user, group)) = self.0 {
            let owned = fs::metadata(directory).is_ok_and(|metadata| metadata.uid() == user);
            if !owned {
                chown(directory, Some(user), Some(group)).map_err(|source| at(directory, source))?;
            }
        }
        Ok(())
    }

    /// Makes a directory that only the user may enter.
    pub(super) fn private_directory(self, directory: &Path) -> Result<(), PostgresError> {
        fs::create_dir_all(directory)
            .and_then(|()| fs::set_permissions(directory, fs::Permissions::from_mode(0o700)))
            .map_err(|source| at(directory, source))?;
        self.own(directory)
    }

    /// Checks that the user can reach the directory through all its parents.
    pub(super) async fn can_enter(self, directory: &Path) -> Result<(), PostgresError> {
        let mut command = Command::new("test");
        command.current_dir("/").args(["-x"]).arg(directory);
        self.applied_to(&mut command);
        match command.status().await {
            Ok(status) if status.success() => Ok(()),
            _ => Err(PostgresError::Unreachable(directory.to_owned())),
        }
    }

    /// Makes a command run as the user, in its own process group, so that Ctrl-C in a terminal reaches only Studio, which
    /// then stops the server in order.
    pub(super) fn applied_to(self, command: &mut Command) {
        command.process_group(0);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
    }
}

async fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().await.ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok()?.trim().parse().ok())?
}

/// Whether a live process with this number is a Postgres server.
pub(super) fn is_postgres(pid: u32) -> bool {
    if Path::new("/proc/self").exists() {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        // A zombie keeps its name but serves nobody.
        let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let zombie = status.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'));
        return matches!(name.trim(), "postgres" | "postmaster") && !zombie;
    }
    std::process::Command::new("ps").args(["-p", &pid.to_string(), "-o", "comm="]).output().is_ok_and(
        |output| {
            let name = String::from_utf8_lossy(&output.stdout);
            ["postgres", "postmaster"].iter().any(|server| name.trim().ends_with(server))
        },
    )
}
