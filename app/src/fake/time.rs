//! Time that stands, ids that are counted, and places that anybody can read.

use super::lock;
use crate::port::{Clock, Ids, Places};
use chrono::TimeDelta;
use domain::id::{CustomerId, Instant};
use std::sync::{
    Mutex,
    atomic::{AtomicU32, AtomicU64, Ordering},
};
use uuid::Uuid;

/// When a world begins: 1 June 2026, noon.
const BEGINNING_SECONDS: i64 = 1_780_315_200;
/// The first number that is drawn.
const FIRST_RANDOM: u32 = 42;
/// Ids that the world gives to requests lie above those that Studio draws.
const FIRST_REQUEST: u128 = 0x0f00_0000_0000_4000_8000_0000_0000_0000;
const FIRST_ID: u128 = 0x0100_0000_0000_7000_8000_0000_0000_0000;

/// A clock that moves only when it is told to.
pub struct Time(Mutex<Instant>);

impl Default for Time {
    fn default() -> Self {
        Self(Mutex::new(Instant::UNIX_EPOCH + TimeDelta::seconds(BEGINNING_SECONDS)))
    }
}

impl Time {
    /// Now.
    pub fn present(&self) -> Instant {
        *lock(&self.0)
    }

    /// Time passes.
    pub fn pass(&self, seconds: i64) {
        *lock(&self.0) += TimeDelta::seconds(seconds);
    }
}

impl Clock for Time {
    fn now(&self) -> Instant {
        self.present()
    }
}

/// Ids and dice that fall the same way in every run: 42, 43, …
pub struct Numbers {
    ids: AtomicU64,
    requests: AtomicU64,
    dice: AtomicU32,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { ids: AtomicU64::new(1), requests: AtomicU64::new(1), dice: AtomicU32::new(FIRST_RANDOM) }
    }
}

impl Numbers {
    /// The id of a new request.
    pub(super) fn request(&self) -> Uuid {
        Uuid::from_u128(FIRST_REQUEST + u128::from(self.requests.fetch_add(1, Ordering::SeqCst)))
    }
}

impl Ids for Numbers {
    fn next(&self) -> Uuid {
        Uuid::from_u128(FIRST_ID + u128::from(self.ids.fetch_add(1, Ordering::SeqCst)))
    }

    fn random(&self) -> u32 {
        self.dice.fetch_add(1, Ordering::SeqCst)
    }
}

/// Cursors in the clear.
pub struct Bookmarks;

impl Places for Bookmarks {
    fn seal(&self, customer: CustomerId, list: &str, place: i64) -> String {
        hex::encode(format!("{customer} {list} {place}"))
    }

    fn open(&self, customer: CustomerId, list: &str, text: &str) -> Option<i64> {
        let text = String::from_utf8(hex::decode(text).ok()?).ok()?;
        text.strip_prefix(&format!("{customer} {list} "))?.parse().ok()
    }

    fn seal_sorted(&self, customer: CustomerId, list: &str, place: i64, value: &str) -> String {
        hex::encode(format!("{customer} {list} {place} {value}"))
    }

    fn open_sorted(&self, customer: CustomerId, list: &str, text: &str) -> Option<(i64, String)> {
        let text = String::from_utf8(hex::decode(text).ok()?).ok()?;
        let (place, value) = text.strip_prefix(&format!("{customer} {list} "))?.split_once(' ')?;
        Some((place.parse().ok()?, value.to_owned()))
    }
}
