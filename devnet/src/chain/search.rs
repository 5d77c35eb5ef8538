//! `tx_search`: conditions over hash, height and event attributes.

use super::Chain;
use super::block::Block;
use crate::executor::TxResult;
use crate::tx;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A found transaction.
#[derive(Debug, Clone, Copy)]
pub struct SearchHit<'a> {
    /// Height of its block.
    pub height: u64,
    /// Position among the real transactions of the block, from 0.
    pub position: usize,
    /// Its bytes.
    pub bytes: &'a Arc<[u8]>,
    /// Its result.
    pub result: &'a TxResult,
}

/// A query that cannot be parsed; the number is where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("offset {0}: EOF")]
pub struct SearchError(pub usize);

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Operator {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    Exists,
}

#[derive(Debug, PartialEq, Eq)]
struct Condition {
    key: String,
    operator: Operator,
    value: String,
}

const OPERATORS: [(&str, Operator); 7] = [
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("CONTAINS", Operator::Contains),
    ("EXISTS", Operator::Exists),
];

/// Reads one condition; hands back the rest.
fn condition(text: &str) -> Option<(Condition, &str)> {
    let text = text.trim_start();
    let end = text.find(|c: char| c.is_whitespace() || "=<>".contains(c))?;
    let (key, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let (sign, operator) = OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign))?;
    let rest = rest.get(sign.len()..)?.trim_start();
    if key.is_empty() {
        return None;
    }
    let make = |value: &str| Condition { key: key.to_owned(), operator: *operator, value: value.to_owned() };
    if *operator == Operator::Exists {
        return Some((make(""), rest));
    }
    if let Some(quoted) = rest.strip_prefix('\'') {
        let (value, after) = quoted.split_once('\'')?;
        return Some((make(value), after));
    }
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (value, after) = rest.split_at(end);
    (!value.is_empty()).then(|| (make(value), after))
}

fn parse(query: &str) -> Result<Vec<Condition>, SearchError> {
    let error = || SearchError(query.len());
    let (mut conditions, mut rest) = (Vec::new(), query);
    loop {
        let (condition, after) = condition(rest).ok_or_else(error)?;
        conditions.push(condition);
        let after = after.trim();
        if after.is_empty() {
            return Ok(conditions);
        }
        rest = after.strip_prefix("AND").ok_or_else(error)?;
    }
}

fn compare(operator: Operator, have: &str, want: &str) -> bool {
    let numbers = || Some((have.parse::<i128>().ok()?, want.parse::<i128>().ok()?));
    match operator {
        Operator::Exists => true,
        Operator::Contains => have.contains(want),
        Operator::Equal => have == want,
        Operator::Less => numbers().is_some_and(|(a, b)| a < b),
        Operator::LessOrEqual => numbers().is_some_and(|(a, b)| a <= b),
        Operator::Greater => numbers().is_some_and(|(a, b)| a > b),
        Operator::GreaterOrEqual => numbers().is_some_and(|(a, b)| a >= b),
    }
}

/// What an event is found by: keys such as `tx.height` or `message.sender`, each with all its values.
pub type Tags = BTreeMap<String, Vec<String>>;

/// A parsed query over [`Tags`].
#[derive(Debug, PartialEq, Eq)]
pub struct TagQuery(Vec<Condition>);

impl TagQuery {
    /// Reads conditions joined by `AND`.
    ///
    /// # Errors
    /// When it is no such text.
    pub fn parse(query: &str) -> Result<Self, SearchError> {
        parse(query).map(Self)
    }

    /// Whether every condition is met by one of the values of its key.
    pub fn matches(&self, tags: &Tags) -> bool {
        self.0.iter().all(|condition| {
            let values = tags.get(&condition.key).map(Vec::as_slice).unwrap_or_default();
            values.iter().any(|value| compare(condition.operator, value, &condition.value))
        })
    }
}

fn matches(condition: &Condition, height: u64, bytes: &[u8], result: &TxResult) -> bool {
    match condition.key.as_str() {
        "tx.height" => compare(condition.operator, &height.to_string(), &condition.value),
        "tx.hash" => hex::encode_upper(tx::hash(bytes)) == condition.value.to_uppercase(),
        key => {
            let Some((kind, attribute)) = key.split_once('.') else { return false };
            let of_kind = result.events.iter().filter(|e| e.kind == kind);
            let mut attributes = of_kind.flat_map(|e| &e.attributes).filter(|(k, _)| *k == attribute);
            attributes.any(|(_, value)| compare(condition.operator, value, &condition.value))
        }
    }
}

impl Chain {
    pub(super) fn hit(&self, height: u64, position: usize) -> Option<SearchHit<'_>> {
        let block = self.block(height)?;
        Some(SearchHit {
            height,
            position,
            bytes: block.txs.get(position)?,
            result: block.results.get(position)?,
        })
    }

    /// All visible blocks that meet the conditions on `block.height` and block events, oldest first.
    ///
    /// # Errors
    /// When the query cannot be parsed.
    pub fn search_blocks(&self, query: &str) -> Result<Vec<&Block>, SearchError> {
        let query = TagQuery::parse(query)?;
        let shown = self.shown_height();
        let visible = self.blocks.iter().take_while(|b| b.height <= shown);
        Ok(visible.filter(|b| query.matches(&b.tags())).collect())
    }

    /// All visible transactions that meet the conditions, oldest first.
    ///
    /// # Errors
    /// When the query cannot be parsed.
    pub fn search(&self, query: &str) -> Result<Vec<SearchHit<'_>>, SearchError> {
        let conditions = parse(query)?;
        let by_hash = conditions.iter().find(|c| c.key == "tx.hash" && c.operator == Operator::Equal);
        if let Some(by_hash) = by_hash {
            let found = hex::decode(&by_hash.value).ok().and_then(|hash| self.find(&hash));
            let all = |hit: &SearchHit<'_>| {
                conditions.iter().all(|c| matches(c, hit.height, hit.bytes, hit.result))
            };
            return Ok(found.into_iter().filter(all).collect());
        }
        let shown = self.shown_height();
        let mut hits = Vec::new();
        for block in self.blocks.iter().take_while(|b| b.height <= shown) {
            hits.extend(search_block(block, &conditions));
        }
        Ok(hits)
    }
}

fn search_block<'a>(block: &'a Block, conditions: &[Condition]) -> Vec<SearchHit<'a>> {
    let entries = block.txs.iter().zip(&block.results).enumerate();
    let good = entries.filter(|(_, (b, r))| conditions.iter().all(|c| matches(c, block.height, b, r)));
    good.map(|(position, (bytes, result))| SearchHit { height: block.height, position, bytes, result })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_with_and_without_spaces() {
        let one = parse("tx.hash='AB'").unwrap();
        assert_eq!(one, parse("tx.hash = 'AB'").unwrap());
        let two = parse("message.action='/a.B' AND tx.height>=5").unwrap();
        assert_eq!(two.len(), 2);
        assert_eq!(two[1].operator, Operator::GreaterOrEqual);
        assert_eq!(parse("nonsense").unwrap_err(), SearchError(8));
        assert_eq!(parse("").unwrap_err(), SearchError(0));
    }

    #[test]
    fn tags_meet_a_query_when_every_condition_is_met_by_a_value() {
        let tags = Tags::from([
            ("tm.event".to_owned(), vec!["Tx".to_owned()]),
            ("message.sender".to_owned(), vec!["a".to_owned(), "b".to_owned()]),
            ("tx.height".to_owned(), vec!["7".to_owned()]),
        ]);
        let meets = |query: &str| TagQuery::parse(query).unwrap().matches(&tags);
        assert!(meets("tm.event = 'Tx' AND message.sender='b' AND tx.height>6"));
        assert!(meets("message.sender EXISTS"));
        assert!(!meets("tm.event='Tx' AND message.sender='c'"));
        assert!(!meets("tm.event='NewBlock'"));
        assert!(!meets("message.action EXISTS"));
    }
}
