//! Pages of lists: keyset cursors for those who walk, page and limit for those who keep cheqd Studio's contract.

use crate::table::text_without_nul;
use domain::id::{CustomerId, Instant};
use serde::Serialize;
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

domain::limits! {
    /// Most rows of one page; a higher limit, or none, means this.
    pub LIST_ROWS_MAX: u32 = 1_000, "rows";
    /// Furthest start of a page given as page and limit. Beyond it pages are empty; cursors have no such bound.
    pub PAGE_OFFSET_ROWS_MAX: u64 = 1_000_000, "rows";
}

/// A place in a list: the log position at which the row came to be, or last changed. Stable: rows never move. It counts
/// everybody's events, so a door never shows it as it is: `app::port::Places` seals it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(pub(crate) i64);

impl Cursor {
    /// The place at this log position.
    pub const fn at(position: i64) -> Self {
        Self(position)
    }

    /// The log position.
    pub const fn position(self) -> i64 {
        self.0
    }
}

/// Which page of a list. Lists are newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Paging {
    offset: u64,
    after: Option<Cursor>,
    before: Option<Cursor>,
    /// The last rows of the range instead of the first.
    from_end: bool,
    limit: u32,
    total: bool,
}

impl Paging {
    const fn rows(limit: u32) -> Self {
        let limit = if limit < LIST_ROWS_MAX { limit } else { LIST_ROWS_MAX };
        Self { offset: 0, after: None, before: None, from_end: false, limit, total: false }
    }

    /// The contract's paging: `page` counts from 1 and needs a `limit`; `limit` alone takes the first rows; with neither
    /// everything up to [`LIST_ROWS_MAX`]. Counts the total.
    pub fn page(page: Option<u64>, limit: Option<u64>) -> Self {
        let rows = u32::try_from(limit.unwrap_or(u64::MAX)).unwrap_or(u32::MAX).min(LIST_ROWS_MAX);
        let before = page.filter(|_| limit.is_some()).unwrap_or(1).saturating_sub(1);
        Self { offset: before.saturating_mul(rows.into()), total: true, ..Self::rows(rows) }
    }

    /// Relay `first`/`after`: the newest `first` rows that are older than `after`.
    pub fn first(first: u32, after: Option<Cursor>) -> Self {
        Self { after, ..Self::rows(first) }
    }

    /// Relay `last`/`before`: the oldest `last` rows that are newer than `before`. Still shown newest first.
    pub fn last(last: u32, before: Option<Cursor>) -> Self {
        Self { before, from_end: true, ..Self::rows(last) }
    }

    /// Only rows older than this one.
    #[must_use]
    pub fn after(self, after: Option<Cursor>) -> Self {
        Self { after, ..self }
    }

    /// Only rows newer than this one.
    #[must_use]
    pub fn before(self, before: Option<Cursor>) -> Self {
        Self { before, ..self }
    }

    /// Counts all matches too.
    #[must_use]
    pub fn with_total(self) -> Self {
        Self { total: true, ..self }
    }

    /// At most so many rows.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Whether the page is taken from the end of the list, where the oldest rows are.
    pub fn is_from_end(&self) -> bool {
        self.from_end
    }

    pub(crate) fn after_place(&self) -> Option<i64> {
        self.after.map(Cursor::position)
    }

    pub(crate) fn before_place(&self) -> Option<i64> {
        self.before.map(Cursor::position)
    }

    pub(crate) fn counts(&self) -> bool {
        self.total
    }

    pub(crate) fn beyond(&self) -> bool {
        self.offset > PAGE_OFFSET_ROWS_MAX
    }

    /// How many rows a query gives, from which on: those of the page and one more.
    pub(crate) fn push_length(&self, query: &mut QueryBuilder<'_, Postgres>) {
        query.push(" limit ").push_bind(i64::from(self.limit) + 1);
        if self.offset > 0 {
            query.push(" offset ").push_bind(i64::try_from(self.offset).unwrap_or(i64::MAX));
        }
    }

    /// What follows the conditions of a query for the rows of the page and one more.
    pub(crate) fn push(&self, query: &mut QueryBuilder<'_, Postgres>) {
        if let Some(after) = self.after {
            query.push(" and position < ").push_bind(after.0);
        }
        if let Some(before) = self.before {
            query.push(" and position > ").push_bind(before.0);
        }
        query.push(if self.from_end { " order by position" } else { " order by position desc" });
        self.push_length(query);
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
        let (has_previous, has_next) = if paging.from_end {
            rows.reverse();
            (more, paging.before.is_some())
        } else {
            (paging.offset > 0 || paging.after.is_some(), more)
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

    /// The column has a text that begins like this.
    pub(crate) fn begins(self, column: &str, beginning: &str) -> Self {
        // In the collation "C" whatever begins like this stands between it and it with the last character of all behind.
        self.when(column, ">=", Some(beginning)).when(column, "<", Some(format!("{beginning}\u{10ffff}")))
    }

    /// Nothing fits.
    pub(crate) fn nothing(self) -> Self {
        self.is("(false)", Some(true))
    }

    /// The condition that says whose rows they are.
    pub(crate) fn tenant(&self) -> Option<(&str, Param)> {
        self.conditions.first().map(|(condition, value)| (condition.as_str(), value.clone()))
    }

    /// The sum of a column over the matches.
    pub(crate) fn sum(&self, table: &str, column: &str) -> QueryBuilder<'static, Postgres> {
        let mut query = QueryBuilder::new(format!("select coalesce(sum({column}), 0)::bigint from {table}"));
        self.push(&mut query);
        query
    }

    pub(crate) fn push(&self, query: &mut QueryBuilder<'_, Postgres>) {
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
        paging.push(&mut query);
        query.push(") t");
        query
    }

    /// For each of these values of a column the rows of a page and one more, as `[index of the value, row]`.
    pub(crate) fn rows_below(
        &self,
        table: &str,
        (column, kind): (&str, &str),
        values: &[String],
        paging: &Paging,
    ) -> QueryBuilder<'static, Postgres> {
        let mut query =
            QueryBuilder::new("select json_build_array(k.no - 1, row_to_json(t))::text from unnest(");
        query.push_bind(values.to_vec()).push("::text[]) with ordinality k(value, no)");
        query.push(" cross join lateral (select * from ").push(table);
        self.push(&mut query);
        query.push(format!(" and {column} = k.value::{kind}"));
        paging.push(&mut query);
        query.push(if paging.from_end {
            ") t order by k.no, t.position"
        } else {
            ") t order by k.no, t.position desc"
        });
        query
    }

    /// For each of these values of a column the first rows in the order of another, as `[index of the value, row]`.
    pub(crate) fn ordered_below(
        &self,
        table: &str,
        (column, kind): (&str, &str),
        values: &[String],
        order: &str,
        limit: u32,
    ) -> QueryBuilder<'static, Postgres> {
        let mut query =
            QueryBuilder::new("select json_build_array(k.no - 1, row_to_json(t))::text from unnest(");
        query.push_bind(values.to_vec()).push("::text[]) with ordinality k(value, no)");
        query.push(" cross join lateral (select * from ").push(table);
        self.push(&mut query);
        query.push(format!(
            " and {column} = k.value::{kind} order by {order} limit {limit}) t order by k.no, t.{order}"
        ));
        query
    }

    /// For each of these values of a column the number of matches, as `[index of the value, count]`.
    pub(crate) fn counts_below(
        &self,
        table: &str,
        (column, kind): (&str, &str),
        values: &[String],
    ) -> QueryBuilder<'static, Postgres> {
        let mut query = QueryBuilder::new("select json_build_array(k.no - 1, (select count(*) from ");
        query.push(table);
        self.push(&mut query);
        query.push(format!(" and {column} = k.value::{kind}))::text from unnest("));
        query.push_bind(values.to_vec()).push("::text[]) with ordinality k(value, no)");
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

pub(crate) fn push_param(query: &mut QueryBuilder<'_, Postgres>, value: Param) {
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
