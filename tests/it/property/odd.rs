//! Values that somebody might send: the ones that programs stumble over, at every size.

use super::raw::Raw;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

/// Chance that can be had again: one seed and the number of the case give the same case.
pub struct Dice(StdRng);

impl Dice {
    pub fn of(seed: u64, case: u64) -> Self {
        Self(StdRng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(case)))
    }

    /// A number below `end`, which is more than 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0.gen_range(0..end)
    }

    /// Whether it happens: `percent` times in a hundred.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.0.gen_ratio(percent, 100)
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        of.choose(&mut self.0).expect("something to choose from")
    }

    pub fn within(&mut self, range: std::ops::RangeInclusive<i64>) -> i64 {
        self.0.gen_range(range)
    }
}

/// Written as they are; some are no JSON.
const NUMBERS: [&str; 46] = [
    "0",
    "-0",
    "-0.0",
    "1",
    "-1",
    "2",
    "1.0",
    "0.1",
    "1.5",
    "1e0",
    "1E5",
    "1e-5",
    "1e400",
    "-1e400",
    "1e-400",
    "1e308",
    "5e-324",
    "0.30000000000000004",
    "12345678901234567890123",
    "9007199254740993",
    "9007199254740992",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "65535",
    "131071",
    "131072",
    "1048576",
    "99999999999",
    "100000000000",
    "253402300799",
    "253402300800",
    "-62135596801",
    "01",
    "+1",
    ".5",
    "1.",
    "NaN",
    "Infinity",
];
/// Between quotes as they are.
const TEXTS: [&str; 64] = [
    "",
    " ",
    "x",
    "a\\u0000b",
    "\\u0000",
    "\\ud800",
    "\\udc00\\ud800",
    "\\ud83d\\ude00",
    "😀",
    "é",
    "e\\u0301",
    "\\ufeff",
    "\\u202e",
    "\\uffff",
    "\\u2028",
    "\\u007f",
    "\\u0001",
    "\\t",
    "\\n\\r",
    "\\\\",
    "\\\"",
    "\\/",
    "a\\u0020b",
    "null",
    "true",
    "1",
    "[]",
    "{}",
    "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
    "{\\\"a\\\":1,\\\"a\\\":2}",
    "1e400",
    "%00",
    "%ff",
    "%",
    "..",
    "../../etc/passwd",
    "' or 1=1; --",
    "$1",
    "%s%n",
    "${jndi:x}",
    "__proto__",
    "constructor",
    "did:",
    "did:cheqd:",
    "did:cheqd:testnet:",
    "did:cheqd:mainnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11",
    "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11",
    "did:cheqd:TESTNET:x",
    "did:key:z6Mk",
    "did:web:example.com",
    "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
    "#key-1",
    "a#b",
    "https://example.com/a?b=c#d",
    "http://[::1]:1/",
    "javascript:1",
    "urn:uuid:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11",
    "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11",
    "VerifiableCredential",
    "testnet",
    "revocation",
    "BitstringStatusList",
    "eyJhbGciOiJub25lIn0.e30.",
    "a\\u200db",
];
/// Instants that calendars, Postgres and their readers disagree on.
const DATES: [&str; 30] = [
    "0000-01-01T00:00:00Z",
    "0000-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+00:01",
    "0001-01-01T00:00:00+23:59",
    "0001-01-01T23:59:59-00:00",
    "-0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999999Z",
    "9999-12-31T23:59:59-00:01",
    "9999-12-31T23:59:59+14:00",
    "10000-01-01T00:00:00Z",
    "+10000-01-01T00:00:00Z",
    "+002026-01-01T00:00:00Z",
    "294276-12-31T23:59:59Z",
    "294277-01-01T00:00:00Z",
    "262143-01-01T00:00:00Z",
    "-4713-11-24T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "2024-02-30T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:00:00+24:00",
    "2026-01-01",
    "2026-01-01 00:00:00Z",
    "2026-01-01t00:00:00z",
    "2026-01-01T00:00:00.1234567890123456789Z",
    "Sat, 01 Jan 2026 00:00:00 GMT",
];
/// Lengths on both sides of limits. Many are small, since the large ones tell little more.
const SIZES: [usize; 30] = [
    0, 1, 2, 3, 8, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1_023, 1_024, 1_025, 4_096,
    10_001, 65_535, 65_536, 200_000, 524_288, 524_289, 1_100_000,
];
/// Levels of nesting on both sides of limits.
const DEPTHS: [usize; 20] =
    [1, 2, 3, 10, 30, 60, 61, 62, 63, 64, 65, 66, 67, 120, 127, 128, 129, 300, 5_000, 100_000];

pub fn size(dice: &mut Dice) -> usize {
    // The smaller of two.
    let (one, other) = (dice.below(SIZES.len()), dice.below(SIZES.len()));
    SIZES[one.min(other)]
}

pub fn deep(dice: &mut Dice) -> Raw {
    Raw::Deep { levels: *dice.pick(&DEPTHS), is_list: dice.chance(50) }
}

pub fn number(dice: &mut Dice) -> Raw {
    if dice.chance(10) {
        let digits = *dice.pick(&[17, 19, 63, 64, 65, 400]);
        return Raw::Token("7".repeat(digits));
    }
    if dice.chance(20) {
        return Raw::token(&dice.within(-70_000..=200_000));
    }
    Raw::token(dice.pick(&NUMBERS))
}

pub fn text(dice: &mut Dice) -> Raw {
    match dice.below(10) {
        0 => Raw::Text("a".repeat(size(dice))),
        1 => Raw::Text(dice.pick(&TEXTS).repeat(1 + dice.below(40))),
        2 => Raw::text(&date_text(dice)),
        3 => Raw::Text(format!("{}{}", dice.pick(&TEXTS), dice.pick(&TEXTS))),
        _ => Raw::Text((*dice.pick(&TEXTS)).to_owned()),
    }
}

/// A date of any year and offset.
pub fn date_text(dice: &mut Dice) -> String {
    if dice.chance(50) {
        return (*dice.pick(&DATES)).to_owned();
    }
    let year = if dice.chance(50) {
        *dice.pick(&[0, 1, 2, 1582, 1900, 1970, 2026, 9998, 9999, 10_000])
    } else {
        dice.within(0..=10_010)
    };
    let (month, day) = (dice.within(1..=12), dice.within(1..=31));
    let (hour, minute, second) = (dice.within(0..=24), dice.within(0..=59), dice.within(0..=60));
    let fraction = *dice.pick(&["", "", ".0", ".5", ".999", ".123456", ".999999999"]);
    let offset = match dice.below(3) {
        0 => "Z".to_owned(),
        _ => format!("{}{:02}:{:02}", dice.pick(&["+", "-"]), dice.within(0..=24), dice.within(0..=59)),
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{offset}")
}

pub fn scalar(dice: &mut Dice) -> Raw {
    match dice.below(12) {
        0 => Raw::null(),
        1 => Raw::token(dice.pick(&["true", "false"])),
        2..=4 => number(dice),
        5 => Raw::text(&date_text(dice)),
        6 => {
            Raw::Token((*dice.pick(&["tru", "undefined", "'x'", "{", "[1,]", "\"", "/**/1", ""])).to_owned())
        }
        _ => text(dice),
    }
}

/// Anything, `levels` deep at most, if nobody nests on purpose.
pub fn tree(dice: &mut Dice, levels: usize) -> Raw {
    if levels == 0 || dice.chance(30) {
        return if dice.chance(10) { deep(dice) } else { scalar(dice) };
    }
    let many = dice.below(5);
    if dice.chance(40) {
        return Raw::List((0..many).map(|_| tree(dice, levels - 1)).collect());
    }
    Raw::Object((0..many).map(|_| (name(dice), tree(dice, levels - 1))).collect())
}

/// The name of a member, as it stands between its quotes.
pub fn name(dice: &mut Dice) -> String {
    const NAMES: [&str; 24] = [
        "id",
        "type",
        "a",
        "b",
        "@context",
        "@id",
        "@type",
        "name",
        "value",
        "",
        " ",
        "\\u0000",
        "\\ud800",
        "__proto__",
        "constructor",
        "proof",
        "issuer",
        "vc",
        "credentialSubject",
        "😀",
        "a.b",
        "a[b]",
        "$ref",
        "did",
    ];
    match dice.below(20) {
        0 => "n".repeat(*dice.pick(&[255, 1_023, 1_024, 1_025, 5_000])),
        _ => (*dice.pick(&NAMES)).to_owned(),
    }
}
