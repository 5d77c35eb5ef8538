//! `page` and `limit` of lists. cheqd Studio reads them unchecked and has no cap; here both are checked.

use crate::input::{Query, invalid};
use app::Fault;
use projections::{LIST_ROWS_MAX, Paging};

/// The page a caller asks for. Without `limit`, the newest [`LIST_ROWS_MAX`] rows.
pub fn paging(query: &Query) -> Result<Paging, Fault> {
    let page = positive(query, "page")?;
    let limit = positive(query, "limit")?;
    if limit.is_some_and(|limit| limit > u64::from(LIST_ROWS_MAX)) {
        return Err(invalid("limit", format!("limit should be at most {LIST_ROWS_MAX}")));
    }
    Ok(Paging::page(page, limit))
}

fn positive(query: &Query, name: &str) -> Result<Option<u64>, Fault> {
    let number = |text: &str| text.parse::<u64>().ok().filter(|number| *number > 0);
    let wrong = || invalid(name, format!("{name} should be a positive whole number"));
    query.text(name).map(|text| number(text).ok_or_else(wrong)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_checked_and_capped() {
        let sentence = |text| paging(&Query::parse(text).unwrap()).err().map(|fault| fault.public);
        assert_eq!(sentence("page=1&limit=10"), None);
        assert_eq!(sentence(""), None);
        assert_eq!(sentence("page=0&limit=10").unwrap(), "page should be a positive whole number");
        assert_eq!(sentence("limit=x").unwrap(), "limit should be a positive whole number");
        assert_eq!(sentence("limit=1001").unwrap(), "limit should be at most 1000");
    }
}
