//! Pages of lists: keyset cursors for those who walk, page and limit for those who keep cheqd Studio's contract.

use crate::table::text_without_nul;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::id::{CustomerId, Instant};
use serde::Serialize;
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Most rows of one page; a higher limit, or none, means this.
pub const LIST_ROWS_MAX: u32 = 1_000;
/// Furthest start of a page given as page and limit. Beyond it pages are empty; cursors have no such bound.
pub const PAGE_OFFSET_ROWS_MAX: u64 = 1_000_000;

/// A place in a list: opaque outside, inside the log position at which the row came to be. Stable: rows never move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub(crate) i64);

/// What stands before the position inside a cursor; changes with its meaning.
const CURSOR_MARK: &str = "p1.";

/// A text that is no cursor of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is malformed; use one from an earlier page")]
pub struct InvalidCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(format!("{CURSOR_MARK}{}", self.0)))
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| InvalidCursor)?;
        let position = text.strip_prefix(CURSOR_MARK).and_then(|number| number.parse().ok());
        position.filter(|position| *position > 0).map(Self).ok_or(InvalidCursor)
    }
}

/// Where a page begins. Lists are newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Offset(u64),
    After(Cursor),
    Before(Option<Cursor>),
}

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    start: Start,
    limit: u32,
    total: bool,
}

impl Paging {
    /// The contract's paging: `page` counts from 1 and needs a `limit`; `limit` alone takes the first rows; with neither
    /// everything up to [`LIST_ROWS_MAX`]. Counts the total.
    pub fn page(page: Option<u64>, limit: Option<u64>) -> Self {
        let rows = u32::try_from(limit.unwrap_or(u64::MAX)).unwrap_or(u32::MAX).min(LIST_ROWS_MAX);
        let before = page.filter(|_| limit.is_some()).unwrap_or(1).saturating_sub(1);
        Self { start: Start::Offset(before.saturating_mul(rows.into())), limit: rows, total: true }
    }

    /// Relay `first`/`after`: the newest `first` rows that are older than `after`.
    pub fn first(first: u32, after: Option<Cursor>) -> Self {
        let start = after.map_or(Start::Offset(0), Start::After);
        Self { start, limit: first.min(LIST_ROWS_MAX), total: false }
    }

    /// Relay `last`/`before`: the oldest `last` rows that are newer than `before`. Still shown newest first.
    pub fn last(last: u32, before: Option<Cursor>) -> Self {
        Self { start: Start::Before(before), limit: last.min(LIST_ROWS_MAX), total: false }
    }

    /// Counts all matches too.
    #[must_use]
    pub fn with_total(self) -> Self {
        Self { total: true, ..self }
    }

    pub(crate) fn counts(&self) -> bool {
        self.total
    }

    pub(crate) fn beyond(&self) -> bool {
        matches!(self.start, Start::Offset(offset) if offset > PAGE_OFFSET_ROWS_MAX)
    }
}

/// A row with a place in a list.
pub trait Placed {
    /// Its place.
    fn cursor(&self) -> Cursor;
}

/// One page, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many rows match, on all pages; counted if asked for.
    pub total: Option<u64>,
    /// Whether newer matches exist before this page.
    pub has_previous: bool,
    /// Whether older matches exist after this page.
    pub has_next: bool,
}

impl<T> Page<T> {
    /// From at most `limit + 1` rows in reading order.
    pub(crate) fn cut(mut rows: Vec<T>, paging: &Paging, total: Option<u64>) -> Self {
        let more = rows.len() > paging.limit as usize;
        rows.truncate(paging.limit as usize);
        let (has_previous, has_next) = match paging.start {
            Start::Offset(offset) => (offset > 0, more),
            Start::After(_) => (true, more),
            Start::Before(before) => {
                rows.reverse();
                (more, before.is_some())
            }
        };
        Self { rows, total, has_previous, has_next }
    }
}

/// A value a column is compared with.
#[derive(Debug, Clone)]
pub(crate) enum Param {
    Text(String),
    Texts(Vec<String>),
    Uuid(Uuid),
    Uuids(Vec<Uuid>),
    Time(Instant),
    Flag(bool),
    Number(i64),
    Json(Value),
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(text_without_nul(text))
    }
}
impl From<String> for Param {
    fn from(text: String) -> Self {
        Self::Text(text_without_nul(&text))
    }
}
impl From<Uuid> for Param {
    fn from(id: Uuid) -> Self {
        Self::Uuid(id)
    }
}
impl From<Instant> for Param {
    fn from(at: Instant) -> Self {
        Self::Time(at)
    }
}
impl From<bool> for Param {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// The text of an enum's serde form, as it stands in a column.
pub(crate) fn tag<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        _ => String::new(),
    }
}

/// Conditions on the rows of one table; the same for the page and for its total.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    conditions: Vec<(String, Param)>,
}

impl Filter {
    /// Rows of one tenant. There is no other beginning for private rows.
    pub(crate) fn of(customer: CustomerId) -> Self {
        Self::default().is("customer", Some(customer.0))
    }

    /// The column has this value, if one is given.
    pub(crate) fn is(self, column: &str, value: Option<impl Into<Param>>) -> Self {
        self.when(column, "=", value)
    }

    /// The column compares like this, if a value is given.
    pub(crate) fn when(mut self, column: &str, operator: &str, value: Option<impl Into<Param>>) -> Self {
        if let Some(value) = value {
            self.conditions.push((format!("{column} {operator} "), value.into()));
        }
        self
    }

    /// The column is at or before this time as it is shown, if one is given.
    pub(crate) fn until(self, column: &str, shown: Option<Instant>) -> Self {
        self.when(column, "<=", shown.map(domain::instant::end_of_shown))
    }

    /// The column has one of these values; no values means any.
    pub(crate) fn one_of<T: Serialize>(mut self, column: &str, values: &[T]) -> Self {
        if !values.is_empty() {
            let values = values.iter().map(tag).collect();
            self.conditions.push((format!("{column} = any "), Param::Texts(values)));
        }
        self
    }

    /// The column has one of these values; no values means none.
    pub(crate) fn among<T: Serialize>(mut self, column: &str, uuids: bool, values: &[T]) -> Self {
        let texts = values.iter().map(tag);
        let values = if uuids {
            Param::Uuids(texts.filter_map(|text| Uuid::parse_str(&text).ok()).collect())
        } else {
            Param::Texts(texts.collect())
        };
        self.conditions.push((format!("{column} = any "), values));
        self
    }

    fn push(&self, query: &mut QueryBuilder<'_, Postgres>) {
        query.push(" where true");
        for (condition, value) in &self.conditions {
            query.push(" and ").push(condition);
            push_param(query, value.clone());
        }
    }

    /// The rows of a page and one more.
    pub(crate) fn rows(&self, table: &str, paging: &Paging) -> QueryBuilder<'static, Postgres> {
        let mut query = QueryBuilder::new("select row_to_json(t)::text from (select * from ");
        query.push(table);
        self.push(&mut query);
        let ascending = match paging.start {
            Start::Offset(_) | Start::Before(None) => matches!(paging.start, Start::Before(_)),
            Start::After(cursor) => {
                query.push(" and position < ").push_bind(cursor.0);
                false
            }
            Start::Before(Some(cursor)) => {
                query.push(" and position > ").push_bind(cursor.0);
                true
            }
        };
        query.push(if ascending { " order by position" } else { " order by position desc" });
        query.push(" limit ").push_bind(i64::from(paging.limit) + 1);
        if let Start::Offset(offset @ 1..) = paging.start {
            query.push(" offset ").push_bind(i64::try_from(offset).unwrap_or(i64::MAX));
        }
        query.push(") t");
        query
    }

    /// The number of matches.
    pub(crate) fn count(&self, table: &str) -> QueryBuilder<'static, Postgres> {
        let mut query = QueryBuilder::new("select count(*) from ");
        query.push(table);
        self.push(&mut query);
        query
    }

    /// The newest match.
    pub(crate) fn first(&self, table: &str) -> QueryBuilder<'static, Postgres> {
        self.select(table, " order by position desc limit 1")
    }

    /// Every match.
    pub(crate) fn all(&self, table: &str) -> QueryBuilder<'static, Postgres> {
        self.select(table, "")
    }

    /// The first matches in the order of a column.
    pub(crate) fn ordered(&self, table: &str, column: &str, limit: u32) -> QueryBuilder<'static, Postgres> {
        self.select(table, &format!(" order by {column} limit {limit}"))
    }

    fn select(&self, table: &str, rest: &str) -> QueryBuilder<'static, Postgres> {
        let mut query = QueryBuilder::new("select row_to_json(t)::text from (select * from ");
        query.push(table);
        self.push(&mut query);
        query.push(rest).push(") t");
        query
    }
}

fn push_param(query: &mut QueryBuilder<'_, Postgres>, value: Param) {
    match value {
        Param::Text(text) => query.push_bind(text),
        Param::Texts(texts) => query.push("(").push_bind(texts).push(")"),
        Param::Uuids(ids) => query.push("(").push_bind(ids).push(")"),
        Param::Uuid(id) => query.push_bind(id),
        Param::Time(at) => query.push_bind(at),
        Param::Flag(flag) => query.push_bind(flag),
        Param::Number(number) => query.push_bind(number),
        Param::Json(value) => query.push_bind(value),
    };
}
