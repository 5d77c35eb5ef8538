//! `page` and `limit` of lists. cheqd Studio reads them unchecked and, without `limit`, answers everything; here both are
//! checked, and no page is without an end.

use crate::{
    Ask,
    input::{Query, invalid},
};
use app::Fault;
use projections::{Cursor, LIST_ROWS_MAX, Paging, Placed, operation::MAX_PAGE_OPERATIONS};

domain::limits! {
    /// Most rows of one page of a list.
    pub PAGE_ROWS_MAX: u32 = LIST_ROWS_MAX, "rows";
    /// Rows of a page when the caller names no limit.
    pub PAGE_ROWS_DEFAULT: u32 = 100, "rows";
    /// The same for issued credentials and accreditations, where the contract says so.
    pub CONTRACT_PAGE_ROWS_DEFAULT: u32 = 10, "rows";
    /// Most rows of one page, and the default, of a list that is walked with `after`.
    pub WALKED_PAGE_ROWS_MAX: u32 = MAX_PAGE_OPERATIONS, "rows";
}

/// Which page of how many rows a caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Counts from 1.
    pub number: u64,
    /// 1 to [`PAGE_ROWS_MAX`].
    pub rows: u32,
}

impl Page {
    /// Rows before it.
    pub fn skipped(self) -> u64 {
        (self.number - 1).saturating_mul(self.rows.into())
    }
}

impl From<Page> for Paging {
    fn from(page: Page) -> Self {
        Self::page(Some(page.number), Some(page.rows.into()))
    }
}

/// `page` and `limit`; without `limit` a page has `rows`. Faults: `request/invalid`.
pub fn page(query: &Query, rows: u32) -> Result<Page, Fault> {
    let number = positive(query, "page")?.unwrap_or(1);
    let rows = match positive(query, "limit")? {
        None => rows,
        Some(limit) => u32::try_from(limit)
            .ok()
            .filter(|limit| *limit <= PAGE_ROWS_MAX)
            .ok_or_else(|| invalid("limit", format!("limit should be at most {PAGE_ROWS_MAX}")))?,
    };
    Ok(Page { number, rows })
}

/// As [`page`], with [`PAGE_ROWS_DEFAULT`].
pub fn paging(query: &Query) -> Result<Paging, Fault> {
    page(query, PAGE_ROWS_DEFAULT).map(Paging::from)
}

/// `limit` and `after` of a list that is walked from newest to oldest. Faults: `request/invalid`.
pub(crate) fn walked(ask: &Ask, list: &str) -> Result<Paging, Fault> {
    let after = ask.query.text("after").map(|text| {
        let place = ask.house.studio.places.open(ask.call.who.customer, list, text).map(Cursor::at);
        place.ok_or_else(|| invalid("after", "after should be `next` of an earlier page"))
    });
    Ok(Paging::first(walked_rows(&ask.query)?, after.transpose()?))
}

/// `after` of the page behind this one; `None` on the last.
pub(crate) fn next<R: Placed>(ask: &Ask, list: &str, page: &projections::Page<R>) -> Option<String> {
    let end = page.rows.last().filter(|_| page.has_next)?;
    Some(ask.house.studio.places.seal(ask.call.who.customer, list, end.cursor().position()))
}

fn walked_rows(query: &Query) -> Result<u32, Fault> {
    query.named("limit").map_or(Ok(WALKED_PAGE_ROWS_MAX), |text| {
        let number = text.parse().ok().filter(|limit| (1..=WALKED_PAGE_ROWS_MAX).contains(limit));
        number.ok_or_else(|| {
            invalid("limit", format!("limit should be a whole number from 1 to {WALKED_PAGE_ROWS_MAX}"))
        })
    })
}

fn positive(query: &Query, name: &str) -> Result<Option<u64>, Fault> {
    let number = |text: &str| text.parse::<u64>().ok().filter(|number| *number > 0);
    let wrong = || invalid(name, format!("{name} should be a positive whole number"));
    query.named(name).map(|text| number(text).ok_or_else(wrong)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(u64, u32), String> {
        let read = page(&Query::parse(text).unwrap(), 10);
        read.map(|page| (page.skipped(), page.rows)).map_err(|fault| fault.public)
    }

    #[test]
    fn a_list_that_is_walked_has_pages_of_at_most_a_hundred() {
        let rows = |text| walked_rows(&Query::parse(text).unwrap()).map_err(|fault| fault.public);
        assert_eq!((rows(""), rows("limit=1"), rows("limit=100")), (Ok(100), Ok(1), Ok(100)));
        for text in ["limit=0", "limit=101", "limit=x", "limit="] {
            assert_eq!(rows(text), Err("limit should be a whole number from 1 to 100".to_owned()), "{text}");
        }
    }

    #[test]
    fn doors_8_no_page_is_without_an_end() {
        assert_eq!(read(""), Ok((0, 10)), "a default, not everything");
        assert_eq!(read("page=3"), Ok((20, 10)), "a page needs no limit");
        assert_eq!(read("limit=7&page=2"), Ok((7, 7)));
        assert_eq!(read("limit=1000"), Ok((0, 1000)));
        for (text, name) in [("limit=", "limit"), ("limit", "limit"), ("page=", "page")] {
            let sentence = format!("{name} should be a positive whole number");
            assert_eq!(read(text), Err(sentence), "a number that is named is not absent");
        }
        assert_eq!(read("page=18446744073709551615&limit=1000").unwrap().0, u64::MAX);
        for (text, sentence) in [
            ("page=0&limit=10", "page should be a positive whole number"),
            ("limit=x", "limit should be a positive whole number"),
            ("limit=-1", "limit should be a positive whole number"),
            ("limit=0", "limit should be a positive whole number"),
            ("limit=1001", "limit should be at most 1000"),
            ("limit=4294967297", "limit should be at most 1000"),
        ] {
            assert_eq!(read(text).unwrap_err(), sentence, "{text}");
        }
    }
}
