//! The real clock and real dice.

use app::port::{Clock, Ids};
use domain::id::Instant;
use rand::RngCore;
use uuid::Uuid;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock everybody else is handed")]
    fn now(&self) -> Instant {
        chrono::Utc::now()
    }
}

/// Time-ordered ids and random numbers from the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "these are the Ids everybody else is handed")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn random(&self) -> u32 {
        rand::rngs::OsRng.next_u32()
    }
}
