//! A browser, as far as a sign-in needs one: it keeps cookies of each site, follows redirections and fills in forms.

use crate::patience::client;
use reqwest::{Client, Method, Response, Url, header, redirect::Policy};
use std::collections::BTreeMap;

/// More steps than a sign-in has.
const STEPS_MAX: usize = 15;
/// Everybody's password.
const PASSWORD: &str = "x";

pub struct Browser {
    http: Client,
    /// By site (host and port), then by name.
    jar: BTreeMap<String, BTreeMap<String, String>>,
    /// How many forms of the provider's it had to fill in so far.
    pub forms_filled: usize,
}

impl Browser {
    pub fn new() -> Self {
        let http = client().redirect(Policy::none()).no_proxy().build().expect("a client");
        Self { http, jar: BTreeMap::new(), forms_filled: 0 }
    }

    /// Asks for an address, with the cookies of its site, and keeps those that it sets.
    pub async fn ask(&mut self, method: Method, address: &Url, form: Option<&[(&str, &str)]>) -> Response {
        let site = address.authority().to_owned();
        let mut request = self.http.request(method, address.clone());
        let held = self.jar.entry(site).or_default();
        if !held.is_empty() {
            let line: Vec<String> = held.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, line.join("; "));
        }
        if let Some(form) = form {
            request = request.form(form).header(header::ORIGIN, address.origin().ascii_serialization());
        }
        let response = request.send().await.expect("an answer");
        for line in response.headers().get_all(header::SET_COOKIE) {
            let line = line.to_str().expect("text");
            let (name, value) =
                line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if value.is_empty() {
                held.remove(name.trim());
            } else {
                held.insert(name.trim().to_owned(), value.to_owned());
            }
        }
        response
    }

    /// Goes from this address to wherever it is sent, fills in the provider's forms as `login` where there are some, and tells the
    /// address of Studio that it ends at.
    pub async fn go(&mut self, address: &str, login: &str, studio: &str) -> Url {
        let mut address = Url::parse(address).expect("an address");
        for _ in 0..STEPS_MAX {
            let response = self.ask(Method::GET, &address, None).await;
            let next = match location(&response, &address) {
                Some(next) => next,
                None => self.fill_in(&address, response, login).await,
            };
            if next.as_str().starts_with(studio) {
                return next;
            }
            address = next;
        }
        panic!("no end in sight at {address}");
    }

    /// The form of a page: for a sign-in, a consent, or whether to sign out.
    async fn fill_in(&mut self, address: &Url, response: Response, login: &str) -> Url {
        let page = response.text().await.expect("a page");
        let form = Form::of(&page).unwrap_or_else(|| panic!("no form at {address}: {page}"));
        self.forms_filled += 1;
        let values: Vec<(&str, &str)> = form.fields.iter().map(|field| field.value(login)).collect();
        let action = address.join(&form.action).expect("an address");
        let response = self.ask(Method::POST, &action, Some(&values)).await;
        location(&response, &action).unwrap_or_else(|| panic!("{action} does not go on from {page}"))
    }
}

/// What the page of a provider wants to be told.
struct Form {
    action: String,
    fields: Vec<Field>,
}

struct Field {
    kind: String,
    name: String,
    value: String,
}

impl Field {
    /// What a user of this name tells.
    fn value<'a>(&'a self, login: &'a str) -> (&'a str, &'a str) {
        let value = match self.kind.as_str() {
            "password" => PASSWORD,
            "text" => login,
            _ => &self.value,
        };
        (&self.name, value)
    }
}

impl Form {
    /// The first form that is sent by POST, with what the page's first button to send it adds.
    fn of(page: &str) -> Option<Self> {
        let sent_by_post = |tag: &&str| attribute(tag, "method").is_some_and(|method| method == "post");
        let action = tags(page, "form").find(sent_by_post).and_then(|tag| attribute(tag, "action"))?;
        let button = tags(page, "button").find(|tag| attribute(tag, "type").as_deref() == Some("submit"));
        let named = tags(page, "input").chain(button).filter_map(|tag| {
            let or_nothing = |name| attribute(tag, name).unwrap_or_default();
            Some(Field {
                kind: or_nothing("type"),
                name: attribute(tag, "name")?,
                value: or_nothing("value"),
            })
        });
        Some(Self { action, fields: named.collect() })
    }
}

/// What stands in each tag of this name.
fn tags<'a>(page: &'a str, name: &'static str) -> impl Iterator<Item = &'a str> {
    let rests = page.split('<').filter_map(move |piece| piece.strip_prefix(name));
    rests.filter_map(|rest| rest.split('>').next()).filter(|tag| tag.starts_with(char::is_whitespace))
}

/// The value of an attribute.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    while let Some((before, behind)) = rest.split_once("=\"") {
        let (value, behind) = behind.split_once('"')?;
        if before.split_whitespace().last() == Some(name) {
            return Some(value.replace("&amp;", "&"));
        }
        rest = behind;
    }
    None
}

/// Where a response sends a browser.
pub fn location(response: &Response, from: &Url) -> Option<Url> {
    let target = response.headers().get(header::LOCATION)?.to_str().expect("text");
    Some(from.join(target).expect("an address"))
}
