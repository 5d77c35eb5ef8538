//! Relay connections over the read models' keyset cursors. Rows and their number are asked for only if somebody selects
//! them, and those of many things of one request together.

use crate::{
    asking::Asking,
    fault::{Raised, Result, of_projection},
    limits::{CONNECTION_ROWS_DEFAULT, CONNECTION_ROWS_MAX},
    loader::{CountOf, Nested, PageOf},
};
use app::Fault;
use async_graphql::{
    Name, Object, OutputType, Positioned, TypeName, Value as ConstValue, connection::PageInfo,
};
use async_graphql_value::Value;
use domain::id::CustomerId;
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use projections::{Cursor, Order, Page, Paging, Placed, Sortable, Views};
use std::{borrow::Cow, sync::Arc};

/// Where a list stands in the schema. Cursors fit only the list they were made for.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) object: &'a str,
    pub(crate) field: &'a str,
}

/// Reads the caller's cursors.
pub(crate) trait Cursors: Sync {
    /// The place in this list; `None` for a text that was not made for it.
    fn open(&self, list: &str, text: &str) -> Option<Cursor>;

    /// The place in this list, which is sorted by a column, and what stood there.
    fn open_sorted(&self, list: &str, text: &str) -> Option<(Cursor, String)>;
}

/// The list of subscriptions' cursors: changes, not rows.
pub(crate) const CHANGES: &str = "Subscription.events";

/// Relay's arguments as they were given.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Window<'a> {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<&'a str>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<&'a str>,
}

impl Window<'_> {
    /// `first` walks from `after` towards older rows, `last` from `before` towards newer ones; either may be bounded by the
    /// other cursor.
    pub(crate) fn paging(self, list: &str, cursors: &dyn Cursors) -> Result<Paging, Fault> {
        let after = cursor(cursors, list, "after", self.after)?;
        let before = cursor(cursors, list, "before", self.before)?;
        self.between(after, before)
    }

    /// The same for a list that is sorted by a column.
    fn sorted<C>(self, by: &OrderBy<C>, cursors: &dyn Cursors) -> Result<(Paging, Order<C>), Fault>
    where
        C: Copy,
    {
        let after = opened("after", self.after, |text| cursors.open_sorted(&by.list, text))?.unzip();
        let before = opened("before", self.before, |text| cursors.open_sorted(&by.list, text))?.unzip();
        let order = Order { by: by.by, descending: by.descending, after: after.1, before: before.1 };
        Ok((self.between(after.0, before.0)?, order))
    }

    fn between(self, after: Option<Cursor>, before: Option<Cursor>) -> Result<Paging, Fault> {
        match (self.first, self.last) {
            (Some(_), Some(_)) => {
                Err(Fault::invalid("graphql/paging-invalid", "Page with first or with last, not with both."))
            }
            (None, None) if before.is_some() && after.is_none() => {
                Ok(Paging::last(CONNECTION_ROWS_DEFAULT, before))
            }
            (first, None) => Ok(Paging::first(rows("first", first)?, after).before(before)),
            (None, count) => Ok(Paging::last(rows("last", count)?, before).after(after)),
        }
    }
}

/// Says what is wrong with the paging of a field before anything is executed, so that no mutation is made whose answer is
/// lost for a page that is too long.
pub(crate) fn check(
    place: Place<'_>,
    arguments: &[(Positioned<Name>, Positioned<Value>)],
    cursors: &dyn Cursors,
) -> Result<(), Fault> {
    let given = |name: &str| {
        arguments.iter().find(|(given, _)| given.node == name).map(|(_, value)| value.node.clone())
    };
    let number = |name: &str| match given(name) {
        Some(Value::Number(number)) => number.as_i64().and_then(|number| i32::try_from(number).ok()),
        _ => None,
    };
    let text = |name: &str| match given(name).and_then(Value::into_const) {
        Some(ConstValue::String(text)) => Some(text),
        _ => None,
    };
    let (after, before) = (text("after"), text("before"));
    let window = Window {
        first: number("first"),
        after: after.as_deref(),
        last: number("last"),
        before: before.as_deref(),
    };
    let list = format!("{}.{}", place.object, place.field);
    match given("orderBy").and_then(Value::into_const) {
        Some(ConstValue::Object(order)) => {
            let word = |name: &str| match order.get(name) {
                Some(ConstValue::Enum(word)) => Some(word.as_str()),
                _ => None,
            };
            let list = in_order(&list, word("by").unwrap_or_default(), word("direction") == Some("DESC"));
            window.sorted(&OrderBy { by: (), descending: false, list }, cursors).map(drop)
        }
        _ => window.paging(&list, cursors).map(drop),
    }
}

/// What a list is called when it is sorted: its cursors fit no other order of it.
fn in_order(list: &str, by: &str, descending: bool) -> String {
    format!("{list} by {by} {}", if descending { "DESC" } else { "ASC" })
}

/// How a list is sorted.
pub(crate) struct OrderBy<C> {
    by: C,
    descending: bool,
    list: String,
}

impl<C> OrderBy<C> {
    /// By the field of this name in the schema.
    pub(crate) fn new(list: &str, name: &str, by: C, descending: bool) -> Self {
        Self { by, descending, list: in_order(list, name, descending) }
    }
}

pub(crate) fn rows(field: &str, asked: Option<i32>) -> Result<u32, Fault> {
    let rows = asked.map_or(Ok(CONNECTION_ROWS_DEFAULT), u32::try_from).ok();
    rows.filter(|rows| *rows <= CONNECTION_ROWS_MAX).ok_or_else(|| {
        let sentence = format!("{field} must be between 0 and {CONNECTION_ROWS_MAX}.");
        Fault::invalid("graphql/paging-invalid", sentence).with("field", field)
    })
}

pub(crate) fn cursor(
    cursors: &dyn Cursors,
    list: &str,
    field: &str,
    text: Option<&str>,
) -> Result<Option<Cursor>, Fault> {
    opened(field, text, |text| cursors.open(list, text))
}

fn opened<T>(
    field: &str,
    text: Option<&str>,
    open: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Fault> {
    let opened = text.map(|text| {
        open(text).ok_or_else(|| {
            let sentence = format!("{field} is no cursor of this list; use one from an earlier page of it.");
            Fault::invalid("graphql/cursor-invalid", sentence).with("field", field)
        })
    });
    opened.transpose()
}

/// A list of the account's, and how a read model answers it.
pub(crate) trait Rooted: Send + Sync + 'static {
    type Row: Placed + Send + 'static;
    fn page(
        &self,
        views: &Views,
        customer: CustomerId,
        paging: Paging,
    ) -> impl Future<Output = Result<Page<Self::Row>, projections::ProjectionError>> + Send;
    fn count(
        &self,
        views: &Views,
        customer: CustomerId,
    ) -> impl Future<Output = Result<u64, projections::ProjectionError>> + Send;
}

/// One that can be sorted by a column.
pub(crate) trait RootedInOrder: Rooted<Row: Sortable> {
    fn sorted(
        &self,
        views: &Views,
        customer: CustomerId,
        order: &Order<<Self::Row as Sortable>::Column>,
        paging: Paging,
    ) -> impl Future<Output = Result<Page<Self::Row>, projections::ProjectionError>> + Send;
}

type Asked<T> = Shared<BoxFuture<'static, Result<T, Raised>>>;

/// A page of a list, newest first.
pub(crate) struct Listed<N> {
    page: Asked<Arc<Shown<N>>>,
    total: Asked<u64>,
}

/// A page that was read.
pub(crate) struct Shown<N> {
    rows: Vec<(String, Arc<N>)>,
    has_previous: bool,
    has_next: bool,
}

/// A page of a list, newest first.
#[Object(name_type)]
impl<N: OutputType + 'static> Listed<N> {
    /// The rows of this page, each with its cursor.
    async fn edges(&self) -> Result<Vec<Edge<N>>> {
        let shown = self.page.clone().await?;
        let rows = shown.rows.iter();
        Ok(rows.map(|(cursor, node)| Edge { cursor: cursor.clone(), node: Arc::clone(node) }).collect())
    }

    /// The rows of this page.
    async fn nodes(&self) -> Result<Vec<Arc<N>>> {
        Ok(self.page.clone().await?.rows.iter().map(|(_, node)| Arc::clone(node)).collect())
    }

    /// Where this page stands in the list.
    async fn page_info(&self) -> Result<PageInfo> {
        let shown = self.page.clone().await?;
        Ok(PageInfo {
            has_previous_page: shown.has_previous,
            has_next_page: shown.has_next,
            start_cursor: shown.rows.first().map(|(cursor, _)| cursor.clone()),
            end_cursor: shown.rows.last().map(|(cursor, _)| cursor.clone()),
        })
    }

    /// How many match on all pages.
    async fn total_count(&self) -> Result<u64> {
        self.total.clone().await
    }
}

impl<N: OutputType> TypeName for Listed<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

/// A row of a list.
pub(crate) struct Edge<N> {
    cursor: String,
    node: Arc<N>,
}

/// A row of a list.
#[Object(name_type)]
impl<N: OutputType> Edge<N> {
    /// Its place in this list, for `after` and `before`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The row.
    async fn node(&self) -> &N {
        &self.node
    }
}

impl<N: OutputType> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

impl<N: Send + Sync + 'static> Listed<N> {
    /// From what a read model will answer.
    pub(crate) fn of<R>(
        asking: &Arc<Asking>,
        list: &'static str,
        page: impl Future<Output = Result<Page<R>, Raised>> + Send + 'static,
        total: impl Future<Output = Result<u64, Raised>> + Send + 'static,
    ) -> Self
    where
        R: Placed + Send + 'static,
        N: From<R>,
    {
        let asking = Arc::clone(asking);
        Self::with(move |row: &R| asking.sealed(list, row.cursor()), page, total)
    }

    /// The same with cursors of its own.
    fn with<R>(
        sealed: impl Fn(&R) -> String + Send + 'static,
        page: impl Future<Output = Result<Page<R>, Raised>> + Send + 'static,
        total: impl Future<Output = Result<u64, Raised>> + Send + 'static,
    ) -> Self
    where
        R: Send + 'static,
        N: From<R>,
    {
        let shown = async move {
            let Page { rows, has_previous, has_next, .. } = page.await?;
            let rows = rows.into_iter().map(|row| (sealed(&row), Arc::new(N::from(row))));
            Ok(Arc::new(Shown { rows: rows.collect(), has_previous, has_next }))
        };
        Self { page: shown.boxed().shared(), total: total.boxed().shared() }
    }

    /// A list of the account's.
    pub(crate) fn root<L: Rooted>(
        asking: &Arc<Asking>,
        list: &'static str,
        which: L,
        window: Window<'_>,
    ) -> Result<Self>
    where
        N: From<L::Row>,
    {
        let paging = window.paging(list, &**asking)?;
        let (customer, which) = (asking.customer(), Arc::new(which));
        let (views, filter) = (asking.views().clone(), Arc::clone(&which));
        let page = async move { Ok(filter.page(&views, customer, paging).await?) };
        let views = asking.views().clone();
        let total = async move { Ok(which.count(&views, customer).await?) };
        Ok(Self::of(asking, list, page, total))
    }

    /// A list of the account's, sorted if somebody says how; newest first otherwise.
    pub(crate) fn in_order<L: RootedInOrder>(
        asking: &Arc<Asking>,
        list: &'static str,
        which: L,
        by: Option<OrderBy<<L::Row as Sortable>::Column>>,
        window: Window<'_>,
    ) -> Result<Self>
    where
        N: From<L::Row>,
    {
        let Some(by) = by else { return Self::root(asking, list, which, window) };
        let (paging, order) = window.sorted(&by, &**asking)?;
        let (customer, which) = (asking.customer(), Arc::new(which));
        let (views, filter) = (asking.views().clone(), Arc::clone(&which));
        let page = async move { Ok(filter.sorted(&views, customer, &order, paging).await?) };
        let views = asking.views().clone();
        let total = async move { Ok(which.count(&views, customer).await?) };
        let asking = Arc::clone(asking);
        let sealed = move |row: &L::Row| {
            let position = row.cursor().position();
            asking.studio().places.seal_sorted(asking.customer(), &by.list, position, &row.value(by.by))
        };
        Ok(Self::with(sealed, page, total))
    }

    /// The list below a thing; those of all things of the request are read together.
    pub(crate) fn below<L: Nested>(
        asking: &Arc<Asking>,
        list: &'static str,
        of: L,
        window: Window<'_>,
    ) -> Result<Self>
    where
        N: From<L::Row>,
    {
        let paging = window.paging(list, &**asking)?;
        let (page, total) = (page_of(asking, of.clone(), paging), count_of(asking, of));
        Ok(Self::of(asking, list, page, total))
    }
}

/// A page of the list below a thing.
pub(crate) fn page_of<L: Nested>(
    asking: &Arc<Asking>,
    of: L,
    paging: Paging,
) -> impl Future<Output = Result<Page<L::Row>, Raised>> + Send + use<L> {
    let asking = Arc::clone(asking);
    async move {
        let page = asking.loaders.0.load_one(PageOf { of, paging }).await?;
        page.ok_or_else(|| Fault::bug("a page was not loaded").into())
    }
}

/// How many rows are in the list below a thing.
pub(crate) fn count_of<L: Nested>(
    asking: &Arc<Asking>,
    of: L,
) -> impl Future<Output = Result<u64, Raised>> + Send + use<L> {
    let asking = Arc::clone(asking);
    async move { Ok(asking.loaders.0.load_one(CountOf(of)).await?.unwrap_or_default()) }
}

/// A list that is empty whatever is asked of it.
pub(crate) fn nothing<N: Send + Sync + 'static + From<R>, R: Placed + Send + 'static>(
    asking: &Arc<Asking>,
    list: &'static str,
    window: Window<'_>,
) -> Result<Listed<N>> {
    window.paging(list, &**asking)?;
    let page = Page { rows: Vec::<R>::new(), total: None, has_previous: false, has_next: false };
    Ok(Listed::of(asking, list, async { Ok(page) }, async { Ok(0) }))
}

impl Asking {
    /// A cursor of the caller's.
    pub(crate) fn sealed(&self, list: &str, cursor: Cursor) -> String {
        self.studio().places.seal(self.customer(), list, cursor.position())
    }
}

impl Cursors for Asking {
    fn open(&self, list: &str, text: &str) -> Option<Cursor> {
        self.studio().places.open(self.customer(), list, text).map(Cursor::at)
    }

    fn open_sorted(&self, list: &str, text: &str) -> Option<(Cursor, String)> {
        let opened = self.studio().places.open_sorted(self.customer(), list, text);
        opened.map(|(place, value)| (Cursor::at(place), value))
    }
}

/// Two pages of different rows of the same list as one.
pub(crate) fn merged<R: Placed>(one: Page<R>, other: Page<R>, paging: Paging) -> Page<R> {
    let rows = paging.limit() as usize;
    let mut all: Vec<R> = one.rows.into_iter().chain(other.rows).collect();
    all.sort_by_key(|row| std::cmp::Reverse(row.cursor()));
    let cut = all.len() > rows;
    if paging.is_from_end() {
        all.drain(..all.len().saturating_sub(rows));
    } else {
        all.truncate(rows);
    }
    Page {
        rows: all,
        total: None,
        has_previous: one.has_previous || other.has_previous || (cut && paging.is_from_end()),
        has_next: one.has_next || other.has_next || (cut && !paging.is_from_end()),
    }
}

/// A read model's failure, for loaders.
pub(crate) fn read<T>(found: Result<T, projections::ProjectionError>) -> Result<T, Fault> {
    found.map_err(of_projection)
}

#[cfg(test)]
mod tests;
