//! Answers that went well.

use crate::{Ask, Problem, operation};
use app::{Fault, Written, port::chain::FeeQuote};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::id::Ncheq;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

const NCHEQ_PER_CHEQ: u128 = 1_000_000_000;
const CHEQ_DECIMALS: usize = 9;

domain::limits! {
    /// Blocks after which a quoted price should be asked for again: fees follow an oracle that moves.
    pub QUOTE_BLOCKS: u64 = 10, "blocks";
}

/// Status, JSON body and maybe a `Location`.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    body: Value,
    location: Option<String>,
    /// Whether it tells a secret.
    is_secret: bool,
}

/// What `dryRun=true` answers: the price of the write, which was not made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    /// Always true.
    pub dry_run: bool,
    /// What the ledger is expected to charge, in ncheq.
    #[schema(example = "50000000000")]
    pub fee_ncheq: String,
    /// The same in CHEQ, with nine decimals at most.
    #[schema(example = "50")]
    pub fee_cheq: String,
    /// What the account must hold: the fee that the transaction will offer, in ncheq.
    pub offer_ncheq: String,
    /// The same in US dollars at the ledger's own price, if the ledger prices in dollars.
    pub usd: Option<String>,
    /// Gas limit.
    pub gas: u64,
    /// Height at which the price was read.
    pub height: u64,
    /// Ask again after this height; the fee is quoted anew when the write is signed in any case.
    pub expires_at_height: u64,
}

impl From<FeeQuote> for Quote {
    fn from(quote: FeeQuote) -> Self {
        Self {
            dry_run: true,
            fee_ncheq: quote.expected.to_string(),
            fee_cheq: cheq(quote.expected),
            offer_ncheq: quote.offer.to_string(),
            usd: quote.usd,
            gas: quote.gas_limit,
            height: quote.height,
            expires_at_height: quote.height.saturating_add(QUOTE_BLOCKS),
        }
    }
}

/// An amount in CHEQ without trailing zeros.
pub fn cheq(amount: Ncheq) -> String {
    let (whole, rest) = (amount.0 / NCHEQ_PER_CHEQ, amount.0 % NCHEQ_PER_CHEQ);
    let text = format!("{whole}.{rest:0CHEQ_DECIMALS$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Answer {
    /// With this status.
    pub fn new(status: StatusCode, body: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_value(body).map_err(Fault::bug)?;
        Ok(Self { status, body, location: None, is_secret: false })
    }

    /// With a body that tells a secret.
    pub(crate) fn secret(status: StatusCode, body: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self { is_secret: true, ..Self::new(status, body)? })
    }

    /// With the place of what it is about.
    #[must_use]
    pub(crate) fn at(self, location: String) -> Self {
        Self { location: Some(location), ..self }
    }

    /// 200.
    pub fn ok(body: &impl Serialize) -> Result<Self, Problem> {
        Self::new(StatusCode::OK, body)
    }

    /// A ledger write: `status` and `body` when it is done; 202 with the operation while it goes on; 200 with the price
    /// for a dry run.
    pub async fn written<T, B: Serialize>(
        ask: &Ask,
        status: StatusCode,
        written: Written<T>,
        body: impl FnOnce(T) -> B,
    ) -> Result<Self, Problem> {
        match written {
            Written::Done(value) => Self::new(status, &body(value)),
            Written::Quoted(quote) => Self::ok(&Quote::from(quote)),
            Written::Pending(operation) => {
                let view = operation::pending(ask, operation).await;
                let mut answer = Self::new(StatusCode::ACCEPTED, &view)?;
                answer.location = Some(format!("/operations/{operation}"));
                Ok(answer)
            }
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        let location = self.location.and_then(|location| HeaderValue::from_str(&location).ok());
        if let Some(location) = location {
            response.headers_mut().insert(header::LOCATION, location);
        }
        if self.is_secret {
            // What lies between must not keep it (RFC 9111, section 5.2.2.5).
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_cheq_are_exact() {
        let table = [
            (0, "0"),
            (1, "0.000000001"),
            (50_000_000_000, "50"),
            (2_500_000_000, "2.5"),
            (u128::MAX, "340282366920938463463374607431.768211455"),
        ];
        for (ncheq, text) in table {
            assert_eq!(cheq(Ncheq(ncheq)), text);
        }
    }
}
