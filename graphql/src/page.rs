//! Relay connections over the read models' keyset cursors.

use crate::{
    fault::Result,
    limits::{CONNECTION_ROWS_DEFAULT, CONNECTION_ROWS_MAX},
};
use app::Fault;
use async_graphql::{
    Context, OutputType, SimpleObject,
    connection::{Connection, Edge, EmptyFields},
};
use projections::{Cursor, Page, Paging, Placed};

/// What every connection has beside its edges.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Counted {
    /// How many match on all pages. Counted only when this field is asked for.
    total_count: Option<u64>,
}

/// A page of `N`, newest first.
pub(crate) type Listed<N> = Connection<String, N, Counted>;

/// Relay's four arguments, checked. `first` with `after` walks towards older rows, `last` with `before` towards newer ones.
pub(crate) fn paging(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<&str>,
    last: Option<i32>,
    before: Option<&str>,
) -> Result<Paging> {
    let paging = of_arguments(first, after, last, before)?;
    Ok(if ctx.look_ahead().field("totalCount").exists() { paging.with_total() } else { paging })
}

pub(crate) fn of_arguments(
    first: Option<i32>,
    after: Option<&str>,
    last: Option<i32>,
    before: Option<&str>,
) -> Result<Paging, Fault> {
    let mixed = || {
        Fault::invalid(
            "graphql/paging-invalid",
            "Page with first and after, or with last and before, not with both.",
        )
    };
    if last.is_none() && before.is_none() {
        return Ok(Paging::first(rows("first", first)?, cursor("after", after)?));
    }
    if first.is_some() || after.is_some() {
        return Err(mixed());
    }
    Ok(Paging::last(rows("last", last)?, cursor("before", before)?))
}

pub(crate) fn rows(field: &str, asked: Option<i32>) -> Result<u32, Fault> {
    let rows = asked.map_or(Ok(CONNECTION_ROWS_DEFAULT), u32::try_from).ok();
    rows.filter(|rows| *rows <= CONNECTION_ROWS_MAX).ok_or_else(|| {
        let sentence = format!("{field} must be between 0 and {CONNECTION_ROWS_MAX}.");
        Fault::invalid("graphql/paging-invalid", sentence).with("field", field)
    })
}

pub(crate) fn cursor(field: &str, text: Option<&str>) -> Result<Option<Cursor>, Fault> {
    text.map(str::parse).transpose().map_err(|why: projections::InvalidCursor| {
        Fault::invalid("graphql/cursor-invalid", format!("{field}: {why}.")).with("field", field)
    })
}

/// A page of rows as a connection.
pub(crate) fn listed<R: Placed, N: OutputType + From<R>>(page: Page<R>) -> Listed<N> {
    let counted = Counted { total_count: page.total };
    let mut connection = Connection::with_additional_fields(page.has_previous, page.has_next, counted);
    connection.edges.extend(page.rows.into_iter().map(|row| {
        let cursor = row.cursor().to_string();
        Edge::with_additional_fields(cursor, N::from(row), EmptyFields)
    }));
    connection
}

/// Two pages of different rows of the same list as one.
pub(crate) fn merged<R: Placed>(one: Page<R>, other: Page<R>, rows: usize, towards_newer: bool) -> Page<R> {
    let total = one.total.zip(other.total).map(|(one, other)| one.saturating_add(other));
    let mut all: Vec<R> = one.rows.into_iter().chain(other.rows).collect();
    all.sort_by_key(|row| std::cmp::Reverse(row.cursor()));
    let cut = all.len() > rows;
    if towards_newer {
        all.drain(..all.len().saturating_sub(rows));
    } else {
        all.truncate(rows);
    }
    Page {
        rows: all,
        total,
        has_previous: one.has_previous || other.has_previous || (cut && towards_newer),
        has_next: one.has_next || other.has_next || (cut && !towards_newer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(
        first: Option<i32>,
        after: Option<&str>,
        last: Option<i32>,
        before: Option<&str>,
    ) -> Option<&'static str> {
        of_arguments(first, after, last, before).err().map(|fault| fault.code)
    }

    #[test]
    fn pages_are_checked_and_capped() {
        assert_eq!(code(None, None, None, None), None);
        assert_eq!(code(Some(100), None, None, None), None);
        assert_eq!(code(Some(101), None, None, None), Some("graphql/paging-invalid"));
        assert_eq!(code(Some(-1), None, None, None), Some("graphql/paging-invalid"));
        assert_eq!(code(Some(1), None, Some(1), None), Some("graphql/paging-invalid"));
        assert_eq!(code(Some(1), Some("nonsense"), None, None), Some("graphql/cursor-invalid"));
        assert_eq!(code(None, None, None, Some("nonsense")), Some("graphql/cursor-invalid"));
    }

    #[derive(Debug, Clone, PartialEq)]
    struct At(Cursor);
    impl Placed for At {
        fn cursor(&self) -> Cursor {
            self.0
        }
    }

    #[test]
    fn two_lists_merge_newest_first_and_say_that_more_is_there() {
        // "p1.1" … "p1.4" as cursors.
        let at = |text: &str| At(text.parse().unwrap());
        let (one, two, three, four) = (at("cDEuMQ"), at("cDEuMg"), at("cDEuMw"), at("cDEuNA"));
        let page = |rows: &[&At]| Page {
            rows: rows.iter().map(|row| (*row).clone()).collect(),
            total: Some(2),
            has_previous: false,
            has_next: false,
        };
        let older = merged(page(&[&four, &one]), page(&[&three, &two]), 3, false);
        assert_eq!(older.rows, [four.clone(), three.clone(), two.clone()]);
        assert!(older.has_next && !older.has_previous);
        assert_eq!(older.total, Some(4));
        let newer = merged(page(&[&four, &one]), page(&[&three, &two]), 3, true);
        assert_eq!(newer.rows, [three, two, one]);
        assert!(newer.has_previous && !newer.has_next);
    }
}
