//! `cargo xtask figures`: how large the house is, and of what.
//!
//! Lines are all lines of a file, blank ones and comments too. Product is whatever is neither a test nor a bench nor an
//! example; what is built for tests only (fakes, samples, harnesses, `#[cfg(test)]` items) counts as test. A function is
//! as long as the lines from `fn` to its last brace. A newtype is a struct with one unnamed field, written out (macros
//! that declare several count as none).
//!
//! Mirror code says in one room's words what another room has said: it grows with every member of every thing and decides
//! nothing. Counted are, with their documentation, in `rest` and `porch` types that derive `ToSchema`; in `graphql` types
//! that derive an object, input, enum, interface or union, and the methods of objects that take nothing and only hand a
//! value on; in `projections` rows, their keys and filters, and the definitions of their tables; in every room
//! implementations of `From` and `TryFrom`.

use crate::{
    size::FUNCTION_LINES_MAX,
    source::{Function, Mirror, Part, Source},
};
use std::{collections::BTreeMap, fmt::Write as _};

/// Sizes of files that are told apart.
const STEPS: [usize; 4] = [100, 200, 400, 800];

/// The figures, a line each.
pub(crate) fn tell(sources: &[Source]) -> Result<String, std::fmt::Error> {
    let of = |part: Part| sources.iter().filter(move |source| source.part == part);
    let product: usize = of(Part::Product).map(|source| source.lines).sum();
    let inside: usize = of(Part::Product).map(|source| source.test_lines).sum();
    let test = inside + of(Part::Test).map(|source| source.lines).sum::<usize>();
    let bench: usize = of(Part::Bench).map(|source| source.lines).sum();
    let mut out = String::new();
    writeln!(out, "lines: product {product}, test {test}, benches and examples {bench}")?;
    writeln!(out, "test lines per product line: {}", decimal(test, product, 100))?;
    if let Some(largest) = of(Part::Product).max_by_key(|source| source.lines) {
        writeln!(out, "largest product file: {} lines, {}", largest.lines, largest.shown)?;
    }
    files(&mut out, of(Part::Product))?;
    functions(&mut out, of(Part::Product))?;
    let newtypes: usize = of(Part::Product).map(|source| source.newtypes).sum();
    writeln!(out, "newtypes per 1000 product lines: {}", decimal(newtypes * 1000, product, 10))?;
    mirrors(&mut out, of(Part::Product), product)?;
    rooms(&mut out, of(Part::Product))?;
    Ok(out)
}

/// `part / whole` with as many places as `scale` has zeros.
fn decimal(part: usize, whole: usize, scale: usize) -> String {
    let scaled = (part * scale + whole / 2).checked_div(whole).unwrap_or(0);
    let places = scale.to_string().len() - 1;
    format!("{}.{:0places$}", scaled / scale, scaled % scale)
}

fn files<'a>(out: &mut String, product: impl Iterator<Item = &'a Source>) -> std::fmt::Result {
    let sizes: Vec<usize> = product.map(|source| source.lines).collect();
    let mut from = 0;
    let mut shares = Vec::new();
    for to in STEPS {
        let among = sizes.iter().filter(|size| **size > from && **size <= to).count();
        shares.push(decimal(among * 100, sizes.len(), 10));
        from = to;
    }
    writeln!(out, "product files: {}, of up to 100/200/400/800 lines, %: {}", sizes.len(), shares.join(" / "))
}

fn functions<'a>(out: &mut String, product: impl Iterator<Item = &'a Source>) -> std::fmt::Result {
    let mut all: Vec<(&Source, &Function)> =
        product.flat_map(|source| source.functions.iter().map(move |function| (source, function))).collect();
    all.sort_by_key(|(_, function)| std::cmp::Reverse(function.lines));
    let long: Vec<_> = all.iter().take_while(|(_, function)| function.lines > FUNCTION_LINES_MAX).collect();
    writeln!(out, "product functions: {}, over {FUNCTION_LINES_MAX} lines: {}", all.len(), long.len())?;
    let shown = if long.is_empty() { all.iter().take(1).collect() } else { long };
    for (source, function) in shown {
        writeln!(out, "  {} lines, {}:{} {}", function.lines, source.shown, function.line, function.name)?;
    }
    Ok(())
}

fn mirrors<'a>(
    out: &mut String,
    product: impl Iterator<Item = &'a Source>,
    lines: usize,
) -> std::fmt::Result {
    let mut sums: BTreeMap<Mirror, usize> = BTreeMap::new();
    for (mirror, lines) in product.flat_map(|source| &source.mirrors) {
        *sums.entry(*mirror).or_default() += lines;
    }
    let all: usize = sums.values().sum();
    writeln!(out, "mirror code, % of product lines: {} ({all} lines)", decimal(all * 100, lines, 10))?;
    for (mirror, lines) in sums {
        let name = match mirror {
            Mirror::RestViews => "REST views",
            Mirror::GraphqlTypes => "GraphQL objects, inputs and enums",
            Mirror::GraphqlAccessors => "GraphQL accessors",
            Mirror::Rows => "rows, keys, filters and tables of read models",
            Mirror::Conversions => "conversions",
        };
        writeln!(out, "  {lines} {name}")?;
    }
    Ok(())
}

fn rooms<'a>(out: &mut String, product: impl Iterator<Item = &'a Source>) -> std::fmt::Result {
    let mut rooms: BTreeMap<&str, usize> = BTreeMap::new();
    for source in product {
        *rooms.entry(source.shown.split('/').next().unwrap_or_default()).or_default() += source.lines;
    }
    let shown: Vec<String> = rooms.iter().map(|(room, lines)| format!("{room} {lines}")).collect();
    writeln!(out, "product lines by room: {}", shown.join(", "))
}
