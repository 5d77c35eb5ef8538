//! Lists of coins: text form, order, and amounts as whole numbers.

use proto::cosmos::base::v1beta1::Coin;

/// The ledger's coin: 1 CHEQ is 10^9 ncheq.
pub const NCHEQ: &str = "ncheq";

/// Most bits an amount may have.
const MAX_AMOUNT_CHARS: usize = 38;

/// An amount of a coin; 128 bits are far more than the supply of any coin here.
pub fn amount_of(coin: &Coin) -> Option<i128> {
    (coin.amount.len() <= MAX_AMOUNT_CHARS).then(|| coin.amount.parse().ok()).flatten()
}

/// Builds one coin.
pub fn coin(denom: &str, amount: i128) -> Coin {
    Coin { denom: denom.to_owned(), amount: amount.to_string() }
}

/// `5ncheq,7uatom`; the empty string for no coins.
pub fn text(coins: &[Coin]) -> String {
    coins.iter().map(|c| format!("{}{}", c.amount, c.denom)).collect::<Vec<_>>().join(",")
}

/// Denom syntax of the Cosmos SDK: a letter, then 2 to 127 letters, digits or `/:._-`.
pub fn valid_denom(denom: &str) -> bool {
    let mut chars = denom.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
    first
        && (3..=128).contains(&denom.len())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | ':' | '.' | '_' | '-'))
}

/// Whether a list of coins is valid to move: known syntax, positive, sorted, no denom twice.
pub fn valid(coins: &[Coin]) -> bool {
    let positive = coins.iter().all(|c| valid_denom(&c.denom) && amount_of(c).is_some_and(|a| a > 0));
    positive && coins.is_sorted_by(|a, b| a.denom < b.denom)
}
