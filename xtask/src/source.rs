//! The sources as a parser sees them: what is product and what is test, the functions, and what says a shape again.

use crate::size::{below, sources};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use syn::{Attribute, Item, spanned::Spanned, visit::Visit};

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Product,
    /// Tests, and what only tests are built with: fakes, samples, harnesses.
    Test,
    /// Benches and examples.
    Bench,
}

/// A function of a file, from `fn` to its last brace.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) lines: usize,
}

/// Code that says in one room's words what another room has said (see [`crate::figures`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mirror {
    RestViews,
    GraphqlTypes,
    GraphqlAccessors,
    Rows,
    Conversions,
}

/// One file. Functions, newtypes and mirrors are those of the product.
pub(crate) struct Source {
    pub(crate) shown: String,
    pub(crate) part: Part,
    pub(crate) file: syn::File,
    /// Lines that are not test code.
    pub(crate) lines: usize,
    pub(crate) test_lines: usize,
    pub(crate) functions: Vec<Function>,
    pub(crate) newtypes: usize,
    pub(crate) mirrors: BTreeMap<Mirror, usize>,
}

/// Every Rust source of the workspace, and a complaint for each that cannot be read.
pub(crate) fn read(root: &Path) -> (Vec<Source>, Vec<String>) {
    let (mut parsed, mut complaints, mut tests) = (Vec::new(), Vec::new(), BTreeSet::new());
    for path in sources(root) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        match syn::parse_file(&text) {
            Ok(file) => {
                tests.extend(test_modules(&path, &file.items));
                parsed.push((path, text.lines().count(), file));
            }
            Err(error) => complaints.push(format!("{}: not read: {error}", shown(root, &path))),
        }
    }
    let read = parsed.into_iter().map(|(path, lines, file)| {
        let (shown, part) = (shown(root, &path), part(root, &path, &tests));
        let mut seen =
            Seen { room: shown.split('/').next().unwrap_or_default().to_owned(), ..Seen::default() };
        if part == Part::Product {
            seen.visit_file(&file);
        }
        let Seen { test_lines, functions, newtypes, mirrors, .. } = seen;
        Source { shown, part, file, lines: lines - test_lines, test_lines, functions, newtypes, mirrors }
    });
    (read.collect(), complaints)
}

fn shown(root: &Path, path: &Path) -> String {
    below(root, path).display().to_string()
}

/// Files and folders of the modules that this file declares for tests.
fn test_modules(file: &Path, items: &[Item]) -> Vec<PathBuf> {
    let is_root = file.file_name().is_some_and(|name| name == "lib.rs" || name == "main.rs");
    let folder = if is_root { file.parent().map(Path::to_path_buf) } else { Some(file.with_extension("")) };
    let declared = items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() && is_for_tests(&module.attrs) => {
            Some(folder.as_ref()?.join(module.ident.to_string()))
        }
        _ => None,
    });
    declared.flat_map(|module| [module.with_extension("rs"), module]).collect()
}

fn part(root: &Path, path: &Path, tests: &BTreeSet<PathBuf>) -> Part {
    let has = |names: [&str; 2]| below(root, path).iter().any(|part| names.iter().any(|name| part == *name));
    if has(["benches", "examples"]) {
        Part::Bench
    } else if has(["tests", "tests.rs"]) || path.ancestors().any(|above| tests.contains(above)) {
        Part::Test
    } else {
        Part::Product
    }
}

/// `#[test]`, `#[tokio::test]`, `#[cfg(test)]`, `#[cfg(any(test, feature = "harness"))]`, `#[cfg(feature = "testing")]`.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition.contains("test") && !condition.contains("not")
        }
        meta => meta.path().segments.last().is_some_and(|name| name.ident == "test"),
    })
}

/// Whether one of these is derived.
fn derives(attributes: &[Attribute], names: &[&str]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("derive")).any(|attribute| {
        let list = attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default();
        list.split([',', ':', ' ']).any(|derived| names.contains(&derived))
    })
}

/// Lines from the first to the last token, attributes and documentation included.
fn lines(spanned: &impl Spanned) -> usize {
    let span = spanned.span();
    span.end().line + 1 - span.start().line
}

const GRAPHQL: [&str; 6] = ["SimpleObject", "InputObject", "OneofObject", "Enum", "Interface", "Union"];

#[derive(Default)]
struct Seen {
    room: String,
    test_lines: usize,
    functions: Vec<Function>,
    newtypes: usize,
    mirrors: BTreeMap<Mirror, usize>,
}

impl Seen {
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let line = signature.fn_token.span.start().line;
        let lines = block.brace_token.span.close().end().line + 1 - line;
        self.functions.push(Function { name: signature.ident.to_string(), line, lines });
    }

    fn mirror(&mut self, mirror: Mirror, lines: usize) {
        *self.mirrors.entry(mirror).or_default() += lines;
    }

    /// A type with this name and these attributes.
    fn declared(&mut self, name: &str, attributes: &[Attribute], lines: usize) {
        let is_row = ["Row", "Key", "Filter"].iter().any(|end| name.ends_with(end));
        match self.room.as_str() {
            "rest" | "porch" if derives(attributes, &["ToSchema"]) => self.mirror(Mirror::RestViews, lines),
            "graphql" if derives(attributes, &GRAPHQL) => self.mirror(Mirror::GraphqlTypes, lines),
            "projections" if is_row => self.mirror(Mirror::Rows, lines),
            _ => {}
        }
    }

    fn implemented(&mut self, block: &syn::ItemImpl) {
        let of_trait = block.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
        match of_trait.map(|name| name.ident.to_string()).as_deref() {
            Some("From" | "TryFrom") => self.mirror(Mirror::Conversions, lines(block)),
            Some("Row") if self.room == "projections" => self.mirror(Mirror::Rows, lines(block)),
            _ => {}
        }
        let is_object = |attribute: &Attribute| {
            attribute.path().is_ident("Object") || attribute.path().is_ident("ComplexObject")
        };
        if block.attrs.iter().any(is_object) {
            let accessors = block.items.iter().filter(|item| is_accessor(item));
            let lines = accessors.map(lines).sum();
            self.mirror(Mirror::GraphqlAccessors, lines);
        }
    }
}

/// A method that only hands a value on: one expression, without waiting.
fn is_accessor(item: &syn::ImplItem) -> bool {
    let syn::ImplItem::Fn(method) = item else { return false };
    let [syn::Stmt::Expr(value, None)] = method.block.stmts.as_slice() else { return false };
    method.sig.inputs.len() == 1
        && matches!(value, syn::Expr::Field(_) | syn::Expr::MethodCall(_) | syn::Expr::Reference(_))
}

impl<'ast> Visit<'ast> for Seen {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Const(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => return syn::visit::visit_item(self, item),
        };
        if is_for_tests(attributes) {
            self.test_lines += lines(item);
            return;
        }
        match item {
            Item::Struct(item) => {
                let is_new =
                    matches!(&item.fields, syn::Fields::Unnamed(fields) if fields.unnamed.len() == 1);
                self.newtypes += usize::from(is_new);
                self.declared(&item.ident.to_string(), &item.attrs, lines(item));
            }
            Item::Enum(item) => self.declared(&item.ident.to_string(), &item.attrs, lines(item)),
            Item::Impl(item) => self.implemented(item),
            _ => {}
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
        syn::visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        let name = item.mac.path.segments.last().map(|name| name.ident.to_string()).unwrap_or_default();
        if self.room == "projections" && ["table", "placed"].contains(&name.as_str()) {
            self.mirror(Mirror::Rows, lines(item));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(room: &str, text: &str) -> Seen {
        let mut seen = Seen { room: room.to_owned(), ..Seen::default() };
        seen.visit_file(&syn::parse_file(text).unwrap());
        seen
    }

    #[test]
    fn functions_are_measured_from_their_name_to_their_last_brace_and_tests_are_not() {
        let seen = seen(
            "app",
            "/// Doc.\nfn a(\n    x: u8,\n) -> u8 {\n    // why\n\n    x\n}\ntrait T { fn b() {} }\n#[test]\nfn c() {}\n#[cfg(test)]\nmod tests {\n    fn d() {}\n}\n",
        );
        let found: Vec<_> =
            seen.functions.iter().map(|one| (one.name.as_str(), one.line, one.lines)).collect();
        assert_eq!(found, [("a", 2, 7), ("b", 9, 1)]);
        assert_eq!(seen.test_lines, 6);
    }

    #[test]
    fn what_says_a_shape_again_is_counted_where_it_is_said() {
        let text = "#[derive(Debug, utoipa::ToSchema)]\nstruct A {\n    b: u8,\n}\nimpl From<u8> for A {\n    fn from(b: u8) -> Self { A { b } }\n}\n";
        let mirrors = seen("rest", text).mirrors;
        assert_eq!(mirrors, BTreeMap::from([(Mirror::RestViews, 4), (Mirror::Conversions, 3)]));
        assert_eq!(seen("app", text).mirrors, BTreeMap::from([(Mirror::Conversions, 3)]));
        let object = "#[Object]\nimpl O {\n    async fn a(&self) -> u8 {\n        self.a\n    }\n    async fn b(&self) -> u8 {\n        self.b().await\n    }\n}\n";
        assert_eq!(seen("graphql", object).mirrors, BTreeMap::from([(Mirror::GraphqlAccessors, 3)]));
    }

    #[test]
    fn modules_declared_for_tests_are_tests_wherever_they_stand() {
        let file =
            syn::parse_file("#[cfg(any(test, feature = \"harness\"))]\npub mod given;\nmod id;\n").unwrap();
        let tests = test_modules(Path::new("/r/domain/src/lib.rs"), &file.items).into_iter().collect();
        let of = |path: &str| part(Path::new("/r"), Path::new(path), &tests);
        assert_eq!(of("/r/domain/src/given.rs"), Part::Test);
        assert_eq!(of("/r/domain/src/given/sample/events.rs"), Part::Test);
        assert_eq!(of("/r/domain/src/id.rs"), Part::Product);
        assert_eq!(of("/r/domain/src/id/tests.rs"), Part::Test);
        assert_eq!(of("/r/store/benches/append.rs"), Part::Bench);
    }
}
