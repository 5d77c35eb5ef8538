//! As much of CBOR (RFC 8949) as tokens need: whole numbers, texts, bytes, arrays, maps, tags and the simple values of JSON.
//! Written in its one deterministic form, as far as the order of members lies with whoever gives them. Read strictly: definite
//! lengths, no member twice, nothing behind the end.

domain::limits! {
    /// Levels of nesting that are read.
    pub DEPTH_MAX: usize = 16, "levels";
    /// Items that are read, those inside of others included.
    pub ITEMS_MAX: usize = 4_096, "items";
}

/// An item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    Uint(u64),
    /// −1 − n.
    Negative(u64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Tag(u64, Box<Self>),
    Bool(bool),
    Null,
}

impl Item {
    pub(crate) const fn int(value: i64) -> Self {
        if value < 0 { Self::Negative(value.unsigned_abs() - 1) } else { Self::Uint(value.unsigned_abs()) }
    }

    pub(crate) fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Uint(value) => i64::try_from(*value).ok(),
            Self::Negative(value) => i64::try_from(*value).ok().map(|value| -1 - value),
            _ => None,
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The member of a map by its number.
    pub(crate) fn number(&self, key: i64) -> Option<&Self> {
        self.member(&Self::int(key))
    }

    /// The member of a map by its name.
    pub(crate) fn named(&self, name: &str) -> Option<&Self> {
        self.member(&Self::Text(name.to_owned()))
    }

    fn member(&self, key: &Self) -> Option<&Self> {
        match self {
            Self::Map(members) => members.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Its bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Uint(value) => head(out, 0, *value),
            Self::Negative(value) => head(out, 1, *value),
            Self::Bytes(bytes) => {
                head(out, 2, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
            Self::Text(text) => {
                head(out, 3, text.len() as u64);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Array(items) => {
                head(out, 4, items.len() as u64);
                for item in items {
                    item.write(out);
                }
            }
            Self::Map(members) => {
                head(out, 5, members.len() as u64);
                for (name, value) in members {
                    name.write(out);
                    value.write(out);
                }
            }
            Self::Tag(tag, item) => {
                head(out, 6, *tag);
                item.write(out);
            }
            Self::Bool(value) => out.push(if *value { 0xf5 } else { 0xf4 }),
            Self::Null => out.push(0xf6),
        }
    }

    /// Reads one item that takes all the bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader { rest: bytes, items: 0 };
        let item = reader.item(0)?;
        reader.rest.is_empty().then_some(item)
    }
}

/// Tag of `COSE_Sign1` (RFC 9052).
pub(crate) const SIGN1: u64 = 18;

/// A tagged `COSE_Sign1`, of the bytes of its `Sig_structure` and their signature; `None` if the bytes are none.
pub(crate) fn sign1(signed: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    let Item::Array(parts) = Item::decode(signed)? else { return None };
    let [_, protected, _, payload] = <[Item; 4]>::try_from(parts).ok()?;
    let parts = vec![protected, Item::Map(Vec::new()), payload, Item::Bytes(signature.to_vec())];
    Some(Item::Tag(SIGN1, Box::new(Item::Array(parts))).encode())
}

/// Major type and the shortest form of its argument.
#[expect(clippy::cast_possible_truncation, reason = "each arm holds exactly what its range says")]
fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let major = major << 5;
    match argument {
        0..=23 => out.push(major | argument as u8),
        24..=0xff => out.extend_from_slice(&[major | 0x18, argument as u8]),
        0x100..=0xffff => {
            out.push(major | 0x19);
            out.extend_from_slice(&(argument as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(major | 0x1a);
            out.extend_from_slice(&(argument as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 0x1b);
            out.extend_from_slice(&argument.to_be_bytes());
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    items: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn argument(&mut self, info: u8) -> Option<u64> {
        let width = match info {
            0..=23 => return Some(u64::from(info)),
            24..=27 => 1_usize << u32::from(info % 8),
            // Indefinite lengths have no place in what is signed.
            _ => return None,
        };
        Some(self.take(width)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    fn item(&mut self, depth: usize) -> Option<Item> {
        self.items += 1;
        if depth > DEPTH_MAX || self.items > ITEMS_MAX {
            return None;
        }
        let first = *self.take(1)?.first()?;
        let (major, info) = (first >> 5, first & 0x1f);
        if major == 7 {
            return match info {
                20 => Some(Item::Bool(false)),
                21 => Some(Item::Bool(true)),
                22 => Some(Item::Null),
                _ => None,
            };
        }
        let argument = self.argument(info)?;
        let count = usize::try_from(argument).ok();
        match major {
            0 => Some(Item::Uint(argument)),
            1 => Some(Item::Negative(argument)),
            2 => Some(Item::Bytes(self.take(count?)?.to_vec())),
            3 => Some(Item::Text(std::str::from_utf8(self.take(count?)?).ok()?.to_owned())),
            4 => (0..count?).map(|_| self.item(depth + 1)).collect::<Option<_>>().map(Item::Array),
            5 => self.members(count?, depth),
            _ => Some(Item::Tag(argument, Box::new(self.item(depth + 1)?))),
        }
    }

    fn members(&mut self, count: usize, depth: usize) -> Option<Item> {
        let mut members: Vec<(Item, Item)> = Vec::new();
        for _ in 0..count {
            let name = self.item(depth + 1)?;
            if members.iter().any(|(other, _)| *other == name) {
                return None;
            }
            members.push((name, self.item(depth + 1)?));
        }
        Some(Item::Map(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples of RFC 8949, appendix A.
    #[test]
    fn items_are_written_and_read_as_the_standard_says() {
        let text = |text: &str| Item::Text(text.to_owned());
        let cases = [
            ("00", Item::int(0)),
            ("17", Item::int(23)),
            ("1818", Item::int(24)),
            ("1903e8", Item::int(1_000)),
            ("1a000f4240", Item::int(1_000_000)),
            ("1b000000e8d4a51000", Item::int(1_000_000_000_000)),
            ("20", Item::int(-1)),
            ("3903e7", Item::int(-1_000)),
            ("4401020304", Item::Bytes(vec![1, 2, 3, 4])),
            ("62c3bc", text("ü")),
            ("83010203", Item::Array(vec![Item::int(1), Item::int(2), Item::int(3)])),
            ("a201020304", Item::Map(vec![(Item::int(1), Item::int(2)), (Item::int(3), Item::int(4))])),
            ("c11a514b67b0", Item::Tag(1, Box::new(Item::int(1_363_896_240)))),
            ("f4", Item::Bool(false)),
            ("f6", Item::Null),
        ];
        for (bytes, item) in cases {
            assert_eq!(hex::encode(item.encode()), bytes);
            assert_eq!(Item::decode(&hex::decode(bytes).unwrap()), Some(item), "{bytes}");
        }
    }

    #[test]
    fn what_is_cut_endless_said_twice_or_followed_by_more_is_not_read() {
        for bytes in ["", "18", "44010203", "9f01ff", "a201020103", "0000", "61ff", "fb3ff199999999999a"] {
            assert_eq!(Item::decode(&hex::decode(bytes).unwrap()), None, "{bytes}");
        }
        assert_eq!(Item::decode(&[0x81; 1_000]), None);
        assert_eq!(Item::decode(&hex::decode("9bffffffffffffffff").unwrap()), None);
    }
}
