//! What is kept of an answer for repeats of its request.

use crate::{Fault, FaultKind, Written};
use domain::id::OperationId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// A final answer, by what came of the act.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Kept<D> {
    /// It took effect.
    Done(D),
    /// It went on when the first request was answered.
    Pending(OperationId),
    /// It was refused for good.
    Refused(Refused),
}

/// A fault without what is for the log.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Refused {
    kind: FaultKind,
    code: String,
    public: String,
    members: Map<String, Value>,
}

impl<D> Kept<D> {
    /// `None` for a price, which is never kept.
    pub(super) fn of(written: &Written<D>) -> Option<Kept<&D>> {
        match written {
            Written::Done(done) => Some(Kept::Done(done)),
            Written::Pending(operation) => Some(Kept::Pending(*operation)),
            Written::Quoted(_) => None,
        }
    }

    pub(super) fn refused(fault: &Fault) -> Self {
        Self::Refused(Refused {
            kind: fault.kind,
            code: fault.code.to_owned(),
            public: fault.public.clone(),
            members: fault.members.clone(),
        })
    }

    /// The answer again.
    pub(super) fn answer(self) -> Result<Written<D>, Fault> {
        match self {
            Self::Done(done) => Ok(Written::Done(done)),
            Self::Pending(operation) => Ok(Written::Pending(operation)),
            Self::Refused(Refused { kind, code, public, members }) => {
                Err(Fault { members, ..Fault::new(kind, known(code), public) })
            }
        }
    }
}

/// Codes are texts of the program. Those that come back from a store are the few that final refusals have, so each is kept in
/// memory once.
fn known(code: String) -> &'static str {
    static CODES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut codes = CODES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = codes.get(code.as_str()) {
        return known;
    }
    let code: &'static str = Box::leak(code.into_boxed_str());
    codes.insert(code);
    code
}
