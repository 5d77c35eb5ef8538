//! The checks of a verdict, by name: one list that every door shows.

use credentials::{
    accreditation::HopCheck,
    verify::{self, Outcome},
};

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOutcome {
    /// Asked and in order.
    Passed,
    /// Not asked for, or nothing there to check.
    Skipped,
    /// Asked and wrong.
    Failed,
}

impl CheckOutcome {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which, e.g. `signature`, `keyPurpose`, `status`.
    pub name: String,
    /// How it went.
    pub outcome: CheckOutcome,
    /// Why: of a failed one what is wrong, a sentence that starts with its code; of another one what decided.
    pub reason: Option<String>,
}

impl Check {
    /// In order.
    pub fn passed(name: impl Into<String>) -> Self {
        Self { name: name.into(), outcome: CheckOutcome::Passed, reason: None }
    }

    /// Not asked for, or nothing there to check.
    pub fn skipped(name: impl Into<String>) -> Self {
        Self { name: name.into(), outcome: CheckOutcome::Skipped, reason: None }
    }

    /// Wrong for this reason.
    pub fn failed(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { name: name.into(), outcome: CheckOutcome::Failed, reason: Some(reason.into()) }
    }

    /// Failed with this reason, or passed without one.
    pub fn judged(name: impl Into<String>, failure: Option<String>) -> Self {
        match failure {
            Some(reason) => Self::failed(name, reason),
            None => Self::passed(name),
        }
    }

    /// With what decided.
    #[must_use]
    pub fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }
}

impl From<&verify::Check> for Check {
    fn from(check: &verify::Check) -> Self {
        let name = check.name.as_str();
        match &check.outcome {
            Outcome::Passed => Self::passed(name),
            Outcome::PassedBy(by) => Self::passed(name).because(*by),
            Outcome::Skipped => Self::skipped(name),
            Outcome::Failed(failure) => Self::failed(name, failure.message.as_str()),
        }
    }
}

impl From<&HopCheck> for Check {
    fn from(check: &HopCheck) -> Self {
        Self::judged(check.name.as_str(), check.failure.clone())
    }
}

/// What failed first.
pub(crate) fn first_failure(checks: &[Check]) -> Option<String> {
    let failed = checks.iter().find(|check| check.outcome == CheckOutcome::Failed)?;
    Some(failed.reason.clone().unwrap_or_else(|| failed.name.clone()))
}
