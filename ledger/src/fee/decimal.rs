//! The ledger's decimals: 18 places, rounded half to even, as `LegacyDec` of the Cosmos SDK computes them.

use num_bigint::BigUint;

/// A non-negative decimal with 18 places.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dec(BigUint);

impl Dec {
    /// Nothing.
    pub const ZERO: Self = Self(BigUint::ZERO);

    /// From the protobuf wire: an integer scaled by 10^18. `None` if it is no non-negative integer.
    pub fn from_wire(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// A whole number.
    pub fn whole(number: &BigUint) -> Self {
        Self(number * unit())
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.0 == BigUint::ZERO
    }

    /// Product with a whole number; exact.
    #[must_use]
    pub fn times(&self, number: impl Into<BigUint>) -> Self {
        Self(&self.0 * number.into())
    }

    /// Quotient by a whole number other than zero, cut (`QuoInt`).
    #[must_use]
    pub fn over(&self, number: u64) -> Self {
        Self(&self.0 / BigUint::from(number.max(1)))
    }

    /// Product, rounded (`Mul`).
    #[must_use]
    pub fn mul(&self, other: &Self) -> Self {
        Self(rounded(&self.0 * &other.0))
    }

    /// Quotient, rounded (`Quo`); `None` by zero.
    pub fn quo(&self, other: &Self) -> Option<Self> {
        (!other.is_zero()).then(|| Self(rounded(&self.0 * unit() * unit() / &other.0)))
    }

    /// The whole part.
    pub fn truncated(&self) -> BigUint {
        &self.0 / unit()
    }

    /// The least whole number not below it; `None` beyond 128 bits.
    pub fn ceiling(&self) -> Option<u128> {
        u128::try_from((&self.0 + unit() - 1_u32) / unit()).ok()
    }
}

fn unit() -> BigUint {
    BigUint::from(1_000_000_000_000_000_000_u64)
}

/// Drops 18 places, half to even.
fn rounded(scaled: BigUint) -> BigUint {
    let whole = &scaled / unit();
    let rest = scaled - &whole * unit();
    let half = unit() / 2_u32;
    if rest > half || (rest == half && whole.bit(0)) { whole + 1_u32 } else { whole }
}

/// An amount of `usd` (10^18 per dollar) as a decimal string without trailing zeros.
pub fn dollars(amount: &BigUint) -> String {
    let whole = amount / unit();
    let rest = (amount % unit()).to_string();
    let rest = format!("{rest:0>18}");
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { whole.to_string() } else { format!("{whole}.{rest}") }
}
