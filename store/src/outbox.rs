//! The outbox in Postgres: its memory ([`SqlOutbox`], the port of `app::outbox`), the [`feeder`] that fills it from the
//! log, waiting for outcomes, and the operations view.

mod balances;
mod conclude;
mod estate;
pub mod feeder;
mod operations;
mod operator;
mod port;
mod row;
mod signals;
mod wait;

pub use balances::{Balance, claim_topup, low_balances, note_balance, note_topup};
pub use estate::SqlEstate;
pub use feeder::{FEEDER, Feeder};
pub(crate) use operations::LIMITS as PAGE_LIMITS;
pub use operations::{
    Attempt, MAX_PAGE_OPERATIONS, Operation, OperationDetail, OperationFilter, OperationPage, OperationRange,
    OperationState, count, get, get_many, list, list_range, of_anybody,
};
pub use operator::SqlInterventions;
pub use port::SqlOutbox;
pub use signals::Signals;
pub use wait::wait_ended;
