//! Lists in the order of a column.
//!
//! Rows with equal values stand in the order of their positions, so that every order is total and pages neither skip nor
//! repeat a row. A page is found in an index alone, in the order it is shown in, and only the rows that are on it are
//! read: what stands before a deep page costs index entries, not rows.

use crate::{
    page::{Filter, Paging, push_param},
    table::Row,
    views::kind_of,
};
use sqlx::{Postgres, QueryBuilder};
use std::fmt::Debug;

/// A column that a list can be sorted by.
pub trait Column: Copy + Debug + Eq + Send + Sync + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// What callers say for it.
    fn word(self) -> &'static str;
}

/// A row that a list can be sorted by.
pub trait Sortable {
    /// By what.
    type Column: Column;

    /// What the row has there, as it is compared.
    fn value(&self, column: Self::Column) -> String;
}

/// Declares the columns that a list can be sorted by: what callers say, and the column of the table.
macro_rules! columns {
    ($(#[$doc:meta])* $name:ident { $($(#[$column_doc:meta])* $column:ident = $word:literal => $sql:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$column_doc])* $column),+ }

        impl $crate::order::Column for $name {
            const ALL: &'static [Self] = &[$(Self::$column),+];

            fn word(self) -> &'static str {
                match self { $(Self::$column => $word),+ }
            }
        }

        impl $name {
            /// Its name in the table.
            pub(crate) fn sql(self) -> &'static str {
                match self { $(Self::$column => $sql),+ }
            }
        }
    };
}
pub(crate) use columns;

/// How a list is sorted, and the values beside the positions of [`Paging`]'s cursors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order<C> {
    /// By this column.
    pub by: C,
    /// The greatest first.
    pub descending: bool,
    /// What the row before the page has there.
    pub after: Option<String>,
    /// What the row behind the page has there.
    pub before: Option<String>,
}

impl<C> Order<C> {
    /// From one end of the list.
    pub const fn new(by: C, descending: bool) -> Self {
        Self { by, descending, after: None, before: None }
    }
}

/// The same for whoever writes SQL; without a column newest first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sorting<'a> {
    column: Option<&'static str>,
    descending: bool,
    after: Option<&'a str>,
    before: Option<&'a str>,
}

impl<'a> Sorting<'a> {
    pub(crate) const NEWEST: Sorting<'static> =
        Sorting { column: None, descending: true, after: None, before: None };

    pub(crate) fn by<C>(column: &'static str, order: &'a Order<C>) -> Self {
        Self {
            column: Some(column),
            descending: order.descending,
            after: order.after.as_deref(),
            before: order.before.as_deref(),
        }
    }

    /// What is beyond a place in this direction.
    fn bound<R: Row>(
        &self,
        query: &mut QueryBuilder<'_, Postgres>,
        (value, position): (Option<&str>, Option<i64>),
        descending: bool,
    ) {
        let Some(position) = position else { return };
        let operator = if descending { "<" } else { ">" };
        match (self.column, value) {
            (Some(column), Some(value)) => {
                query.push(format!(" and ({column}, position) {operator} ("));
                query.push_bind(value.to_owned()).push(format!("::{}, ", kind_of::<R>(column)));
                query.push_bind(position).push(")");
            }
            _ => {
                query.push(format!(" and position {operator} ")).push_bind(position);
            }
        }
    }

    fn push(&self, query: &mut QueryBuilder<'_, Postgres>, alias: &str, descending: bool) {
        let direction = if descending { " desc" } else { "" };
        query.push(" order by ");
        if let Some(column) = self.column {
            query.push(format!("{alias}{column}{direction}, "));
        }
        query.push(format!("{alias}position{direction}"));
    }
}

impl Filter {
    /// The rows of a page and one more, of a list in any order.
    pub(crate) fn page<R: Row>(
        &self,
        table: &str,
        sorting: &Sorting<'_>,
        paging: &Paging,
    ) -> QueryBuilder<'static, Postgres> {
        let reading = sorting.descending != paging.is_from_end();
        let mut query = QueryBuilder::new("select row_to_json(t)::text from (select position");
        if let Some(column) = sorting.column {
            query.push(format!(", {column}"));
        }
        query.push(" from ").push(table);
        self.push(&mut query);
        sorting.bound::<R>(&mut query, (sorting.after, paging.after_place()), sorting.descending);
        sorting.bound::<R>(&mut query, (sorting.before, paging.before_place()), !sorting.descending);
        sorting.push(&mut query, "", reading);
        paging.push_length(&mut query);
        query.push(") k join ").push(table).push(" t on t.position = k.position");
        if let Some((condition, value)) = self.tenant() {
            query.push(format!(" and t.{condition}"));
            push_param(&mut query, value);
        }
        sorting.push(&mut query, "k.", reading);
        query
    }
}
