//! What all writes take besides their own parameters, and what the numbers of a page may be: a client that goes by the document
//! sends nothing that is refused for its form.

use crate::paging::{PAGE_ROWS_MAX, WALKED_PAGE_ROWS_MAX};
use app::{act::IDEMPOTENCY_KEY_CHARS_MAX, port::replies::REPLIES_KEPT_HOURS};
use utoipa::{
    Number,
    openapi::{
        RefOr,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Schema, Type},
    },
};

pub(super) fn idempotency_key() -> Parameter {
    // Blanks around a header's value are not part of it (RFC 9110, section 5.5).
    let within = IDEMPOTENCY_KEY_CHARS_MAX - 2;
    parameter(
        "Idempotency-Key",
        ParameterIn::Header,
        text().pattern(Some(format!("^[!-~]([ -~]{{0,{within}}}[!-~])?$"))),
        &format!(
            "1 to {IDEMPOTENCY_KEY_CHARS_MAX} printable ASCII characters. The same key and request have one effect and one \
             answer; kept for {REPLIES_KEPT_HOURS} hours."
        ),
    )
}

pub(super) fn of_the_ledger() -> [Parameter; 3] {
    [
        parameter(
            "dryRun",
            ParameterIn::Query,
            ObjectBuilder::new().schema_type(Type::Boolean),
            "Only tell the price (`Quote`); nothing is written.",
        ),
        parameter(
            "maxFee",
            ParameterIn::Query,
            text().pattern(Some("^[0-9]{1,38}$")),
            "Refuse to pay more than this many ncheq. With signatures: less than the job was opened with, for this request.",
        ),
        parameter(
            "Prefer",
            ParameterIn::Header,
            text(),
            "`respond-async` answers 202 at once; `wait=<seconds>` waits shorter than usual.",
        ),
    ]
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn parameter(name: &str, place: ParameterIn, schema: ObjectBuilder, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .description(Some(description))
        .schema(Some(schema.build()))
        .build()
}

/// Pages count from 1, and have a row at least.
pub(super) fn bound(operation: &mut Operation) {
    let Some(parameters) = &mut operation.parameters else { return };
    let is_query = |parameter: &Parameter| parameter.parameter_in == ParameterIn::Query;
    let is_walked = parameters.iter().any(|parameter| is_query(parameter) && parameter.name == "after");
    let rows_max = if is_walked { WALKED_PAGE_ROWS_MAX } else { PAGE_ROWS_MAX };
    for parameter in parameters.iter_mut().filter(|parameter| is_query(parameter)) {
        let most = match parameter.name.as_str() {
            "page" => None,
            "limit" => usize::try_from(rows_max).ok().map(Number::UInt),
            _ => continue,
        };
        if let Some(RefOr::T(Schema::Object(number))) = &mut parameter.schema {
            number.minimum = Some(Number::UInt(1));
            number.maximum = most;
        }
    }
}
