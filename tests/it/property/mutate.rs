//! A valid body, and what an adversary makes of it.

use super::{
    odd::{self, Dice},
    raw::{Raw, unescaped},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use credentials::{did_key::did_key_of, key::PublicKey};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::Value;

/// Items of a list that is made long.
const LENGTHS: [usize; 9] = [0, 2, 10, 33, 101, 257, 1_001, 5_000, 60_000];

/// So many changes, most often one.
pub fn mutate(dice: &mut Dice, value: &mut Raw, names: &[String]) {
    let changes = match dice.below(20) {
        0..=10 => 1,
        11..=15 => 2,
        16..=18 => 3,
        _ => 8,
    };
    for _ in 0..changes {
        once(dice, value, names);
    }
}

fn once(dice: &mut Dice, value: &mut Raw, names: &[String]) {
    let number = dice.below(value.count());
    let Some(node) = value.nth(number) else { return };
    match dice.below(20) {
        0..=4 => *node = like(dice, node),
        5 => *node = Raw::null(),
        6 => *node = odd::tree(dice, 4),
        7 => *node = odd::deep(dice),
        8 => {
            let inner = std::mem::replace(node, Raw::null());
            *node = if dice.chance(50) {
                Raw::List(vec![inner])
            } else {
                Raw::Object(vec![(name(dice, names), inner)])
            };
        }
        9..=10 => remove(dice, node),
        11..=12 => repeat(dice, node),
        13..=14 => add(dice, node, names),
        15 => grow(dice, node),
        16 => retype(node),
        _ => edit(dice, node),
    }
}

/// Something odd, most often of the same type, so that it gets further.
fn like(dice: &mut Dice, node: &Raw) -> Raw {
    match node {
        Raw::Text(_) if dice.chance(75) => odd::text(dice),
        Raw::Token(written) if written.parse::<f64>().is_ok() && dice.chance(75) => odd::number(dice),
        _ => odd::scalar(dice),
    }
}

fn name(dice: &mut Dice, names: &[String]) -> String {
    if names.is_empty() || dice.chance(20) { odd::name(dice) } else { dice.pick(names).clone() }
}

fn remove(dice: &mut Dice, node: &mut Raw) {
    match node {
        Raw::Object(members) if !members.is_empty() => drop(members.remove(dice.below(members.len()))),
        Raw::List(items) if !items.is_empty() => drop(items.remove(dice.below(items.len()))),
        other => *other = Raw::null(),
    }
}

/// The same again, or the same name with something else.
fn repeat(dice: &mut Dice, node: &mut Raw) {
    match node {
        Raw::Object(members) if !members.is_empty() => {
            let (name, value) = dice.pick(members).clone();
            let value = if dice.chance(50) { value } else { odd::scalar(dice) };
            members.push((name, value));
        }
        Raw::List(items) if !items.is_empty() => {
            let item = dice.pick(items).clone();
            items.push(item);
        }
        other => *other = odd::scalar(dice),
    }
}

fn add(dice: &mut Dice, node: &mut Raw, names: &[String]) {
    match node {
        Raw::Object(members) => {
            let value = if dice.chance(70) { odd::scalar(dice) } else { odd::tree(dice, 3) };
            members.push((name(dice, names), value));
        }
        Raw::List(items) => items.push(odd::scalar(dice)),
        other => *other = odd::scalar(dice),
    }
}

fn grow(dice: &mut Dice, node: &mut Raw) {
    match node {
        Raw::Text(text) => {
            let size = odd::size(dice);
            let piece = if text.is_empty() { "a".to_owned() } else { text.clone() };
            *text = piece.repeat(size.div_ceil(piece.len()).max(1));
        }
        Raw::List(items) => {
            let item = items.first().cloned().unwrap_or_else(|| odd::scalar(dice));
            *items = vec![item; shorter(dice)];
        }
        Raw::Object(members) => {
            let many = shorter(dice);
            members.extend((0..many).map(|number| (format!("m{number}"), Raw::token(&number))));
        }
        other => *other = Raw::Text("1".repeat(odd::size(dice))),
    }
}

fn shorter(dice: &mut Dice) -> usize {
    let (one, other) = (dice.below(LENGTHS.len()), dice.below(LENGTHS.len()));
    LENGTHS[one.min(other)]
}

/// The same in another type.
fn retype(node: &mut Raw) {
    *node = match std::mem::replace(node, Raw::null()) {
        Raw::Text(text) => Raw::Token(text),
        Raw::Token(written) => Raw::text(&written),
        Raw::Name(name) => Raw::Text(name),
        Raw::List(items) => {
            Raw::Object(items.into_iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect())
        }
        Raw::Object(members) => Raw::List(members.into_iter().map(|(_, value)| value).collect()),
        other => Raw::text(&other.json()),
    };
}

/// A text with a piece changed; dates become other dates, tokens are taken apart.
fn edit(dice: &mut Dice, node: &mut Raw) {
    let Raw::Text(written) = node else {
        *node = odd::text(dice);
        return;
    };
    if written.starts_with("eyJ") {
        *node = Raw::text(&token(dice, written));
        return;
    }
    if written.len() > 9 && written.as_bytes()[4] == b'-' && dice.chance(80) {
        *node = Raw::text(&odd::date_text(dice));
        return;
    }
    let boundaries: Vec<usize> = written.char_indices().map(|(at, _)| at).chain([written.len()]).collect();
    let (one, other) = (*dice.pick(&boundaries), *dice.pick(&boundaries));
    let (from, to) = (one.min(other), one.max(other));
    *written = match dice.below(6) {
        0 => format!("{}{}", &written[..from], &written[to..]),
        1 => {
            let piece = odd::text(dice);
            let Raw::Text(piece) = piece else { return };
            format!("{}{piece}{}", &written[..from], &written[from..])
        }
        2 => written.to_uppercase(),
        3 => format!("{written}{}", dice.pick(&[" ", "/", "?", "#", "%20", "&x=y", "\\u0000", "\\n"])),
        4 => {
            format!("{}{written}", dice.pick(&[" ", "\\ufeff", "https://x.example/1.0/identifiers/", "did:"]))
        }
        _ => format!("{}{}{}", &written[..from], &written[from..to].repeat(3), &written[to..]),
    };
}

/// Another token: with changed claims or a changed header, signed by nobody, or by somebody whom the token names.
fn token(dice: &mut Dice, compact: &str) -> String {
    let mut parts: Vec<String> = compact.split('.').map(str::to_owned).collect();
    if parts.len() != 3 || dice.chance(20) {
        return if dice.chance(50) {
            parts.join(".").replace('.', "")
        } else {
            format!("{compact}.{compact}")
        };
    }
    let which = usize::from(dice.chance(80));
    let decoded: Option<Value> =
        URL_SAFE_NO_PAD.decode(&parts[which]).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(decoded) = decoded else { return compact.to_owned() };
    let signer = SigningKey::from_bytes(&[7; 32]);
    let mut tree = Raw::of(&decoded);
    let signed_by_self = dice.chance(60);
    if let (Raw::Object(members), true, 1) = (&mut tree, signed_by_self, which) {
        let issuer = did_key_of(&PublicKey::Ed25519(signer.verifying_key().to_bytes()));
        members.retain(|(name, _)| name != "iss");
        members.push(("iss".to_owned(), Raw::text(&issuer)));
    }
    mutate(dice, &mut tree, &[]);
    parts[which] = URL_SAFE_NO_PAD.encode(tree.json());
    if signed_by_self {
        let input = format!("{}.{}", parts[0], parts[1]);
        parts[2] = URL_SAFE_NO_PAD.encode(signer.sign(input.as_bytes()).to_bytes());
    }
    parts.join(".")
}

/// An address with odd things in it, percent-encoded.
pub fn parameter(dice: &mut Dice) -> String {
    match odd::text(dice) {
        Raw::Text(written) => {
            // An address is refused for its length long before.
            unescaped(&written).chars().take(2_000).collect()
        }
        other => other.json(),
    }
}
