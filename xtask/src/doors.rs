//! Every use case has a door: what `app` offers as one and nothing calls is a promise that nobody can take up.

use crate::source::{Part, Source, is_for_tests};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::{collections::BTreeMap, path::Path};
use syn::{Item, UseTree, visit::Visit};

/// The doors, what they share, and the binary, which is the command line.
const DOORS: [&str; 4] = ["rest/src", "graphql/src", "porch/src", "src"];
/// Where use cases are. One may be there for another one.
const APP: &str = "app/src";
/// Parts of `app` that are no use cases: what the outbox worker and the ports are made of.
const OTHERS: [&str; 2] = ["outbox", "port"];
/// Words of the language before the name of something that is declared, not used.
const DECLARING: [&str; 6] = ["fn", "struct", "enum", "impl", "for", "mod"];

/// Use cases that no door calls.
pub(crate) fn check(sources: &[Source]) -> Vec<String> {
    let is_there = |shown: &str| DOORS.iter().chain([&APP]).any(|room| Path::new(shown).starts_with(room));
    let product = sources.iter().filter(|one| one.part == Part::Product && is_there(&one.shown));
    without_door(&product.map(|one| (Path::new(&one.shown), &one.file)).collect::<Vec<_>>())
}

fn without_door(files: &[(&Path, &syn::File)]) -> Vec<String> {
    let offered: Vec<Offer> = files.iter().flat_map(|(shown, file)| offers(shown, file)).collect();
    if offered.is_empty() {
        return vec![
            "no use case was found in app/src: xtask/src/doors.rs looks for something else".to_owned(),
        ];
    }
    let used: Vec<Used> = files.iter().flat_map(|(shown, file)| uses(shown, file)).collect();
    let missing = offered.iter().filter(|offer| !used.iter().any(|used| offer.is_taken_up(used)));
    missing
        .map(|Offer { file, name, .. }| {
            format!("{file}: the use case {name} has no door; call it from REST, GraphQL or the command line, or make it `pub(crate)`")
        })
        .collect()
}

/// Something that can be done.
struct Offer {
    file: String,
    /// The modules that it stands in, below the root of `app`.
    modules: Vec<String>,
    name: String,
    /// What an act does is called by the act, and a door makes the act. Anything else is a function.
    is_act: bool,
}

impl Offer {
    fn is_taken_up(&self, used: &Used) -> bool {
        let Some((called, within)) = used.path.split_last() else { return false };
        match (used.module.first(), within.first().map(String::as_str)) {
            // Out of a door one goes by the name of `app`: the doors have families of the same names.
            (None, Some("app")) if self.is_act => used.path.contains(&self.name),
            (None, Some("app")) => *called == self.name && self.is_in(within),
            (None, _) => false,
            (Some(_), _) if self.is_act => false,
            (Some(family), Some("crate" | "super" | "self") | None) => {
                let is_family = self.modules.first() == Some(family);
                let path = within.iter().filter(|part| !["crate", "super", "self"].contains(&part.as_str()));
                let is_near = is_family && path.count() == 0;
                *called == self.name && (is_near || self.is_in(within))
            }
            (Some(_), Some(_)) => *called == self.name && self.is_in(within),
        }
    }

    fn is_in(&self, within: &[String]) -> bool {
        within.last().is_some_and(|last| self.modules.contains(last))
    }
}

/// Where a file of `app` is in the tree of modules; nowhere, if it is another room's.
fn modules(shown: &Path) -> Option<Vec<String>> {
    let below = shown.strip_prefix(APP).ok()?.with_extension("");
    Some(below.iter().map(|part| part.to_string_lossy().into_owned()).collect())
}

/// Public functions that take the ports first, and types that are acts.
fn offers(shown: &Path, file: &syn::File) -> Vec<Offer> {
    let Some(modules) = modules(shown) else { return Vec::new() };
    if modules.first().is_some_and(|family| OTHERS.contains(&family.as_str())) {
        return Vec::new();
    }
    let offer = |name: String, is_act| Offer {
        file: shown.display().to_string(),
        modules: modules.clone(),
        name,
        is_act,
    };
    let items = file.items.iter().filter_map(|item| match item {
        Item::Fn(one) if !is_for_tests(&one.attrs) && is_use_case(one) => {
            Some(offer(one.sig.ident.to_string(), false))
        }
        Item::Impl(one) if !is_for_tests(&one.attrs) => {
            let (_, of, _) = one.trait_.as_ref()?;
            (of.segments.last()?.ident == "Act").then(|| offer(named(&one.self_ty).unwrap_or_default(), true))
        }
        // `act!(CreateKey => …);` implements it.
        Item::Macro(one) if one.mac.path.is_ident("act") => {
            let name = one.mac.tokens.clone().into_iter().next()?;
            Some(offer(name.to_string(), true))
        }
        _ => None,
    });
    items.collect()
}

fn is_use_case(function: &syn::ItemFn) -> bool {
    let Some(syn::FnArg::Typed(first)) = function.sig.inputs.first() else { return false };
    let syn::Type::Reference(given) = &*first.ty else { return false };
    matches!(function.vis, syn::Visibility::Public(_))
        && named(&given.elem).is_some_and(|name| name == "Studio")
}

fn named(shape: &syn::Type) -> Option<String> {
    let syn::Type::Path(path) = shape else { return None };
    path.path.segments.last().map(|last| last.ident.to_string())
}

/// The path of something that is called or made.
struct Used {
    /// With what its first name was imported from.
    path: Vec<String>,
    /// The modules of `app` where that is; none elsewhere.
    module: Vec<String>,
}

/// What a file calls and makes.
fn uses(shown: &Path, file: &syn::File) -> Vec<Used> {
    let mut found = Found::default();
    found.visit_file(file);
    let Found { imports, paths, .. } = found;
    let module = modules(shown).unwrap_or_default();
    let resolved = paths.into_iter().filter_map(|(path, function)| {
        let (first, rest) = path.split_first()?;
        let import = imports.get(first);
        // A function that calls itself.
        if import.is_none() && rest.is_empty() && function.as_ref() == Some(first) {
            return None;
        }
        let begin = import.map_or_else(|| vec![first.clone()], Clone::clone);
        Some(Used { path: [begin.as_slice(), rest].concat(), module: module.clone() })
    });
    resolved.collect()
}

#[derive(Default)]
struct Found {
    imports: BTreeMap<String, Vec<String>>,
    /// Paths in expressions, and the function that they are in.
    paths: Vec<(Vec<String>, Option<String>)>,
    function: Option<String>,
    /// The type whose implementation this is: what it calls itself in there is no use of it.
    implemented: Option<String>,
}

impl Found {
    fn import(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(&path.ident)),
            UseTree::Name(name) if name.ident == "self" => {
                if let Some(last) = before.last() {
                    self.imports.insert(last.clone(), before.to_vec());
                }
            }
            UseTree::Name(name) => {
                self.imports.insert(name.ident.to_string(), with(&name.ident));
            }
            UseTree::Rename(name) => {
                self.imports.insert(name.rename.to_string(), with(&name.ident));
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before)),
            UseTree::Glob(_) => {}
        }
    }

    fn path(&mut self, path: Vec<String>) {
        if !self.implemented.as_ref().is_some_and(|own| path.contains(own)) {
            self.paths.push((path, self.function.clone()));
        }
    }

    /// Names before brackets or braces, which a macro makes calls and values of.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut is_going_on, mut is_declared) = (false, false);
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    let name = name.to_string();
                    if !is_going_on {
                        is_declared = path.last().is_some_and(|last| DECLARING.contains(&last.as_str()));
                        path.clear();
                    }
                    path.push(name);
                    is_going_on = false;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => is_going_on = !path.is_empty(),
                TokenTree::Group(group) => {
                    let is_value = matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::Brace);
                    if is_value && !path.is_empty() && !is_declared {
                        self.path(std::mem::take(&mut path));
                    }
                    path.clear();
                    self.tokens(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => path.clear(),
            }
        }
    }
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Fn(one) if is_for_tests(&one.attrs) => {}
            Item::Mod(one) if is_for_tests(&one.attrs) => {}
            Item::Impl(one) if is_for_tests(&one.attrs) => {}
            Item::Use(one) => self.import(&one.tree, &[]),
            // The last word of `act!(…, create);` is the function that does it.
            Item::Macro(one) if one.mac.path.is_ident("act") => {
                let words = one.mac.tokens.clone().into_iter().filter_map(|token| match token {
                    TokenTree::Ident(word) => Some(word.to_string()),
                    _ => None,
                });
                if let Some(function) = words.last() {
                    self.path(vec![function]);
                }
            }
            Item::Impl(one) => {
                let outer = std::mem::replace(&mut self.implemented, named(&one.self_ty));
                syn::visit::visit_item_impl(self, one);
                self.implemented = outer;
            }
            Item::Fn(one) => {
                let outer = self.function.replace(one.sig.ident.to_string());
                syn::visit::visit_item_fn(self, one);
                self.function = outer;
            }
            _ => syn::visit::visit_item(self, item),
        }
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        self.path(segments(&path.path));
    }

    fn visit_expr_struct(&mut self, value: &'ast syn::ExprStruct) {
        self.path(segments(&value.path));
        syn::visit::visit_expr_struct(self, value);
    }

    /// What is taken apart is not made.
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A house with one act, what it does, a question, and these doors.
    fn complaints(doors: &[(&str, &str)]) -> Vec<String> {
        let app = [
            (
                "app/src/key/revoke.rs",
                "pub struct Revoke { key: u8 }
                impl Revoke { pub fn new(key: u8) -> Self { Revoke { key } } }
                impl Act for Revoke {
                    async fn run(self, studio: &Studio) { let Revoke { key } = self; revoke(studio, key).await }
                }
                pub async fn revoke(studio: &Studio, key: u8) { helper(studio) }
                pub(crate) fn helper(studio: &Studio) {}
                pub fn other(key: u8) {}
                #[cfg(test)] mod tests { fn made() { let act = Revoke { key: 1 }; read(studio); } }",
            ),
            ("app/src/key/read.rs", "pub async fn read(studio: &Studio) { if false { read(studio).await } }"),
            ("app/src/port/vault.rs", "pub fn seal(studio: &Studio) {}"),
        ];
        without_door_in(app.iter().chain(doors))
    }

    fn without_door_in<'a>(files: impl Iterator<Item = &'a (&'a str, &'a str)>) -> Vec<String> {
        let read = |(shown, text): &'a (&str, &str)| (Path::new(*shown), syn::parse_file(text).unwrap());
        let read: Vec<_> = files.map(read).collect();
        without_door(&read.iter().map(|(shown, file)| (*shown, file)).collect::<Vec<_>>())
    }

    fn without(doors: &[(&str, &str)]) -> Vec<String> {
        let name = |complaint: &String| complaint.split(' ').nth(4).map(str::to_owned);
        complaints(doors).iter().filter_map(name).collect()
    }

    const READ: (&str, &str) = ("porch/src/lib.rs", "fn look() { app::key::read(studio) }");

    #[test]
    fn an_act_is_one_whichever_way_it_is_written() {
        let file = syn::parse_file("act!(Keep => (): KEY_KEEP, keep); impl Act for Revoke {}").unwrap();
        let found = offers(Path::new("app/src/key/keep.rs"), &file);
        let names: Vec<_> = found.iter().map(|offer| (offer.name.as_str(), offer.is_act)).collect();
        assert_eq!(names, [("Keep", true), ("Revoke", true)]);
        let app = [
            (
                "app/src/key/keep.rs",
                "act!(Keep => (): KEY_KEEP, keep); pub async fn keep(studio: &Studio) {}",
            ),
            ("rest/src/key.rs", "use app::key::Keep; fn door() { perform(Keep {}) }"),
        ];
        assert_eq!(without_door_in(app.iter()), [""; 0]);
    }

    #[test]
    fn a_use_case_that_nothing_calls_is_found() {
        assert_eq!(without(&[]), ["Revoke", "read"], "its declaration and its tests are no door");
        assert_eq!(complaints(&[])[0].split(':').next(), Some("app/src/key/revoke.rs"));
        assert_eq!(without(&[READ]), ["Revoke"]);
    }

    #[test]
    fn an_act_is_taken_up_where_a_door_makes_it() {
        for door in [
            "fn f() { ask.done(app::key::Revoke { key }) }",
            "use app::key::Revoke; fn f() { ask.done(Revoke::new(key)) }",
            "use app::{key::{self, Revoke as Act}, x}; fn f() { key.map(Act) }",
            "use app::key; fn f() { perform!(ctx, key::Revoke { key }) }",
        ] {
            assert_eq!(without(&[READ, ("graphql/src/key.rs", door)]), [""; 0], "{door}");
        }
        for door in [
            "use app::key::Revoke;",
            "use app::key::Revoke; fn f(act: Revoke) -> Revoke { let Revoke { key } = act; act }",
            "struct Revoke { key: u8 } fn f() { ask.done(Revoke { key }) }",
            "use app::key::Revoke; #[cfg(test)] mod tests { fn f() { ask.done(Revoke { key }) } }",
            "macro_rules! m { () => { impl Revoke { } } }",
        ] {
            assert_eq!(without(&[READ, ("graphql/src/key.rs", door)]), ["Revoke"], "{door}");
        }
    }

    #[test]
    fn a_function_is_taken_up_under_its_own_name_only() {
        let act = ("rest/src/key.rs", "fn f() { ask.done(app::key::Revoke { key }) }");
        for door in [
            ("src/command/key.rs", "use app::key; async fn read() { key::read(&studio).await }"),
            ("src/command/key.rs", "use app::key::read; async fn f() { tokio::join!(read(&studio)) }"),
            ("app/src/key/list.rs", "pub(crate) fn list() { super::read(studio) }"),
            ("app/src/did.rs", "use crate::key; fn f() { key::read(studio) }"),
        ] {
            assert_eq!(without(&[act, door]), [""; 0], "{door:?}");
        }
        for door in [
            ("rest/src/key.rs", "mod read; fn f() { get(read::read); x.read(); read(studio); key::read() }"),
            ("src/command/key.rs", "use app::did; fn f() { did::read(studio) }"),
            ("app/src/did.rs", "fn f() { read(studio) }"),
        ] {
            assert_eq!(without(&[act, door]), ["read"], "{door:?}");
        }
    }

    #[test]
    fn a_house_without_use_cases_is_not_in_order() {
        assert_eq!(without_door(&[]).len(), 1);
    }
}
