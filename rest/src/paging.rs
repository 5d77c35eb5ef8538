//! `page` and `limit` of lists. cheqd Studio reads them unchecked and, without `limit`, answers everything; here both are
//! checked, and no page is without an end.

use crate::input::{Query, invalid};
use app::Fault;
use projections::{LIST_ROWS_MAX, Paging};

domain::limits! {
    /// Most rows of one page of a list.
    pub PAGE_ROWS_MAX: u32 = LIST_ROWS_MAX, "rows";
    /// Rows of a page when the caller names no limit.
    pub PAGE_ROWS_DEFAULT: u32 = 100, "rows";
    /// The same for issued credentials and accreditations, where the contract says so.
    pub CONTRACT_PAGE_ROWS_DEFAULT: u32 = 10, "rows";
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
