//! The query entry of the doors: they never see SQL, tables or generations.

use crate::{
    ProjectionError,
    error::Result,
    generation,
    order::Sorting,
    page::{Filter, LIST_ROWS_MAX, Page, Paging, Placed},
    table::{Generation, ModelId, Row, from_json},
    tally::Count,
};
use serde::Serialize;
use sqlx::{PgPool, Postgres, QueryBuilder, Row as _};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How often a read follows the model to a newer generation before it gives up.
const GENERATION_CHANGES_MAX: usize = 5;

/// Reads of all models. Cheap to clone; shares its memory of which tables are live.
#[derive(Debug, Clone)]
pub struct Views {
    pool: PgPool,
    live: Arc<RwLock<HashMap<&'static str, Generation>>>,
    statements: Arc<AtomicU64>,
    /// One statement at a time, if a request's reads take turns.
    turns: Option<Arc<Semaphore>>,
    #[cfg(test)]
    pub(crate) plans: Arc<std::sync::Mutex<Vec<(String, String)>>>,
}

impl Views {
    /// Of this database. Does not connect yet.
    pub fn new(pool: PgPool) -> Self {
        Self {
            pool,
            live: Arc::default(),
            statements: Arc::default(),
            turns: None,
            #[cfg(test)]
            plans: Arc::default(),
        }
    }

    /// The same reads for one request: they wait for `turns`, so that a request of many parts holds one connection and no
    /// other tenant waits for it.
    #[must_use]
    pub fn in_turns(&self, turns: Arc<Semaphore>) -> Self {
        Self { turns: Some(turns), ..self.clone() }
    }

    /// Leave for one statement.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        match &self.turns {
            Some(turns) => turns.acquire().await.ok(),
            None => None,
        }
    }

    /// The database for one statement of [`crate::operation`].
    pub(crate) fn pool(&self) -> &PgPool {
        self.statements.fetch_add(1, Ordering::Relaxed);
        &self.pool
    }

    /// How many statements were run through this and its clones, for metrics and for tests of what a request costs.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Runs a query against the live generation. Generations never share a name, so a swap between looking it up and
    /// reading shows as a missing table; then the newer one is read.
    pub(crate) async fn read<T, F>(&self, model: ModelId, build: F) -> Result<Vec<T>>
    where
        F: Fn(Generation) -> QueryBuilder<'static, Postgres> + Send + Sync,
        T: for<'r> sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres> + Send + Unpin,
    {
        let mut changes = 0;
        loop {
            let _turn = self.turn().await;
            let generation = self.generation(model).await?;
            let mut query = build(generation);
            self.statements.fetch_add(1, Ordering::Relaxed);
            #[cfg(test)]
            self.explain(build(generation)).await;
            match query.build().fetch_all(&self.pool).await.map_err(ProjectionError::from) {
                Ok(rows) => return rows.iter().map(|row| Ok(row.try_get(0)?)).collect(),
                Err(error) if error.is_undefined_table() && changes < GENERATION_CHANGES_MAX => {
                    changes += 1;
                    self.live.write().unwrap_or_else(PoisonError::into_inner).remove(model.name);
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn generation(&self, ModelId { name, revision }: ModelId) -> Result<Generation> {
        let known = self.live.read().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        if let Some(generation) = known {
            return Ok(generation);
        }
        let generation = generation::live(&self.pool, name).await?;
        // Tables of another version of Studio have other columns; they are not ours to read.
        let generation = generation
            .filter(|generation| generation.revision() == revision)
            .ok_or(ProjectionError::NotBuilt(name))?;
        self.live.write().unwrap_or_else(PoisonError::into_inner).insert(name, generation);
        Ok(generation)
    }

    /// Notes the plan of a query; a table that is gone is the reader's business.
    #[cfg(test)]
    async fn explain(&self, mut query: QueryBuilder<'static, Postgres>) {
        use sqlx::Execute as _;
        let mut built = query.build();
        let sql = format!("explain (format json) {}", built.sql());
        let arguments = built.take_arguments().unwrap().unwrap_or_default();
        let plan = sqlx::query_with(&sql, arguments).persistent(false).fetch_all(&self.pool).await;
        let plan = plan.iter().flatten().map(|row| row.get::<serde_json::Value, _>(0)).next();
        if let Some(plan) = plan {
            self.plans.lock().unwrap().push((sql, format!("{plan:#}")));
        }
    }

    async fn rows<R, F>(&self, build: F) -> Result<Vec<R>>
    where
        R: Row,
        F: Fn(Generation) -> QueryBuilder<'static, Postgres> + Send + Sync,
    {
        let rows: Vec<String> = self.read(R::MODEL, build).await?;
        rows.iter().map(|row| from_json(row)).collect()
    }

    /// The newest match.
    pub(crate) async fn one<R: Row>(&self, filter: &Filter) -> Result<Option<R>> {
        let found = self.rows(|generation| filter.first(&generation.table(R::TABLE.part))).await?;
        Ok(found.into_iter().next())
    }

    /// A page of matches, newest first.
    pub(crate) async fn list<R: Row + Placed>(&self, filter: &Filter, paging: Paging) -> Result<Page<R>> {
        let rows = if paging.beyond() {
            Vec::new()
        } else {
            self.rows(|generation| filter.rows(&generation.table(R::TABLE.part), &paging)).await?
        };
        let total = if paging.counts() { Some(self.count::<R>(filter).await?) } else { None };
        Ok(Page::cut(rows, &paging, total))
    }

    /// A page of matches of a list in any order, without its total.
    pub(crate) async fn sorted<R: Row + Placed>(
        &self,
        filter: &Filter,
        sorting: &Sorting<'_>,
        paging: Paging,
    ) -> Result<Page<R>> {
        let rows = if paging.beyond() {
            Vec::new()
        } else {
            self.rows(|generation| filter.page::<R>(&generation.table(R::TABLE.part), sorting, &paging))
                .await?
        };
        Ok(Page::cut(rows, &paging, None))
    }

    /// The sum of the kept numbers that fit.
    pub(crate) async fn tallied<C: Count>(&self, filter: &Filter) -> Result<u64> {
        let sum: Vec<i64> =
            self.read(C::MODEL, |generation| filter.sum(&generation.table(C::TABLE.part), "number")).await?;
        Ok(sum.first().and_then(|sum| u64::try_from(*sum).ok()).unwrap_or_default())
    }

    /// The number of matches.
    pub(crate) async fn count<R: Row>(&self, filter: &Filter) -> Result<u64> {
        let count: Vec<i64> =
            self.read(R::MODEL, |generation| filter.count(&generation.table(R::TABLE.part))).await?;
        Ok(count.first().and_then(|count| u64::try_from(*count).ok()).unwrap_or_default())
    }

    /// The lists below several things, one page of each, with one statement per column they hang on.
    pub(crate) async fn pages<R: Row + Placed>(
        &self,
        filter: &Filter,
        things: &[Below],
        paging: Paging,
    ) -> Result<Vec<Page<R>>> {
        let mut rows: Vec<Vec<R>> = Vec::new();
        rows.resize_with(things.len(), Vec::new);
        for (column, (places, values)) in by_column(things) {
            let column = (column, kind_of::<R>(column));
            let found: Vec<String> = self
                .read(R::MODEL, |generation| {
                    filter.rows_below(&generation.table(R::TABLE.part), column, &values, &paging)
                })
                .await?;
            for text in found {
                let (index, row): (usize, R) = from_json(&text)?;
                if let Some(rows) = places.get(index).and_then(|place| rows.get_mut(*place)) {
                    rows.push(row);
                }
            }
        }
        Ok(rows.into_iter().map(|rows| Page::cut(rows, &paging, None)).collect())
    }

    /// The first rows below several things in the order of a column.
    pub(crate) async fn ordered_below<R: Row>(
        &self,
        filter: &Filter,
        things: &[Below],
        order: &str,
        limit: u32,
    ) -> Result<Vec<Vec<R>>> {
        let limit = limit.min(LIST_ROWS_MAX);
        let mut rows: Vec<Vec<R>> = Vec::new();
        rows.resize_with(things.len(), Vec::new);
        for (column, (places, values)) in by_column(things) {
            let column = (column, kind_of::<R>(column));
            let found: Vec<String> = self
                .read(R::MODEL, |generation| {
                    let table = generation.table(R::TABLE.part);
                    filter.ordered_below(&table, column, &values, order, limit)
                })
                .await?;
            for text in found {
                let (index, row): (usize, R) = from_json(&text)?;
                if let Some(rows) = places.get(index).and_then(|place| rows.get_mut(*place)) {
                    rows.push(row);
                }
            }
        }
        Ok(rows)
    }

    /// How many rows hang on several things, with one statement per column they hang on.
    pub(crate) async fn counts<R: Row>(&self, filter: &Filter, things: &[Below]) -> Result<Vec<u64>> {
        let mut counts = vec![0; things.len()];
        for (column, (places, values)) in by_column(things) {
            let column = (column, kind_of::<R>(column));
            let found: Vec<String> = self
                .read(R::MODEL, |generation| {
                    filter.counts_below(&generation.table(R::TABLE.part), column, &values)
                })
                .await?;
            for text in found {
                let (index, count): (usize, u64) = from_json(&text)?;
                if let Some(known) = places.get(index).and_then(|place| counts.get_mut(*place)) {
                    *known = count;
                }
            }
        }
        Ok(counts)
    }

    /// The first matches in the order of a column.
    pub(crate) async fn ordered<R: Row>(&self, filter: &Filter, column: &str, limit: u32) -> Result<Vec<R>> {
        let limit = limit.min(LIST_ROWS_MAX);
        self.rows(|generation| filter.ordered(&generation.table(R::TABLE.part), column, limit)).await
    }

    /// Matches whose column has one of these values, at most [`LIST_ROWS_MAX`] values.
    pub(crate) async fn many<R: Row, K: Serialize + Sync>(
        &self,
        filter: Filter,
        column: &str,
        values: &[K],
    ) -> Result<Vec<R>> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let values = values.get(..LIST_ROWS_MAX as usize).unwrap_or(values);
        let filter = filter.among(column, kind_of::<R>(column) == "uuid", values);
        self.rows(|generation| filter.all(&generation.table(R::TABLE.part))).await
    }
}

/// What rows hang on: a column and its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Below {
    pub(crate) column: &'static str,
    pub(crate) value: String,
}

/// The places of things in the question, and their values, by the column they stand for.
fn by_column(things: &[Below]) -> BTreeMap<&'static str, (Vec<usize>, Vec<String>)> {
    let mut columns: BTreeMap<&'static str, (Vec<usize>, Vec<String>)> = BTreeMap::new();
    for (place, thing) in things.iter().enumerate() {
        let (places, values) = columns.entry(thing.column).or_default();
        places.push(place);
        values.push(thing.value.clone());
    }
    columns
}

/// The SQL type of a column, without its constraints.
pub(crate) fn kind_of<R: Row>(column: &str) -> &'static str {
    let found = R::TABLE.columns.iter().find(|(name, _)| *name == column);
    found.and_then(|(_, kind)| kind.split(' ').next()).unwrap_or("text")
}

/// What every list of a customer answers; `conditions(customer, filter)` says which rows are in it.
macro_rules! listed {
    ($views:ident: $filter:ty => $row:ty) => {
        impl $views<'_> {
            /// A page of the customer's that fit.
            pub async fn list(
                &self,
                customer: CustomerId,
                filter: &$filter,
                paging: Paging,
            ) -> Result<Page<$row>> {
                self.0.list(&conditions(customer, filter), paging).await
            }

            /// How many of the customer's fit.
            pub async fn count(&self, customer: CustomerId, filter: &$filter) -> Result<u64> {
                self.0.count::<$row>(&conditions(customer, filter)).await
            }
        }
    };
}
pub(crate) use listed;

/// What every list below things answers about several of them at once; `all(customer)` are the rows that count.
macro_rules! listed_below {
    ($views:ident: $of:ty => $row:ty, $all:path) => {
        impl $views<'_> {
            /// The same page below several things, in their order.
            pub async fn below(
                &self,
                customer: CustomerId,
                things: &[$of],
                paging: Paging,
            ) -> Result<Vec<Page<$row>>> {
                let things: Vec<Below> = things.iter().map(Below::from).collect();
                self.0.pages(&$all(customer), &things, paging).await
            }

            /// How many there are below several things, in their order.
            pub async fn counts_below(&self, customer: CustomerId, things: &[$of]) -> Result<Vec<u64>> {
                let things: Vec<Below> = things.iter().map(Below::from).collect();
                self.0.counts::<$row>(&$all(customer), &things).await
            }
        }
    };
}
pub(crate) use listed_below;
