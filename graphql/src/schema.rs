//! The schema, put together.

use crate::{
    limits::{COMPLEXITY_MAX, DEPTH_MAX, DIRECTIVES_MAX},
    mutation::Mutation,
    query::Query,
    subscription::Subscription,
};
use async_graphql::{SDLExportOptions, Schema, SchemaBuilder};

pub(crate) type StudioSchema = Schema<Query, Mutation, Subscription>;

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .limit_depth(DEPTH_MAX)
        .limit_complexity(COMPLEXITY_MAX)
        .limit_recursive_depth(DEPTH_MAX * 2)
        .limit_directives(DIRECTIVES_MAX)
}

/// With its limits. Introspection is part of it: whoever has a key may ask what there is.
pub(crate) fn schema() -> StudioSchema {
    builder().finish()
}

pub(crate) fn sdl() -> String {
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    schema().sdl_with_options(options)
}

#[cfg(test)]
mod tests;
