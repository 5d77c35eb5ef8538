//! Decimals with 18 places and the rounding rules of the Cosmos SDK's `LegacyDec`.

use num_bigint::BigInt;
use std::fmt;
use std::str::FromStr;

/// Number of decimal places.
const PLACES: usize = 18;

fn one() -> BigInt {
    BigInt::from(1_000_000_000_000_000_000_u64)
}

/// Divides by 10^18 and rounds half to even.
fn chop_half_even(value: &BigInt) -> BigInt {
    let negative = *value < BigInt::ZERO;
    let magnitude = if negative { -value.clone() } else { value.clone() };
    let quotient = &magnitude / one();
    let rest: BigInt = (&magnitude % one()) * 2;
    let odd = (&quotient % 2_u8) == BigInt::from(1_u8);
    let up = rest > one() || (rest == one() && odd);
    let rounded = if up { quotient + 1_u8 } else { quotient };
    if negative { -rounded } else { rounded }
}

/// Longest text of a number, in characters. The node's decimals end at 315 bits, 95 digits.
const MAX_TEXT_CHARS: usize = 128;

/// A decimal, stored times 10^18.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dec(BigInt);

impl Dec {
    /// Zero.
    pub fn zero() -> Self {
        Self(BigInt::ZERO)
    }

    /// A whole number.
    pub fn from_int(value: i128) -> Self {
        Self(BigInt::from(value) * one())
    }

    /// From the wire form, an integer already multiplied by 10^18.
    pub fn from_scaled(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT_CHARS {
            return None;
        }
        BigInt::from_str(text).ok().map(Self)
    }

    /// From the readable form, such as `0.05`.
    pub fn from_decimal(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if text.len() > MAX_TEXT_CHARS
            || fraction.len() > PLACES
            || !fraction.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let digits = format!("{whole}{fraction:0<PLACES$}");
        BigInt::from_str(&digits).ok().map(Self)
    }

    /// The wire form.
    pub fn to_scaled(&self) -> String {
        self.0.to_string()
    }

    /// Whether the value is zero.
    pub fn is_zero(&self) -> bool {
        self.0 == BigInt::ZERO
    }

    /// Product, rounded half to even.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Self {
        Self(chop_half_even(&(&self.0 * &other.0)))
    }

    /// Quotient, rounded half to even; `None` for division by zero.
    pub fn quo(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        Some(Self(chop_half_even(&(&self.0 * one() * one() / &other.0))))
    }

    /// Product with a whole number, exact.
    #[must_use]
    pub fn mul_int(&self, other: i128) -> Self {
        Self(&self.0 * BigInt::from(other))
    }

    /// Quotient by a non-zero whole number, truncated at the 18th place.
    #[must_use]
    pub fn quo_int(&self, other: u64) -> Self {
        if other == 0 { Self::zero() } else { Self(&self.0 / BigInt::from(other)) }
    }

    /// The whole part; `None` when it does not fit.
    pub fn truncate(&self) -> Option<i128> {
        i128::try_from(&self.0 / one()).ok()
    }

    /// The next whole number at or above; `None` when it does not fit.
    pub fn ceil(&self) -> Option<i128> {
        let whole = &self.0 / one();
        let up = (&self.0 % one()) > BigInt::ZERO;
        i128::try_from(if up { whole + 1_u8 } else { whole }).ok()
    }
}

impl fmt::Display for Dec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let negative = self.0 < BigInt::ZERO;
        let magnitude = if negative { -self.0.clone() } else { self.0.clone() };
        let fraction = (&magnitude % one()).to_string();
        write!(f, "{}{}.{fraction:0>PLACES$}", if negative { "-" } else { "" }, &magnitude / one())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_half_to_even_and_text_has_eighteen_places() {
        let price = Dec::from_decimal("0.05").unwrap();
        assert_eq!(price.to_string(), "0.050000000000000000");
        assert_eq!(price.to_scaled(), "50000000000000000");
        assert_eq!(Dec::from_int(2).quo(&price).unwrap().truncate(), Some(40));
        let half_unit = Dec::from_scaled("5").unwrap().mul(&Dec::from_decimal("0.1").unwrap());
        assert_eq!(half_unit.to_scaled(), "0", "0.5 rounds to the even 0");
        let three_halves = Dec::from_scaled("15").unwrap().mul(&Dec::from_decimal("0.1").unwrap());
        assert_eq!(three_halves.to_scaled(), "2", "1.5 rounds to the even 2");
        assert_eq!(Dec::from_decimal("1.2").unwrap().ceil(), Some(2));
    }
}
