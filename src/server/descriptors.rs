//! How many files and connections this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

domain::limits! {
    /// Descriptors that the system is asked for at most, whatever it would give: some programs walk through all they may have.
    WANTED: u64 = 65_536, "descriptors";
}

/// The number of descriptors, raised as far as the system lets us; none if there is no limit.
pub(super) fn raised() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let current = current?;
    let wanted = maximum.map_or(WANTED, |maximum| maximum.min(WANTED));
    if wanted <= current {
        return Some(current);
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
        Ok(()) => Some(wanted),
        Err(error) => {
            tracing::debug!(%error, "the limit of open files could not be raised");
            Some(current)
        }
    }
}

/// How many of them connections may have.
pub(super) fn connections(descriptors: u64, reserved: u64) -> usize {
    usize::try_from(descriptors - reserved.min(descriptors / 2)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_connections_keep_their_part() {
        // safety 6
        assert_eq!(connections(20_000, 1_024), 18_976);
        assert_eq!(connections(2_048, 1_024), 1_024);
        assert_eq!(connections(1_024, 1_024), 512);
        assert_eq!(connections(256, 1_024), 128);
        assert_eq!(connections(0, 1_024), 0);
    }
}
