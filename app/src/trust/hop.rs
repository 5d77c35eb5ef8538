//! One document of a chain of accreditations, and what it came to.

use super::{Check, DocumentVerdict, superseded::Superseding};
use credentials::accreditation::{HopCheck, HopCheckName, Kind, Question};

/// What one hop came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HopOutcome {
    /// Everything in order.
    Passed,
    /// This is wrong; the sentence says what.
    Failed(String),
}

/// One document of the chain.
#[derive(Debug, Clone)]
pub struct Hop {
    /// Its place, 1 is the leaf.
    pub number: usize,
    /// The reference that led here.
    pub url: String,
    /// The exact resource, if it was found: `<did>/resources/<id>`.
    pub resource_url: Option<String>,
    /// Its version label.
    pub version: Option<String>,
    /// Who grants.
    pub issuer: Option<String>,
    /// Who receives.
    pub subject: Option<String>,
    /// Which document.
    pub kind: Option<Kind>,
    /// The chain had been here before.
    pub revisited: bool,
    /// The newer version of the same line that counts beside this one, if there is one: `<did>/resources/<id>`.
    pub superseded_by: Option<String>,
    /// The rules of the chain, each with its outcome.
    pub checks: Vec<HopCheck>,
    /// The verdict on the document itself.
    pub document: Option<DocumentVerdict>,
    /// All in all.
    pub outcome: HopOutcome,
}

impl Hop {
    pub(super) fn begun(number: usize, url: &str) -> Self {
        Self {
            number,
            url: url.to_owned(),
            resource_url: None,
            version: None,
            issuer: None,
            subject: None,
            kind: None,
            revisited: false,
            superseded_by: None,
            checks: Vec::new(),
            document: None,
            outcome: HopOutcome::Passed,
        }
    }

    /// What a verdict shows of the rules of the chain at this hop.
    pub fn rules(&self) -> Vec<Check> {
        self.checks.iter().map(Check::from).collect()
    }

    /// What a verdict shows of the hop as a whole: the rules of the chain, then the document.
    pub fn all_checks(&self) -> Vec<Check> {
        let document = self.document.iter().flat_map(|document| document.checks.iter().cloned());
        self.rules().into_iter().chain(document).collect()
    }

    /// Notes the newer version of the document and what it comes to: where it hangs and what it asks there, if the walk
    /// must go there too.
    pub(super) fn supersede(&mut self, superseding: Superseding) -> Option<(String, Question)> {
        let (mut above, mut failure) = (None, None);
        if let Superseding::By { url, judged } = superseding {
            self.superseded_by = Some(url);
            match judged {
                Ok(newer) => above = newer,
                Err(reason) => {
                    self.outcome = HopOutcome::Failed(reason.clone());
                    failure = Some(reason);
                }
            }
        }
        self.checks.push(HopCheck { name: HopCheckName::Superseded, failure });
        above
    }
}
