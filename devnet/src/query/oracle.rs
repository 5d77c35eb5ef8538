//! Oracle queries: one constant price behind all averages.

use super::{Refusal, Reply, request, respond, unknown_path};
use crate::chain::Chain;
use crate::decimal::Dec;
use crate::state::params;
use proto::cheqd::oracle::v2::{
    ConvertUsdCtoCheqRequest, ConvertUsdCtoCheqResponse, CurrencyDeviationThreshold, CurrencyPairProviders,
    Denom, Params, QueryActiveExchangeRates, QueryActiveExchangeRatesResponse, QueryEmaResponse,
    QueryExchangeRates, QueryExchangeRatesResponse, QueryParamsResponse, QuerySmaRequest, QuerySmaResponse,
    QueryWmaRequest, QueryWmaResponse, RewardBand,
};
use proto::cosmos::base::v1beta1::DecCoin;

const STRATEGIES: [&str; 4] = ["BALANCED", "RECENT", "OLDEST", "CUSTOM"];
const CHEQ: &str = "CHEQ";
const ONE_DOLLAR_SCALED: &str = "1000000000000000000";
/// IBC denom of USDT in the ledger's default parameters.
const USDT_DENOM: &str = "ibc/C4CFF46FD6DE35CA4CF4CE031E643C8FDC9BA4B99AE598E9B0ED98FE3A2319F9";
/// IBC denom of USDC in the ledger's default parameters.
const USDC_DENOM: &str = "ibc/F5FABF52B54E65064B57BF6DBD8E5FAD22CEE9F4B8A57ADBB20CCD0173AA72A4";

fn denom(base: &str, symbol: &str, exponent: u32) -> Denom {
    Denom { base_denom: base.into(), symbol_denom: symbol.into(), exponent }
}

/// The ledger's default parameters with one price provider.
fn default_params() -> Params {
    let symbols = ["CHEQ", "USDT", "USDC"];
    let list = vec![denom("ncheq", "CHEQ", 9), denom(USDT_DENOM, "USDT", 18), denom("USDC", "USDC", 6)];
    let band = |s: &&str| RewardBand { symbol_denom: (*s).into(), reward_band: "20000000000000000".into() };
    let provider = |(base, quote): &(&str, &str)| CurrencyPairProviders {
        base_denom: (*base).into(),
        quote_denom: (*quote).into(),
        providers: vec!["mexc".into()],
    };
    let threshold = |s: &&str| CurrencyDeviationThreshold { base_denom: (*s).into(), threshold: "2".into() };
    Params {
        vote_period: 10,
        vote_threshold: "500000000000000000".into(),
        reward_bands: symbols.iter().map(band).collect(),
        reward_distribution_window: 5_256_000,
        accept_list: list.clone(),
        slash_fraction: "100000000000000".into(),
        slash_window: 100_800,
        min_valid_per_window: "50000000000000000".into(),
        mandatory_list: list,
        historic_stamp_period: 30,
        median_stamp_period: 1800,
        maximum_price_stamps: 60,
        maximum_median_stamps: 24,
        currency_pair_providers: [("USDT", "USD"), ("USDC", "USDT"), ("CHEQ", "USDT")]
            .iter()
            .map(provider)
            .collect(),
        currency_deviation_thresholds: symbols.iter().map(threshold).collect(),
        usdc_ibc_denom: USDC_DENOM.into(),
        slashing_enabled: false,
        averaging_window: 3,
    }
}

fn price_of(chain: &Chain, denom: &str) -> Option<Dec> {
    match denom {
        CHEQ => chain.read(|ctx| params::price(ctx)),
        "USDC" | "USDT" => Dec::from_scaled(ONE_DOLLAR_SCALED),
        _ => None,
    }
}

fn wma(chain: &Chain, data: &[u8]) -> Reply {
    let asked: QueryWmaRequest = request(data)?;
    let (denom, strategy) = (&asked.denom, &asked.strategy);
    if !STRATEGIES.contains(&strategy.as_str()) {
        return Err(Refusal::Unknown(format!("{strategy}: invalid WMA strategy")));
    }
    match price_of(chain, denom) {
        Some(price) => respond(&QueryWmaResponse { price: price.to_scaled() }),
        None => Err(Refusal::NotFound(format!("no WMA found for denom: {denom} with strategy: {strategy}"))),
    }
}

/// Denoms with a price, as long as somebody has set it.
const PRICED: [&str; 3] = [CHEQ, "USDC", "USDT"];

fn active(chain: &Chain, data: &[u8]) -> Reply {
    let QueryActiveExchangeRates {} = request(data)?;
    let priced = PRICED.iter().filter(|denom| price_of(chain, denom).is_some());
    let active_rates = priced.map(|denom| (*denom).to_owned()).collect();
    respond(&QueryActiveExchangeRatesResponse { active_rates })
}

fn rates(chain: &Chain, data: &[u8]) -> Reply {
    let asked: QueryExchangeRates = request(data)?;
    let wanted = PRICED.iter().filter(|d| asked.denom.is_empty() || asked.denom.eq_ignore_ascii_case(d));
    let rate = |d: &&str| price_of(chain, d).map(|p| DecCoin { denom: (*d).into(), amount: p.to_scaled() });
    let exchange_rates: Vec<_> = wanted.filter_map(rate).collect();
    if exchange_rates.is_empty() && !asked.denom.is_empty() {
        return Err(Refusal::Unknown(format!("{}: unknown denom", asked.denom)));
    }
    respond(&QueryExchangeRatesResponse { exchange_rates })
}

/// Splits `<number><denom>`.
fn dec_coin(text: &str) -> Option<(Dec, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, denom) = text.split_at(end);
    if number.is_empty() || !crate::coins::valid_denom(denom) {
        return None;
    }
    Some((Dec::from_decimal(number)?, denom))
}

fn convert(chain: &Chain, data: &[u8]) -> Reply {
    let asked: ConvertUsdCtoCheqRequest = request(data)?;
    let amount = &asked.amount;
    let (value, denom) = dec_coin(amount).ok_or_else(|| {
        Refusal::Invalid(format!("invalid amount format: invalid decimal coin expression: {amount}"))
    })?;
    let price = price_of(chain, CHEQ);
    let missing = match asked.ma_type.as_str() {
        "wma" if !STRATEGIES.contains(&asked.wma_strategy.as_str()) => {
            return Err(Refusal::Invalid(format!("invalid WMA strategy: {}", asked.wma_strategy)));
        }
        "wma" => format!("missing WMA for strategy: {}", asked.wma_strategy),
        "sma" => "sma not present".to_owned(),
        "ema" => "ema not present".to_owned(),
        other => return Err(Refusal::Invalid(format!("invalid MA type: {other}"))),
    };
    let price = price.ok_or(Refusal::Invalid(missing))?;
    if denom != "usd" {
        return Err(Refusal::Invalid(format!("conversion error: expected denom to be 'usd', got: {denom}")));
    }
    let dollars = value.quo_int(1_000_000_000_000_000_000);
    let ncheq = dollars.quo(&price).and_then(|d| d.mul_int(1_000_000_000).truncate()).unwrap_or(0);
    if ncheq == 0 {
        return Err(Refusal::Invalid("conversion error: converted amount is zero".into()));
    }
    respond(&ConvertUsdCtoCheqResponse { amount: format!("{ncheq}ncheq") })
}

/// Oracle queries.
pub(super) fn run(chain: &Chain, method: &str, data: &[u8]) -> Reply {
    match method {
        "Params" => respond(&QueryParamsResponse { params: Some(default_params()) }),
        "WMA" => wma(chain, data),
        "SMA" | "EMA" => {
            let asked: QuerySmaRequest = request(data)?;
            let missing = || Refusal::Invalid(format!("{} not present", method.to_lowercase()));
            let price = price_of(chain, &asked.denom).ok_or_else(missing)?.to_scaled();
            if method == "SMA" {
                respond(&QuerySmaResponse { price })
            } else {
                respond(&QueryEmaResponse { price })
            }
        }
        "ExchangeRates" => rates(chain, data),
        "ActiveExchangeRates" => active(chain, data),
        // Nobody votes here, so these lists are empty.
        "AggregatePrevotes" | "AggregateVotes" | "Medians" | "MedianDeviations" => Ok(Vec::new()),
        "ConvertUSDCtoCHEQ" => convert(chain, data),
        _ => unknown_path(),
    }
}
