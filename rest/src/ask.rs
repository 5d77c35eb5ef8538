//! What handlers get.

use crate::{House, Input, Problem, check, input::Query};
use app::{
    Act, Call, Fault, Written,
    act::{self, IdempotencyKey, Spec},
    budget::Place,
};
use axum::{
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
    http::request::Parts,
};
use domain::id::Network;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// A request of a caller with an API key, with its body read.
pub struct Ask {
    /// The house.
    pub house: Arc<House>,
    /// Who asks. Acts are performed under ids of their own where the request has an idempotency key.
    pub call: Call,
    kept: Kept,
    /// The path's parameters, decoded.
    pub path: PathParams,
    /// The query.
    pub query: Query,
    /// The body's members; none for a request without a body.
    pub input: Input,
}

/// A request of anybody.
pub struct Visit {
    /// The house.
    pub house: Arc<House>,
    /// The path's parameters, decoded.
    pub path: PathParams,
    /// The query.
    pub query: Query,
    /// The path and query as they came, not decoded.
    pub raw: String,
    /// The `Accept` header, if it is text.
    pub accept: Option<String>,
}

/// A path's parameters, decoded.
#[derive(Debug, Clone, Default)]
pub struct PathParams(BTreeMap<String, String>);

impl PathParams {
    /// The parameter; empty if the route has none of this name.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

/// What admission found out, on its way to the handler.
#[derive(Clone)]
pub(crate) struct Admitted {
    pub(crate) call: Call,
    pub(crate) input: Input,
    pub(crate) kept: Kept,
}

/// What a request has beside its call.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    pub(crate) key: Option<IdempotencyKey>,
    /// Its place, which goes with what it began: hanging up makes no room for more.
    pub(crate) place: Arc<Option<Place>>,
    /// Whether it was answered what an earlier request was.
    pub(crate) replayed: Arc<AtomicBool>,
}

impl Ask {
    /// Does an act; see [`act::perform`].
    pub async fn perform<A: Act>(&self, act: A) -> Result<Written<A::Done>, Problem> {
        let Kept { key, place, replayed } = self.kept.clone();
        let settled = act::perform(&self.house.studio, self.call.clone(), key, act, place).await;
        replayed.store(settled.replayed, Ordering::Relaxed);
        Ok(settled.outcome?)
    }

    /// The network to which a list is narrowed: `network` of the query, or the only one of which the caller may see such things.
    pub(crate) fn network(&self, spec: &'static Spec) -> Result<Option<Network>, Fault> {
        let asked = self.query.text("network").map(check::network).transpose()?;
        self.call.who.reach(spec, asked)
    }

    /// Does an act that ends here.
    pub async fn done<A: Act>(&self, act: A) -> Result<A::Done, Problem> {
        match self.perform(act).await? {
            Written::Done(done) => Ok(done),
            Written::Pending(_) | Written::Quoted(_) => {
                Err(Fault::bug("an act that ends here did not end").into())
            }
        }
    }
}

impl FromRequest<Arc<House>> for Ask {
    type Rejection = Problem;

    async fn from_request(request: Request, house: &Arc<House>) -> Result<Self, Problem> {
        let (mut parts, _) = request.into_parts();
        let admitted = parts
            .extensions
            .remove::<Admitted>()
            .ok_or_else(|| Fault::bug("a handler that needs a caller stands behind a public route"))?;
        let (path, query) = address(&mut parts).await?;
        let Admitted { call, input, kept } = admitted;
        Ok(Self { house: house.for_request(), call, kept, path, query, input })
    }
}

impl FromRequest<Arc<House>> for Visit {
    type Rejection = Problem;

    async fn from_request(request: Request, house: &Arc<House>) -> Result<Self, Problem> {
        let (mut parts, _) = request.into_parts();
        let (path, query) = address(&mut parts).await?;
        let raw = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        let accept = parts.headers.get(axum::http::header::ACCEPT);
        let accept = accept.and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Self { house: house.for_visitor(), path, query, raw, accept })
    }
}

async fn address(parts: &mut Parts) -> Result<(PathParams, Query), Problem> {
    let params = RawPathParams::from_request_parts(parts, &())
        .await
        .map_err(|why| Fault::invalid("request/path-malformed", why.to_string()))?;
    let path = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok((PathParams(path), Query::parse(parts.uri.query().unwrap_or_default())?))
}
