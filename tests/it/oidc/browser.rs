//! A browser, as far as a sign-in needs one: it keeps cookies of each site, follows redirections and fills in forms.

use crate::patience::client;
use reqwest::{Client, Method, Response, Url, header, redirect::Policy};
use std::collections::BTreeMap;

/// More steps than a sign-in has.
const STEPS_MAX: usize = 15;

pub struct Browser {
    http: Client,
    /// By site (host and port), then by name.
    jar: BTreeMap<String, BTreeMap<String, String>>,
}

impl Browser {
    pub fn new() -> Self {
        let http = client().redirect(Policy::none()).no_proxy().build().expect("a client");
        Self { http, jar: BTreeMap::new() }
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

    /// Signs in at the provider as `login`, from this address on, and tells the address of Studio that it is sent back to.
    pub async fn sign_in(&mut self, address: &str, login: &str, studio: &str) -> Url {
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

    /// The provider's form for a sign-in or a consent.
    async fn fill_in(&mut self, address: &Url, response: Response, login: &str) -> Url {
        let page = response.text().await.expect("a page");
        let prompt = page.split("name=\"prompt\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let form = match prompt {
            Some("login") => vec![("prompt", "login"), ("login", login), ("password", "x")],
            Some("consent") => vec![("prompt", "consent")],
            _ => panic!("not a form of the provider at {address}: {page}"),
        };
        let response = self.ask(Method::POST, address, Some(&form)).await;
        location(&response, address).expect("the provider goes on")
    }

    /// Signs out at the provider, and tells where it is sent then.
    pub async fn sign_out(&mut self, address: &str, studio: &str) -> Url {
        let address = Url::parse(address).expect("an address");
        let page = self.ask(Method::GET, &address, None).await.text().await.expect("a page");
        let value = |name: &str| {
            let rest = page.split(name).nth(1).unwrap_or_else(|| panic!("{name} is not on the page: {page}"));
            rest.split('"').nth(1).expect("a value").to_owned()
        };
        let (action, secret) = (value("action="), value("name=\"xsrf\" value="));
        let action = address.join(&action).expect("an address");
        let form = [("xsrf", secret.as_str()), ("logout", "yes")];
        let response = self.ask(Method::POST, &action, Some(&form)).await;
        let next = location(&response, &action).expect("the provider goes on");
        assert!(next.as_str().starts_with(studio), "{next}");
        next
    }
}

/// Where a response sends a browser.
pub fn location(response: &Response, from: &Url) -> Option<Url> {
    let target = response.headers().get(header::LOCATION)?.to_str().expect("text");
    Some(from.join(target).expect("an address"))
}
