//! The schema, put together.

use crate::{
    limits::{COMPLEXITY_MAX, DEPTH_MAX, DIRECTIVES_MAX},
    mutation::Mutation,
    query::Query,
    subscription::Subscription,
};
use async_graphql::{
    SDLExportOptions, Schema, SchemaBuilder, ServerError, ValidationMode, ValidationResult,
    async_trait::async_trait,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation},
};
use std::sync::Arc;

pub(crate) type StudioSchema = Schema<Query, Mutation, Subscription>;

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription)
}

/// Validates with every rule and limit, and executes nothing. Introspection is part of the schema: whoever has a key may ask
/// what there is.
pub(crate) fn checking() -> StudioSchema {
    builder()
        .limit_depth(DEPTH_MAX)
        .limit_complexity(COMPLEXITY_MAX)
        .limit_recursive_depth(DEPTH_MAX * 2)
        .limit_directives(DIRECTIVES_MAX)
        .extension(OnlyValidate)
        .finish()
}

/// Executes what was validated. What it gets has values in place of variables and no fragments but those on types, so
/// nothing is left to validate.
pub(crate) fn executing() -> StudioSchema {
    builder().validation_mode(ValidationMode::Fast).finish()
}

/// Stops a request between its validation and its execution.
struct OnlyValidate;

impl ExtensionFactory for OnlyValidate {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Extension for OnlyValidate {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        next.run(ctx).await?;
        Err(Vec::new())
    }
}

pub(crate) fn sdl() -> String {
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    builder().finish().sdl_with_options(options)
}

#[cfg(test)]
mod tests;
