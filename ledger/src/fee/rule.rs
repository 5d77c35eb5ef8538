//! The ledger's rule for one message (docs/ledger.md#fees), and what to offer under it.

use super::decimal::{self, Dec};
use num_bigint::BigUint;
use proto::cheqd::did::v2::FeeRange;

const NCHEQ: &str = "ncheq";
const USD: &str = "usd";
/// `usd` per millionth of a dollar.
const USD_PER_MICRO: u64 = 1_000_000_000_000;
/// ncheq per CHEQ.
const NCHEQ_PER_CHEQ: u64 = 1_000_000_000;
/// Millionths per dollar.
const MICRO: u64 = 1_000_000;

/// Margin over a dollar price with a fixed fee, in percent: the exact fee is charged whatever is offered, so this costs
/// nothing and survives a price that falls before inclusion.
pub const FIXED_HEADROOM_PERCENT: u32 = 10;
/// Margin over a dollar minimum of a range, in percent. Here the whole offer is charged.
pub const RANGE_HEADROOM_PERCENT: u32 = 2;

/// Why no fee can be told. The texts are the ledger's where it has one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoFee {
    /// The parameters hold nothing for this operation.
    #[error("fee ranges empty")]
    Empty,
    /// Priced in dollars, and the chain knows no price of CHEQ (yet).
    #[error("cheq price not available")]
    NoPrice,
    /// No amount fits all ranges.
    #[error("no valid overlapping USD range")]
    NoOverlap,
    /// The offer is below what is asked.
    #[error("insufficient fee: need at least {0}ncheq")]
    TooLow(BigUint),
    /// A denomination or amount we do not know.
    #[error("unknown fee parameter {0}")]
    Unknown(String),
}

/// What one message asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The ranges it was computed from.
    pub ranges: Vec<FeeRange>,
    /// Whether exactly the fee is charged, whatever is offered.
    pub is_fixed: bool,
    /// What to offer, in ncheq, margin included.
    pub offer: u128,
    /// The price in `usd` (10^18 per dollar), if it is one.
    pub usd: Option<BigUint>,
}

/// One range with its amounts read.
struct Range<'a> {
    denom: &'a str,
    min: Option<BigUint>,
    max: Option<BigUint>,
}

impl Range<'_> {
    fn fixed(&self) -> Option<&BigUint> {
        self.min.as_ref().filter(|min| self.max.as_ref() == Some(*min))
    }
}

fn read(ranges: &[FeeRange]) -> Result<Vec<Range<'_>>, NoFee> {
    let amount = |text: &Option<String>| match text.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| NoFee::Unknown(text.to_owned())),
    };
    ranges
        .iter()
        .map(|range| {
            if ![NCHEQ, USD].contains(&range.denom.as_str()) {
                return Err(NoFee::Unknown(range.denom.clone()));
            }
            Ok(Range {
                denom: &range.denom,
                min: amount(&range.min_amount)?,
                max: amount(&range.max_amount)?,
            })
        })
        .collect()
}

/// ncheq for a fixed price in `usd`.
fn usd_to_ncheq(usd: &BigUint, price: &Dec) -> Option<BigUint> {
    let micro = Dec::whole(usd).over(USD_PER_MICRO);
    Some(micro.quo(price)?.times(NCHEQ_PER_CHEQ).over(MICRO).truncated())
}

/// Millionths of a dollar for an amount of ncheq, cut.
fn ncheq_to_micro(ncheq: &BigUint, price: &Dec) -> BigUint {
    Dec::whole(ncheq).over(NCHEQ_PER_CHEQ).mul(price).times(MICRO).truncated()
}

/// ncheq for millionths of a dollar, cut.
fn micro_to_ncheq(micro: &BigUint, price: &Dec) -> Option<BigUint> {
    Some(Dec::whole(micro).quo(price)?.times(NCHEQ_PER_CHEQ).over(MICRO).truncated())
}

/// Lower and upper bound in millionths of a dollar.
fn bounds(ranges: &[Range<'_>], price: &Dec) -> Result<(BigUint, Option<BigUint>), NoFee> {
    let micro = |denom: &str, amount: &BigUint| {
        if denom == NCHEQ { ncheq_to_micro(amount, price) } else { amount / USD_PER_MICRO }
    };
    let low = ranges
        .iter()
        .filter_map(|range| range.min.as_ref().map(|min| micro(range.denom, min)))
        .max()
        .unwrap_or_default();
    let high = ranges.iter().filter_map(|range| range.max.as_ref().map(|max| micro(range.denom, max))).min();
    if high.as_ref().is_some_and(|high| *high < low) {
        return Err(NoFee::NoOverlap);
    }
    Ok((low, high))
}

/// What the ledger charges for one message when the whole transaction offers `offer` ncheq; a refusal if that is too
/// little. Without a price, ranges only check the offer and charge nothing.
pub fn charge(ranges: &[FeeRange], offer: u128, price: Option<&Dec>) -> Result<u128, NoFee> {
    let ranges = read(ranges)?;
    let offered = BigUint::from(offer);
    if ranges.is_empty() {
        return Err(NoFee::Empty);
    }
    if let Some((denom, fixed)) = ranges.iter().find_map(|range| Some((range.denom, range.fixed()?))) {
        let need = if denom == NCHEQ {
            fixed.clone()
        } else {
            price.and_then(|price| usd_to_ncheq(fixed, price)).ok_or(NoFee::NoPrice)?
        };
        return if offered < need { Err(NoFee::TooLow(need)) } else { amount(&need) };
    }
    let Some(price) = price else {
        let floor = floor_without_price(&ranges)?;
        return if offered < floor { Err(NoFee::TooLow(floor)) } else { Ok(0) };
    };
    let (low, high) = bounds(&ranges, price)?;
    let paid = ncheq_to_micro(&offered, price);
    if paid < low {
        return Err(NoFee::TooLow(micro_to_ncheq(&low, price).unwrap_or_default()));
    }
    // Above the cap the ledger charges the minimum, not the cap.
    let effective = if high.is_some_and(|high| paid > high) { low } else { paid };
    amount(&micro_to_ncheq(&effective, price).unwrap_or_default())
}

fn floor_without_price(ranges: &[Range<'_>]) -> Result<BigUint, NoFee> {
    let range = ranges.iter().find(|range| range.denom == NCHEQ).ok_or(NoFee::NoPrice)?;
    range.min.clone().or_else(|| range.max.clone()).ok_or(NoFee::Empty)
}

fn amount(ncheq: &BigUint) -> Result<u128, NoFee> {
    u128::try_from(ncheq).map_err(|_| NoFee::Unknown(ncheq.to_string()))
}

/// `amount` and so many percent, rounded up.
fn with_headroom(amount: &BigUint, percent: u32) -> BigUint {
    (amount * (100 + percent) + 99_u32) / 100_u32
}

/// What to offer for one message.
pub fn asked(ranges: &[FeeRange], price: Option<&Dec>) -> Result<Asked, NoFee> {
    let read = read(ranges)?;
    if read.is_empty() {
        return Err(NoFee::Empty);
    }
    let asked = |is_fixed, offer: &BigUint, usd| {
        Ok(Asked { ranges: ranges.to_vec(), is_fixed, offer: amount(offer)?, usd })
    };
    if let Some((denom, fixed)) = read.iter().find_map(|range| Some((range.denom, range.fixed()?))) {
        if denom == NCHEQ {
            return asked(true, fixed, None);
        }
        let need = price.and_then(|price| usd_to_ncheq(fixed, price)).ok_or(NoFee::NoPrice)?;
        return asked(true, &with_headroom(&need, FIXED_HEADROOM_PERCENT), Some(fixed.clone()));
    }
    let Some(price) = price else {
        return asked(false, &floor_without_price(&read)?, None);
    };
    let (low, high) = bounds(&read, price)?;
    let in_dollars = read.iter().filter(|range| range.denom == USD).find_map(|range| range.min.clone());
    // ncheq minimums are compared with the offer at the same price, so they need no margin; the exact one is known.
    let in_ncheq =
        read.iter().filter(|range| range.denom == NCHEQ).filter_map(|range| range.min.clone()).max();
    let offer = match (&in_dollars, in_ncheq) {
        (None, Some(min)) => min,
        (None, None) => BigUint::ZERO,
        (Some(_), _) => {
            let least = micro_to_ncheq(&(&low + 1_u32), price).ok_or(NoFee::NoPrice)?;
            let wanted = with_headroom(&least, RANGE_HEADROOM_PERCENT);
            match high.and_then(|high| micro_to_ncheq(&high, price)) {
                Some(cap) if wanted > cap => cap.max(least),
                _ => wanted,
            }
        }
    };
    asked(false, &offer, in_dollars)
}

/// The dollars of all messages together; `None` if one of them is not priced in dollars.
pub fn dollars(asked: &[Asked]) -> Option<String> {
    let mut sum = BigUint::ZERO;
    for asked in asked {
        sum += asked.usd.as_ref()?;
    }
    (!asked.is_empty()).then(|| decimal::dollars(&sum))
}
