//! Interventions in operations: `POST /operations/{id}/retry`, `/skip` and `/cancel`, the same in GraphQL, and
//! `studio operation`.

use crate::{
    Act, Call, Fault, FaultKind, Studio, Written,
    act::{OPERATION_CANCEL, OPERATION_RETRY, OPERATION_SKIP, Spec},
    port::{
        interventions::{Intervened, Intervention},
        outcomes::Waited,
    },
};
use domain::{
    id::{CustomerId, OperationId},
    ledger::LedgerOutcome,
};
use serde::Serialize;
use std::time::Duration;

/// A tenant's intervention in one of its operations. Done: whether it is over.
#[derive(Debug, Clone, Serialize)]
pub struct Intervene {
    /// Which operation.
    pub operation: OperationId,
    /// What shall happen to it.
    pub what: Intervention,
}

/// Intervenes, and for a skip or cancel waits at most `limit` for the end: whether it was reached. Without a customer (an
/// operator's door) any operation will do. Faults: `operation/not-found` (404); 409s: `operation/not-dead`,
/// `operation/on-its-way`, `operation/over`, and `operation/took-effect` for what could not be kept from it.
pub async fn intervene(
    studio: &Studio,
    customer: Option<CustomerId>,
    operation: OperationId,
    what: Intervention,
    limit: Duration,
) -> Result<bool, Fault> {
    let conflict = |code, sentence: String| Err(Fault::new(FaultKind::Conflict, code, sentence));
    match studio.interventions.intervene(operation, customer, what).await? {
        Intervened::Done => {}
        Intervened::NotFound => {
            return Err(Fault::not_found(
                "operation/not-found",
                format!("Operation {operation} does not exist."),
            ));
        }
        Intervened::Over => {
            return conflict("operation/over", format!("Operation {operation} has ended already."));
        }
        Intervened::Moving if what == Intervention::Skip => {
            return conflict(
                "operation/not-dead",
                format!(
                    "Operation {operation} does not wait for an operator; cancel it if it must not go on."
                ),
            );
        }
        Intervened::Moving => {
            return conflict(
                "operation/on-its-way",
                format!("Operation {operation} is on its way to the ledger or about to end."),
            );
        }
    }
    if what == Intervention::Retry {
        return Ok(false);
    }
    match studio.outcomes.ended(operation, limit).await? {
        Waited::Cancelled | Waited::Ended(LedgerOutcome::Rejected(_)) => Ok(true),
        Waited::Ended(LedgerOutcome::Included(_)) => conflict(
            "operation/took-effect",
            format!("Operation {operation} had taken effect on the ledger before it could be cancelled."),
        ),
        Waited::Pending { .. } => Ok(false),
    }
}

impl Act for Intervene {
    type Done = bool;

    fn spec(&self) -> &'static Spec {
        match self.what {
            Intervention::Retry => &OPERATION_RETRY,
            Intervention::Skip => &OPERATION_SKIP,
            Intervention::Cancel => &OPERATION_CANCEL,
        }
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<bool>, Fault> {
        // Known to its owner from the moment it is asked for, and to the outbox a moment later.
        studio.outcomes.all_visible().await?;
        let (owner, limit) = (Some(call.who.customer), Duration::from_secs(call.wait_seconds));
        intervene(studio, owner, self.operation, self.what, limit).await.map(Written::Done)
    }
}

#[cfg(test)]
mod tests;
