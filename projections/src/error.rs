//! What can go wrong while following or reading.

/// Why a read model could not be read, built or followed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// The database said no or is away; `store::pool::is_unavailable` tells which.
    #[error("read model database: {0}")]
    Database(#[from] sqlx::Error),
    /// An event or a row does not have the shape this version of Studio knows. Following stops: skipping would make the
    /// model wrong for ever.
    #[error("{what} cannot be read: {why}")]
    Unreadable {
        /// Which event or row, e.g. `event at position 12`.
        what: String,
        /// What is wrong with it.
        why: String,
        /// Its position in the log, if it is an event.
        position: Option<i64>,
    },
    /// No generation of the model is live yet: `prepare` has not run against this database.
    #[error("the read model {0} has not been built yet")]
    NotBuilt(&'static str),
    /// No model has this name.
    #[error("there is no read model called {name}; there are {}", known.join(", "))]
    UnknownModel {
        /// The name.
        name: String,
        /// Those that there are.
        known: &'static [&'static str],
    },
    /// Somebody else is rebuilding it.
    #[error("the read model {0} is being rebuilt by somebody else")]
    RebuildRunning(&'static str),
    /// Following failed in the store's runner.
    #[error("following {model}: {why}")]
    Follow {
        /// The model.
        model: &'static str,
        /// What the runner said.
        why: String,
    },
}

/// Short form of a result of this crate.
pub(crate) type Result<T, E = ProjectionError> = std::result::Result<T, E>;

impl ProjectionError {
    pub(crate) fn unreadable(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self::Unreadable { what: what.into(), why: why.to_string(), position: None }
    }

    /// Whether trying again later may help.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Database(error) => store::pool::is_unavailable(error),
            Self::NotBuilt(_) => true,
            _ => false,
        }
    }

    /// Whether a caller's text was at fault: it holds U+0000, for which Postgres has no text (22021), nor JSON (22P05).
    pub fn is_malformed_text(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        matches!(error.code().as_deref(), Some("22021" | "22P05"))
    }

    pub(crate) fn is_undefined_table(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01"))
    }
}
