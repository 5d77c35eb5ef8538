//! The end of a sentence: what was answered, and what has happened.

use super::Appended;
use crate::{Fault, Written, port::chain::FeeQuote};
use domain::id::OperationId;

/// What came of an act. Events that no `then_events` named must not be there once it is refused or only quoted.
#[must_use = "a sentence ends with `then…`"]
pub struct Told<T> {
    answer: Result<T, Fault>,
    events: Vec<Appended>,
    named: bool,
}

impl<T> Told<T> {
    pub(super) const fn new(answer: Result<T, Fault>, events: Vec<Appended>) -> Self {
        Self { answer, events, named: false }
    }

    /// Events of exactly these kinds were appended, in this order.
    #[track_caller]
    pub fn then_events<const N: usize>(mut self, kinds: [&str; N]) -> Self {
        let appended: Vec<&str> = self.events.iter().map(|event| event.kind).collect();
        assert_eq!(appended, kinds, "appended (left), expected (right); answered: {}", self.shown());
        self.named = true;
        self
    }

    /// Nothing was appended.
    #[track_caller]
    pub fn then_nothing(self) -> Self {
        self.then_events([])
    }

    /// The last event of a kind.
    #[track_caller]
    pub fn event(&self, kind: &str) -> &Appended {
        self.events.iter().rfind(|event| event.kind == kind).expect("an event of this kind")
    }

    /// It was done; the answer.
    #[track_caller]
    pub fn then(self) -> T {
        self.answer.expect("an act that is done")
    }

    /// It was refused with this code, and unless events were spoken of, nothing is left of it.
    #[track_caller]
    pub fn then_refused(self, code: &str) -> Fault {
        let shown = self.shown();
        self.nothing_untold();
        let fault = self.answer.err();
        assert!(fault.is_some(), "done, but {code} was expected");
        let fault = fault.expect("a fault");
        assert_eq!(fault.code, code, "refused with (left), expected (right): {shown}");
        fault
    }

    #[track_caller]
    fn nothing_untold(&self) {
        let kinds: Vec<&str> = self.events.iter().map(|event| event.kind).collect();
        assert!(self.named || kinds.is_empty(), "{kinds:?} was left behind: {}", self.shown());
    }

    fn shown(&self) -> String {
        match &self.answer {
            Ok(_) => "done".to_owned(),
            Err(fault) => format!("{fault} ({})", fault.private.as_deref().unwrap_or_default()),
        }
    }
}

impl<T> Told<Written<T>> {
    /// It took effect on the ledger; the answer.
    #[track_caller]
    pub fn then_done(self) -> T {
        let done = match self.then() {
            Written::Done(done) => Ok(done),
            Written::Pending(operation) => Err(format!("{operation} is pending")),
            Written::Quoted(_) => Err("only quoted".to_owned()),
        };
        done.expect("a write that is done")
    }

    /// It goes on.
    #[track_caller]
    pub fn then_pending(self) -> OperationId {
        let pending = if let Written::Pending(operation) = self.then() { Some(operation) } else { None };
        pending.expect("a write that goes on")
    }

    /// Only its price was told, and unless events were spoken of, nothing is left of it.
    #[track_caller]
    pub fn then_quoted(self) -> FeeQuote {
        self.nothing_untold();
        let quote = if let Written::Quoted(quote) = self.then() { Some(quote) } else { None };
        quote.expect("a price")
    }
}
