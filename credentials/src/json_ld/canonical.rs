//! RDF Dataset Canonicalization (RDFC-1.0, W3C Recommendation of 2024-05-21) with SHA-256, and with an end: a dataset in which many
//! nodes without names look alike would take longer than anybody waits, so work is counted.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};

use super::LdError;
use super::rdf::{Blank, Quad};

domain::limits! {
    /// Steps spent on telling nodes without names apart: hashes of related nodes, and orders of them that are tried.
    pub(super) WORK_MAX: usize = 20_000, "steps";
    /// How deep one such node is told apart by others.
    DEPTH_MAX: usize = 64, "levels";
}

/// Names in the order in which they are given.
#[derive(Debug, Clone, Default)]
struct Issuer {
    given: HashMap<Blank, usize>,
    order: Vec<Blank>,
}

impl Issuer {
    fn issue(&mut self, blank: Blank) -> usize {
        let next = self.order.len();
        let number = *self.given.entry(blank).or_insert(next);
        if number == next {
            self.order.push(blank);
        }
        number
    }
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn name(number: usize) -> String {
    format!("_:b{number}")
}

fn canonical_name(number: usize) -> String {
    format!("_:c14n{number}")
}

struct Canonicalizer<'a> {
    quads: &'a [Quad],
    /// The quads in which a node stands.
    of: BTreeMap<Blank, Vec<&'a Quad>>,
    first_degree: BTreeMap<Blank, String>,
    canonical: Issuer,
    work: usize,
}

/// The dataset as sorted lines, each once: the same for all documents that say the same.
pub(super) fn canonical(quads: &[Quad]) -> Result<String, LdError> {
    let mut canonicalizer = Canonicalizer::of(quads);
    canonicalizer.name_all()?;
    let given = &canonicalizer.canonical.given;
    let label = |blank: Blank| given.get(&blank).map_or_else(String::new, |number| format!("c14n{number}"));
    let mut lines: Vec<String> = canonicalizer.quads.iter().map(|quad| quad.line(&label)).collect();
    lines.sort_unstable();
    lines.dedup();
    Ok(lines.concat())
}

impl<'a> Canonicalizer<'a> {
    fn of(quads: &'a [Quad]) -> Self {
        let mut of: BTreeMap<Blank, Vec<&Quad>> = BTreeMap::new();
        for quad in quads {
            for (_, blank) in quad.blanks() {
                let list = of.entry(blank).or_default();
                // A node that stands in a quad twice makes it no two quads.
                if list.last().is_none_or(|last| !std::ptr::eq(*last, quad)) {
                    list.push(quad);
                }
            }
        }
        let first_degree = of.iter().map(|(blank, quads)| (*blank, first_degree(*blank, quads))).collect();
        Self { quads, of, first_degree, canonical: Issuer::default(), work: 0 }
    }

    /// Section 4.4.3.
    fn name_all(&mut self) -> Result<(), LdError> {
        let mut alike: BTreeMap<String, Vec<Blank>> = BTreeMap::new();
        for (blank, hash) in &self.first_degree {
            alike.entry(hash.clone()).or_default().push(*blank);
        }
        for blanks in alike.values() {
            if let [single] = blanks.as_slice() {
                self.canonical.issue(*single);
            }
        }
        for blanks in alike.values().filter(|blanks| blanks.len() > 1) {
            let mut paths = Vec::new();
            for blank in blanks {
                if self.canonical.given.contains_key(blank) {
                    continue;
                }
                let mut issuer = Issuer::default();
                issuer.issue(*blank);
                paths.push(self.n_degree(*blank, issuer, 0)?);
            }
            paths.sort_by(|one, other| one.0.cmp(&other.0));
            for (_, issuer) in paths {
                for blank in issuer.order {
                    self.canonical.issue(blank);
                }
            }
        }
        Ok(())
    }

    fn spend(&mut self) -> Result<(), LdError> {
        self.work += 1;
        if self.work > WORK_MAX { Err(LdError::TooAlike) } else { Ok(()) }
    }

    /// What a node is called so far.
    fn named(&self, blank: Blank, issuer: &Issuer) -> Option<String> {
        let canonical = self.canonical.given.get(&blank).map(|number| canonical_name(*number));
        canonical.or_else(|| issuer.given.get(&blank).map(|number| name(*number)))
    }

    /// Section 4.7.3.
    fn related(&self, related: Blank, quad: &Quad, issuer: &Issuer, place: char) -> String {
        let mut input = String::from(place);
        if place != 'g' {
            input.push('<');
            input.push_str(&quad.predicate);
            input.push('>');
        }
        match self.named(related, issuer) {
            Some(name) => input.push_str(&name),
            None => input.push_str(self.first_degree.get(&related).map_or("", String::as_str)),
        }
        hash(&input)
    }

    /// Section 4.8.3.
    fn n_degree(
        &mut self,
        blank: Blank,
        mut issuer: Issuer,
        depth: usize,
    ) -> Result<(String, Issuer), LdError> {
        if depth > DEPTH_MAX {
            return Err(LdError::TooAlike);
        }
        let mut around: BTreeMap<String, Vec<Blank>> = BTreeMap::new();
        for quad in self.of.get(&blank).cloned().unwrap_or_default() {
            for (place, related) in quad.blanks().filter(|(_, related)| *related != blank) {
                self.spend()?;
                around.entry(self.related(related, quad, &issuer, place)).or_default().push(related);
            }
        }
        let mut data = String::new();
        for (related_hash, blanks) in around {
            data.push_str(&related_hash);
            let mut chosen: Option<(String, Issuer)> = None;
            let mut orders = Orders::of(blanks);
            while let Some(order) = orders.next() {
                self.spend()?;
                let best = chosen.as_ref().map(|(path, _)| path.clone());
                if let Some(found) = self.path(&order, &issuer, best.as_deref(), depth)? {
                    chosen = Some(found);
                }
            }
            if let Some((path, with)) = chosen {
                data.push_str(&path);
                issuer = with;
            }
        }
        Ok((hash(&data), issuer))
    }

    /// What a node is told apart by if those around it are visited in this order; `None` if that is no better than the best.
    fn path(
        &mut self,
        order: &[Blank],
        issuer: &Issuer,
        best: Option<&str>,
        depth: usize,
    ) -> Result<Option<(String, Issuer)>, LdError> {
        let is_worse = |path: &str| best.is_some_and(|best| path.len() >= best.len() && path > best);
        let (mut issuer, mut path, mut deeper) = (issuer.clone(), String::new(), Vec::new());
        for related in order {
            if let Some(number) = self.canonical.given.get(related) {
                path.push_str(&canonical_name(*number));
            } else {
                if !issuer.given.contains_key(related) {
                    deeper.push(*related);
                }
                path.push_str(&name(issuer.issue(*related)));
            }
            if is_worse(&path) {
                return Ok(None);
            }
        }
        for related in deeper {
            self.spend()?;
            let (hash, with) = self.n_degree(related, issuer.clone(), depth + 1)?;
            path.push_str(&name(issuer.issue(related)));
            path.push_str(&["<", &hash, ">"].concat());
            issuer = with;
            if is_worse(&path) {
                return Ok(None);
            }
        }
        Ok(best.is_none_or(|best| path.as_str() < best).then_some((path, issuer)))
    }
}

/// Section 4.6.3.
fn first_degree(blank: Blank, quads: &[&Quad]) -> String {
    let label = |other: Blank| if other == blank { "a".to_owned() } else { "z".to_owned() };
    let mut lines: Vec<String> = quads.iter().map(|quad| quad.line(&label)).collect();
    lines.sort_unstable();
    hash(&lines.concat())
}

/// All orders of some nodes, one after the other.
struct Orders {
    items: Vec<Blank>,
    started: bool,
}

impl Orders {
    fn of(mut items: Vec<Blank>) -> Self {
        items.sort_unstable();
        Self { items, started: false }
    }

    /// The next in the order of numbers.
    fn next(&mut self) -> Option<Vec<Blank>> {
        if !self.started {
            self.started = true;
            return Some(self.items.clone());
        }
        let at = |items: &[Blank], i: usize| items.get(i).copied().unwrap_or_default();
        let last = self.items.len().checked_sub(1)?;
        let pivot = (0..last).rev().find(|i| at(&self.items, *i) < at(&self.items, i + 1))?;
        let with = (pivot + 1..=last).rev().find(|i| at(&self.items, *i) > at(&self.items, pivot))?;
        self.items.swap(pivot, with);
        if let Some(rest) = self.items.get_mut(pivot + 1..) {
            rest.reverse();
        }
        Some(self.items.clone())
    }
}
