//! Random numbers from a seed, and changes to protobuf messages that keep most of their structure.

/// `SplitMix64`: small, and the same everywhere for the same seed.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 for a bound of 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap();
        usize::try_from(self.next() % bound).unwrap()
    }

    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let at = self.below(list.len());
        list.get(at).unwrap()
    }

    pub(crate) fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most + 1);
        (0..length).map(|_| u8::try_from(self.next() & 255).unwrap()).collect()
    }
}

/// Numbers at which arithmetic tends to break.
pub(crate) const NUMBERS: [u64; 16] = [
    0,
    1,
    2,
    127,
    128,
    255,
    65_536,
    1_000_000_000,
    4_294_967_295,
    4_294_967_296,
    9_007_199_254_740_992,
    9_223_372_036_854_775_807,
    9_223_372_036_854_775_808,
    10_000_000_000_000_000_000,
    18_446_744_073_709_551_614,
    18_446_744_073_709_551_615,
];

/// Texts at which parsers tend to break. The recorded transactions' own texts are added to them.
pub(crate) const WORDS: [&str; 64] = [
    "",
    " ",
    "\0",
    "é",
    "\u{1f980}",
    "\u{202e}did",
    "#",
    "##",
    "?",
    "/",
    ":",
    "::",
    ":::",
    "did",
    "did:",
    "did:cheqd",
    "did:cheqd:",
    "did:cheqd::",
    "did:cheqd:testnet",
    "did:cheqd:testnet:",
    "did:cheqd:testnet:#",
    "did:cheqd:testnet:é",
    "did:cheqd:testnet:7BF81A20-633C-4CC7-BC4A-5A45801005E0",
    "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0",
    "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0#key-1",
    "did:cheqd:mainnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0#key-1#key-2",
    "did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX",
    "z",
    "z2",
    "zé",
    "m",
    "z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX",
    "Ed25519VerificationKey2020",
    "Ed25519VerificationKey2018",
    "JsonWebKey2020",
    "{}",
    "[]",
    "null",
    "\"\"",
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"\"}",
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}",
    "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"\",\"y\":\"\"}",
    "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\"}",
    "{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"}",
    "{\"kty\":\"RSA\",\"n\":\"AAAA\",\"e\":\"AAAA\"}",
    "{\"kty\":1}",
    "{\"kty\":\"OKP\",\"kty\":\"EC\"}",
    "0",
    "-0",
    "-1",
    "+1",
    "00",
    "1e400",
    "0x10",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "170141183460469231731687303715884105727",
    "170141183460469231731687303715884105728",
    "115792089237316195423570985008687907853269984665640564039457584007913129639936",
    "1usd",
    "ncheq",
    "usd",
    "CUSTOM",
];

/// The value of a field.
#[derive(Clone)]
enum Node {
    Varint(u64),
    Wide(Vec<u8>),
    Narrow(Vec<u8>),
    Bytes(Vec<u8>),
    Message(Vec<(u64, Node)>),
}

/// Messages within messages are looked for this deep.
const MAX_DEPTH: usize = 12;
/// A message never grows beyond this, in bytes.
const MAX_BYTES: usize = 200_000;

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 127).checked_shl(u32::try_from(7 * at).ok()?)?;
        if *byte < 128 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 127 {
        out.push(u8::try_from(value & 127).unwrap() | 128);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
}

fn parse(mut bytes: &[u8], depth: usize) -> Option<Vec<(u64, Node)>> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let (tag, rest) = varint(bytes)?;
        let (node, rest) = match tag & 7 {
            0 => varint(rest).map(|(value, rest)| (Node::Varint(value), rest))?,
            1 => (Node::Wide(rest.get(..8)?.to_vec()), rest.get(8..)?),
            5 => (Node::Narrow(rest.get(..4)?.to_vec()), rest.get(4..)?),
            2 => {
                let (length, rest) = varint(rest)?;
                let length = usize::try_from(length).ok()?;
                let content = rest.get(..length)?;
                (content_node(content, depth), rest.get(length..)?)
            }
            _ => return None,
        };
        if tag >> 3 == 0 {
            return None;
        }
        out.push((tag >> 3, node));
        bytes = rest;
    }
    Some(out)
}

fn content_node(content: &[u8], depth: usize) -> Node {
    let text = content.iter().all(|b| (32..127).contains(b));
    let message = if text || depth >= MAX_DEPTH { None } else { parse(content, depth + 1) };
    message.map_or_else(|| Node::Bytes(content.to_vec()), Node::Message)
}

fn write(fields: &[(u64, Node)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, node) in fields {
        let (wire, content) = match node {
            Node::Varint(value) => {
                put_varint(&mut out, number << 3);
                put_varint(&mut out, *value);
                continue;
            }
            Node::Wide(bytes) => (1, bytes.clone()),
            Node::Narrow(bytes) => (5, bytes.clone()),
            Node::Bytes(bytes) => (2, bytes.clone()),
            Node::Message(inner) => (2, write(inner)),
        };
        put_varint(&mut out, number << 3 | wire);
        if wire == 2 {
            put_varint(&mut out, u64::try_from(content.len()).unwrap());
        }
        out.extend(content);
    }
    out
}

fn count(fields: &[(u64, Node)]) -> usize {
    let inner = |node: &Node| if let Node::Message(fields) = node { count(fields) } else { 0 };
    fields.iter().map(|(_, node)| 1 + inner(node)).sum()
}

/// Every text and byte string of a message.
pub(crate) fn words(bytes: &[u8]) -> Vec<Vec<u8>> {
    fn collect(fields: Vec<(u64, Node)>, out: &mut Vec<Vec<u8>>) {
        for (_, node) in fields {
            match node {
                Node::Bytes(bytes) => out.push(bytes),
                Node::Message(fields) => {
                    out.push(write(&fields));
                    collect(fields, out);
                }
                _ => {}
            }
        }
    }
    let mut out = Vec::new();
    collect(parse(bytes, 0).unwrap_or_default(), &mut out);
    out
}

/// Replaces, drops, inserts or repeats bytes.
pub(crate) fn damage(rng: &mut Rng, bytes: &mut Vec<u8>, words: &[Vec<u8>]) {
    let at = rng.below(bytes.len() + 1);
    let end = (at + rng.below(9)).min(bytes.len());
    match rng.below(6) {
        0 => bytes.truncate(at),
        1 => {
            bytes.splice(at..end, rng.bytes(8));
        }
        2 => {
            bytes.drain(at..end);
        }
        3 => {
            let again = bytes.get(at..end).unwrap().to_vec();
            bytes.splice(at..at, again);
        }
        4 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << rng.below(8);
            }
        }
        _ => {
            let word = rng.pick(words).clone();
            bytes.splice(at..end, word);
        }
    }
}

fn other_value(rng: &mut Rng, node: &mut Node, words: &[Vec<u8>]) {
    match node {
        Node::Varint(value) => {
            *value = match rng.below(3) {
                0 => *rng.pick(&NUMBERS),
                1 => value.wrapping_add(rng.next() % 3).wrapping_sub(1),
                _ => rng.next(),
            };
        }
        Node::Wide(bytes) | Node::Narrow(bytes) => bytes.reverse(),
        Node::Bytes(bytes) => match rng.below(4) {
            0 => damage(rng, bytes, words),
            1 => {
                let times = 1 + rng.below(2000);
                *bytes = bytes.repeat(times);
                bytes.truncate(MAX_BYTES);
            }
            _ => rng.pick(words).clone_into(bytes),
        },
        Node::Message(_) => *node = Node::Bytes(rng.pick(words).clone()),
    }
}

fn change_at(rng: &mut Rng, fields: &mut Vec<(u64, Node)>, at: usize, words: &[Vec<u8>]) {
    let other = rng.below(fields.len());
    let Some((number, node)) = fields.get_mut(at) else { return };
    match rng.below(12) {
        0 => {
            fields.remove(at);
        }
        1 => {
            let again = fields.get(at).unwrap().clone();
            fields.insert(other, again);
        }
        2 => fields.swap(at, other),
        3 => *number = 1 + *rng.pick(&[0, 1, 2, 3, 4, 5, 10, 11, 98, 1022, 2046, 536_870_910]),
        4 => {
            let (number, again) = fields.get(at).unwrap().clone();
            let times = 1 + rng.below(64);
            fields.extend(std::iter::repeat_n((number, again), times));
        }
        5 => {
            let mut inner = node.clone();
            for _ in 0..rng.below(120) {
                inner = Node::Message(vec![(*number, inner)]);
            }
            *node = inner;
        }
        6 => *node = Node::Varint(*rng.pick(&NUMBERS)),
        7 => *node = Node::Bytes(rng.pick(words).clone()),
        _ => other_value(rng, node, words),
    }
}

fn change(rng: &mut Rng, fields: &mut Vec<(u64, Node)>, mut target: usize, words: &[Vec<u8>]) {
    for at in 0..fields.len() {
        if target == 0 {
            return change_at(rng, fields, at, words);
        }
        target -= 1;
        if let Some((_, Node::Message(inner))) = fields.get_mut(at) {
            let size = count(inner);
            if target < size {
                return change(rng, inner, target, words);
            }
            target -= size;
        }
    }
}

/// Changes a message in a few places; bytes that are none are damaged.
pub(crate) fn mutate(rng: &mut Rng, bytes: &[u8], words: &[Vec<u8>]) -> Vec<u8> {
    let Some(mut fields) = parse(bytes, 0) else {
        let mut bytes = bytes.to_vec();
        damage(rng, &mut bytes, words);
        return bytes;
    };
    for _ in 0..=rng.below(3) {
        let target = rng.below(count(&fields));
        change(rng, &mut fields, target, words);
    }
    let mut out = write(&fields);
    out.truncate(MAX_BYTES);
    out
}
