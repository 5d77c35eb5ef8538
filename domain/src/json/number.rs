//! Numbers that stay what they are: an integer of 64 bits, or a decimal fraction that a double gives back.

/// Digits that every double gives back.
const SAFE_DIGITS: usize = 15;
/// Beyond this power of ten doubles end or lose digits.
const SAFE_EXPONENT: i64 = 290;

/// Whether a JSON number is read as exactly the number that is written. What is no number is `true`: it is refused as
/// malformed by the parser, in better words.
pub fn is_exact(text: &str) -> bool {
    let Some(written) = Decimal::parse(text) else { return true };
    let is_integer = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_integer && (text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok()) {
        return true;
    }
    if written.digits.len() <= SAFE_DIGITS && written.exponent.is_some_and(|e| e.abs() < SAFE_EXPONENT) {
        return true;
    }
    // Asked of the writer that will write it again: where two decimals of the same length lie equally near a double,
    // shortest-digits writers differ in which of them they choose.
    let Ok(double) = text.parse::<f64>() else { return true };
    serde_json::Number::from_f64(double)
        .is_some_and(|kept| Decimal::parse(&kept.to_string()) == Some(written))
}

/// `0.digits × 10^exponent`, without zeros at either end of the digits, so that equal numbers are equal.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    digits: Vec<u8>,
    /// None if it does not even fit an `i64`.
    exponent: Option<i64>,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.strip_prefix('+').unwrap_or(power)),
            None => (text, "0"),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_power = power.strip_prefix('-').unwrap_or(power).bytes().all(|byte| byte.is_ascii_digit());
        if !is_power
            || whole.is_empty()
            || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        let all = [whole.as_bytes(), fraction.as_bytes()].concat();
        let leading = all.iter().take_while(|digit| **digit == b'0').count();
        let trailing = all.iter().rev().take_while(|digit| **digit == b'0').count();
        let digits = all.get(leading..all.len().saturating_sub(trailing)).unwrap_or_default().to_vec();
        if digits.is_empty() {
            return Some(Self { digits, exponent: Some(0) });
        }
        let shift = i64::try_from(whole.len()).ok()? - i64::try_from(leading).ok()?;
        let exponent = power.parse::<i64>().ok().and_then(|power| power.checked_add(shift));
        Some(Self { digits, exponent })
    }
}
