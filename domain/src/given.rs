//! Tests of an aggregate as a sentence: given these events, when this command, then those events or that refusal. The
//! types keep the order. For tests only (this crate's own, and those of other rooms under the feature `harness`).
//!
//! Every sentence proves two more things by the way: state and events survive their JSON form (snapshots, the log), and
//! the same command a second time has no second effect.
#![expect(clippy::expect_used, reason = "a test harness fails loudly")]

mod laws;
pub mod sample;

pub use laws::assert_laws;

use crate::{Aggregate, Refusal};

/// The past of an aggregate.
#[derive(Debug)]
pub struct Given<A: Aggregate> {
    state: A,
}

/// The past and what was asked, decided but not yet judged.
#[must_use = "a sentence ends with `then_…`"]
#[derive(Debug)]
pub struct When<A: Aggregate> {
    state: A,
    command: A::Command,
    decision: Result<Vec<A::Event>, A::Refusal>,
}

impl<A: Aggregate> Given<A> {
    /// Nothing happened yet.
    pub fn nothing() -> Self {
        Self { state: A::default() }
    }

    /// These events happened, in this order.
    pub fn events(events: impl IntoIterator<Item = A::Event>) -> Self {
        Self::nothing().and(events)
    }

    /// These events happened too.
    #[must_use]
    pub fn and(mut self, events: impl IntoIterator<Item = A::Event>) -> Self {
        fold(&mut self.state, events);
        self
    }

    /// This is asked now.
    pub fn when(self, command: A::Command) -> When<A> {
        let state: A = through_json(&self.state);
        let decision = state.decide(command.clone());
        When { state, command, decision }
    }

    /// The state those events led to.
    pub fn state(&self) -> &A {
        &self.state
    }
}

impl<A: Aggregate> When<A> {
    /// Exactly these events are the answer. They have happened then, and the sentence may go on.
    #[track_caller]
    pub fn then_events(mut self, expected: impl IntoIterator<Item = A::Event>) -> Given<A> {
        let expected: Vec<A::Event> = expected.into_iter().collect();
        let decided = self.decision.map_err(|refusal| (refusal.code(), refusal.to_string()));
        assert_eq!(decided, Ok(expected.clone()), "decided (left) is not what was expected (right)");
        fold(&mut self.state, expected);
        let again = self.state.decide(self.command).unwrap_or_default();
        assert!(again.is_empty(), "the same command a second time had a second effect: {again:?}");
        Given { state: self.state }
    }

    /// It is fine and nothing happens.
    #[track_caller]
    pub fn then_nothing(self) -> Given<A> {
        self.then_events([])
    }

    /// It is refused with this code.
    #[track_caller]
    pub fn then_refused(self, code: &str) -> Given<A> {
        assert_eq!(
            self.decision.map_err(|refusal| refusal.code()),
            Err(code),
            "decided (left), expected (right)"
        );
        Given { state: self.state }
    }
}

fn fold<A: Aggregate>(state: &mut A, events: impl IntoIterator<Item = A::Event>) {
    for event in events {
        state.evolve(&through_json(&event));
    }
}

/// A value as it comes back from the database.
fn through_json<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_string(value).expect("a value has a JSON form");
    serde_json::from_str(&text).expect("a JSON form can be read back")
}
