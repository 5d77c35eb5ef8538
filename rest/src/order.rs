//! `sort` and `order` of lists that can be sorted.

use crate::input::{Query, invalid};
use app::Fault;
use projections::{Column, Order};

/// The order a caller asks for, by one of these columns; `None` is the list's own, newest first. Faults: `request/invalid`.
pub(crate) fn order<C: Column>(query: &Query, columns: &[C]) -> Result<Option<Order<C>>, Fault> {
    let one_of = || format!("sort should be one of: {}", words(columns));
    let by = query.named("sort").map(|word| {
        columns.iter().copied().find(|column| column.word() == word).ok_or_else(|| invalid("sort", one_of()))
    });
    let descending = query.named("order").map(|word| match word {
        "asc" => Ok(false),
        "desc" => Ok(true),
        _ => Err(invalid("order", "order should be asc or desc")),
    });
    match (by.transpose()?, descending.transpose()?) {
        (Some(by), descending) => Ok(Some(Order::new(by, descending.unwrap_or(false)))),
        (None, None) => Ok(None),
        (None, Some(_)) => {
            Err(invalid("order", format!("order goes with sort, which should be one of: {}", words(columns))))
        }
    }
}

/// What a list can be sorted by.
pub(crate) fn words<C: Column>(columns: &[C]) -> String {
    columns.iter().map(|column| column.word()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use projections::DidColumn;

    fn read(text: &str) -> Result<Option<(DidColumn, bool)>, String> {
        let read = order::<DidColumn>(&Query::parse(text).unwrap(), DidColumn::ALL);
        read.map(|order| order.map(|order| (order.by, order.descending))).map_err(|fault| fault.public)
    }

    #[test]
    fn every_column_sorts_both_ways_and_nothing_else_does() {
        for column in DidColumn::ALL {
            let word = column.word();
            assert_eq!(read(&format!("sort={word}")), Ok(Some((*column, false))));
            assert_eq!(read(&format!("sort={word}&order=asc")), Ok(Some((*column, false))));
            assert_eq!(read(&format!("order=desc&sort={word}")), Ok(Some((*column, true))));
        }
        assert_eq!(read(""), Ok(None));
        let one = format!("sort should be one of: {}", words(DidColumn::ALL));
        for wrong in ["sort=", "sort=created_at", "sort=Did", "sort=document", "sort=x&order=asc"] {
            assert_eq!(read(wrong), Err(one.clone()), "{wrong}");
        }
        for wrong in ["sort=did&order=", "sort=did&order=DESC", "sort=did&order=descending"] {
            assert_eq!(read(wrong), Err("order should be asc or desc".to_owned()), "{wrong}");
        }
        assert!(read("order=asc").unwrap_err().starts_with("order goes with sort, which should be one of: "));
    }

    /// The document names what there is.
    #[test]
    fn the_document_names_every_column() {
        let document = serde_json::to_value(crate::openapi::openapi()).unwrap();
        for (path, words) in
            [("/did/list", words(DidColumn::ALL)), ("/resource/list", words(&crate::resource::list::COLUMNS))]
        {
            let parameters = document["paths"][path]["get"]["parameters"].as_array().unwrap();
            let sort = parameters.iter().find(|parameter| parameter["name"] == "sort").unwrap();
            let sentence = format!("By one of: {words}.");
            assert!(sort["description"].as_str().unwrap().starts_with(&sentence), "{path}: {sentence}");
        }
    }
}
