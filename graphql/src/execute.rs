//! From a request's text to an answer: read, bounded, validated as it stands, planned, executed, completed.

mod coerce;
mod complete;
mod plan;
mod types;

use crate::{
    asking::Asking,
    fault::{finish, refusal},
    http::ask::Asked,
    limits::{self, QUERY_BYTES_MAX, acts_of, too_much, work_of},
    schema::{StudioSchema, checking, executing, sdl},
    text,
};
use app::{act::Spec, budget::Work};
use async_graphql::{
    Name, Positioned, Request as GraphRequest, Response as GraphResponse, ServerError, Value,
    parser::{
        parse_query,
        types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
    },
};
use futures::{StreamExt as _, stream::BoxStream};
use plan::Plan;
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use std::{collections::HashMap, sync::Arc};
use types::Types;
use uuid::Uuid;

/// What a request is answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Absent if nothing was executed; null if an error took all of it.
    pub(crate) data: Option<Value>,
    pub(crate) errors: Vec<ServerError>,
}

impl Answer {
    /// Nothing was executed.
    pub(crate) fn refused(mut errors: Vec<ServerError>, request: Uuid) -> Self {
        finish(&mut errors, request);
        Self { data: None, errors }
    }

    /// Whether nothing was executed.
    pub(crate) fn is_refused(&self) -> bool {
        self.data.is_none()
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        if !self.errors.is_empty() {
            members.serialize_entry("errors", &self.errors)?;
        }
        if let Some(data) = &self.data {
            members.serialize_entry("data", data)?;
        }
        members.end()
    }
}

/// A request that may be executed.
pub(crate) struct Prepared {
    pub(crate) kind: OperationType,
    /// Which places it takes; a subscription has its own.
    pub(crate) work: Option<Work>,
    /// What it does.
    pub(crate) acts: Vec<&'static Spec>,
    /// What it looks at on the way: one of each must be allowed.
    pub(crate) seen: Vec<&'static [&'static Spec]>,
    document: ExecutableDocument,
    plan: Plan,
}

/// Executes requests.
pub(crate) struct Engine {
    /// Validates with every rule and never executes.
    checking: StudioSchema,
    /// Executes what was validated and planned.
    executing: StudioSchema,
    types: Types,
}

impl Engine {
    pub(crate) fn new() -> Self {
        Self { checking: checking(), executing: executing(), types: Types::of(&sdl()) }
    }

    /// Everything that can be said before anything is executed.
    pub(crate) async fn prepare(&self, asked: &Asked, asking: &Asking) -> Result<Prepared, Answer> {
        let refused = |errors| Answer::refused(errors, asking.request);
        let document = read(&asked.query).map_err(|error| refused(vec![*error]))?;
        self.validate(asked, &document).await.map_err(refused)?;
        let operation =
            chosen(&document.operations, asked.operation_name.as_deref()).map_err(|e| refused(vec![*e]))?;
        let definitions = &operation.node.variable_definitions;
        let known = coerce::variables(&self.types, definitions, &asked.variables).map_err(refused)?;
        let planned = plan::plan(&self.types, operation, &document.fragments, &known, asking);
        let (document, plan) = planned.map_err(refused)?;
        let (kind, work, acts) = (operation_kind(&document), work_of(&document), acts_of(&document));
        let seen = plan.seen();
        Ok(Prepared { kind, work, acts, seen, document, plan })
    }

    async fn validate(&self, asked: &Asked, document: &ExecutableDocument) -> Result<(), Vec<ServerError>> {
        let mut request = GraphRequest::new("").variables(asked.variables.clone());
        request.operation_name.clone_from(&asked.operation_name);
        request.set_parsed_query(document.clone());
        let errors = self.checking.execute(request).await.errors;
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// A query or mutation.
    pub(crate) async fn execute(&self, prepared: Prepared, asking: &Arc<Asking>) -> Answer {
        let Prepared { document, plan, .. } = prepared;
        let response = self.executing.execute(request(document, asking)).await;
        completed(&plan, response, asking.request)
    }

    /// A subscription: one answer per thing that happened. The last one of a stream that broke has no data.
    pub(crate) fn follow(&self, prepared: Prepared, asking: &Arc<Asking>) -> BoxStream<'static, Answer> {
        let Prepared { document, plan, .. } = prepared;
        let (id, asking) = (asking.request, Arc::clone(asking));
        let responses = self.executing.execute_stream(request(document, &asking));
        responses
            .map(move |response| {
                asking.end_answer();
                // The source itself failed, before there was anything to complete.
                let broke =
                    response.data == Value::Null && response.errors.iter().any(|error| error.path.len() <= 1);
                if broke { Answer::refused(response.errors, id) } else { completed(&plan, response, id) }
            })
            .boxed()
    }
}

fn request(document: ExecutableDocument, asking: &Arc<Asking>) -> GraphRequest {
    let mut request = GraphRequest::new("").data(Arc::clone(asking));
    request.set_parsed_query(document);
    request
}

fn completed(plan: &Plan, response: GraphResponse, request: Uuid) -> Answer {
    let mut errors = response.errors;
    let data = complete::complete(plan, response.data, &mut errors);
    finish(&mut errors, request);
    Answer { data: Some(data), errors }
}

fn read(query: &str) -> Result<ExecutableDocument, Box<ServerError>> {
    if query.len() > QUERY_BYTES_MAX {
        let sentence = format!("The query is longer than {QUERY_BYTES_MAX} bytes.");
        return Err(Box::new(refusal(&too_much("graphql/query-too-long", sentence), None)));
    }
    text::check(query).map_err(|fault| Box::new(refusal(&fault, None)))?;
    let document = parse_query(query).map_err(|error| Box::new(error.into()))?;
    limits::check(&document).map_err(|fault| Box::new(refusal(&fault, None)))?;
    Ok(document)
}

fn chosen<'a>(
    operations: &'a DocumentOperations,
    name: Option<&str>,
) -> Result<&'a Positioned<OperationDefinition>, Box<ServerError>> {
    let named: HashMap<Option<&Name>, _> = operations.iter().collect();
    let found = match name {
        Some(name) => named.get(&Some(&Name::new(name))).copied(),
        None if named.len() == 1 => named.into_values().next(),
        None => {
            let sentence = "The document has several operations: say in operationName which to run.";
            return Err(Box::new(ServerError::new(sentence, None)));
        }
    };
    found.ok_or_else(|| {
        let sentence = format!("The document has no operation named {}.", name.unwrap_or_default());
        Box::new(ServerError::new(sentence, None))
    })
}

fn operation_kind(document: &ExecutableDocument) -> OperationType {
    document.operations.iter().next().map_or(OperationType::Query, |(_, operation)| operation.node.ty)
}

#[cfg(test)]
mod tests;
