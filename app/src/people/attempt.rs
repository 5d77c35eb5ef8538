//! Counting failed tries.

use super::Arrival;
use crate::{
    Call, Fault, FaultKind, Studio,
    port::{
        attempts::{
            ATTEMPTS_PER_ACCOUNT_AND_NETWORK_MAX, ATTEMPTS_PER_ACCOUNT_MAX, ATTEMPTS_PER_NETWORK_MAX, Counted,
        },
        vault::Hashed,
    },
};
use domain::id::UserId;

/// A try that was counted as one that fails.
pub(super) struct Attempt {
    account: [String; 2],
    network: String,
}

/// What no hash is.
const NOBODY: &str = "";

fn hashed(studio: &Studio, text: &str) -> String {
    studio.hashes.keyed_hash(Hashed::Attempts, text)
}

/// By what the tries at an account are counted: those from one network, and all.
fn subjects(studio: &Studio, account: &str, arrival: &Arrival) -> [String; 2] {
    // The network stands first: it has no space in it, so nobody can write one text that is both.
    let there = hashed(studio, &format!("at {} {account}", arrival.network));
    [there, hashed(studio, &format!("account {account}"))]
}

impl Attempt {
    /// What a try is at that names an e-mail address.
    pub(super) fn at_address(canonical: &str) -> String {
        format!("address {canonical}")
    }

    /// What a try is at whose user is known.
    pub(super) fn at_password_of(user: UserId) -> String {
        format!("password {user}")
    }

    /// Counts it, before anything is compared. `account` need not exist; one that does not is counted alike, so that the limit
    /// tells nothing. Fault `auth/too-many-attempts`, with `retryAfterSeconds`.
    pub(super) async fn count(
        studio: &Studio,
        call: &Call,
        account: &str,
        arrival: &Arrival,
    ) -> Result<Self, Fault> {
        let [there, anywhere] = subjects(studio, account, arrival);
        let network = hashed(studio, &format!("network {}", arrival.network));
        let counted = |subject: &String, failures_max| Counted { subject: subject.clone(), failures_max };
        // A network that goes on beyond its limit costs no account anything, and leaves nothing behind.
        let counted = [
            counted(&network, ATTEMPTS_PER_NETWORK_MAX),
            counted(&there, ATTEMPTS_PER_ACCOUNT_AND_NETWORK_MAX),
            counted(&anywhere, ATTEMPTS_PER_ACCOUNT_MAX),
        ];
        if let Some(again) = studio.sign_in.attempts.count(&counted, call.at).await? {
            let seconds = again.signed_duration_since(call.at).num_seconds().max(1);
            let minutes = seconds.div_euclid(60) + 1;
            let sentence = format!("There were too many failed tries. Try again in {minutes} minutes.");
            return Err(Fault::new(FaultKind::TooMany, "auth/too-many-attempts", sentence)
                .with("retryAfterSeconds", seconds));
        }
        Ok(Self { account: [there, anywhere], network })
    }

    /// Forgets the failed tries of an account, wherever they came from, and those of this network at it: whoever has proved
    /// otherwise that it is theirs is not kept out by them.
    pub(super) async fn forgive(studio: &Studio, account: &str, arrival: &Arrival) -> Result<(), Fault> {
        studio.sign_in.attempts.succeeded(&subjects(studio, account, arrival), NOBODY).await
    }

    /// It did not fail.
    pub(super) async fn succeeded(self, studio: &Studio) -> Result<(), Fault> {
        studio.sign_in.attempts.succeeded(&self.account, &self.network).await
    }
}
