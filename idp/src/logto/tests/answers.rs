//! The double answers what a real LogTo (core 1.37.1) answered, call by call.

use super::double::{AUDIENCE, CLIENT, Double, SECRET};
use app::fake::Time;
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};

/// A time in milliseconds is more than this.
const MILLISECONDS: i64 = 1_700_000_000_000;

/// Whether a text is a name that LogTo made.
fn is_id(text: &str) -> bool {
    let is_made_of = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    matches!(text.len(), 12 | 21)
        && text.chars().all(is_made_of)
        && text.contains(|c: char| c.is_ascii_digit())
}

/// Compares two answers; names that each of them made are noted as each other's, and times are any times.
fn compare(real: &Value, double: &Value, names: &mut HashMap<String, String>, place: &str) {
    match (real, double) {
        (Value::Object(real), Value::Object(double)) => {
            let members = |one: &serde_json::Map<String, Value>| {
                one.keys().cloned().collect::<std::collections::BTreeSet<_>>()
            };
            assert_eq!(members(real), members(double), "{place}");
            for (name, value) in real {
                compare(value, &double[name], names, &format!("{place}.{name}"));
            }
        }
        (Value::Array(real), Value::Array(double)) => {
            assert_eq!(real.len(), double.len(), "{place}");
            for (index, value) in real.iter().enumerate() {
                compare(value, &double[index], names, &format!("{place}[{index}]"));
            }
        }
        (Value::String(real), Value::String(double)) if is_id(real) => {
            assert!(is_id(double), "{place}: {double}");
            let other = names.entry(real.clone()).or_insert_with(|| double.clone());
            assert_eq!(other, double, "{place}");
        }
        (Value::Number(real), Value::Number(double)) if real.as_i64().is_some_and(|n| n > MILLISECONDS) => {
            assert!(double.as_i64().is_some_and(|n| n > MILLISECONDS), "{place}");
        }
        _ => assert_eq!(real, double, "{place}"),
    }
}

#[tokio::test]
async fn the_double_answers_as_a_real_one_did() {
    let recorded: Vec<Value> = serde_json::from_str(include_str!("answers.json")).unwrap();
    let double = Double::start(Arc::new(Time::default())).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let form = [("grant_type", "client_credentials"), ("resource", AUDIENCE), ("scope", "all")];
    let token = http.post(format!("{}/oidc/token", double.base)).basic_auth(CLIENT, Some(SECRET)).form(&form);
    let token: Value = token.send().await.unwrap().json().await.unwrap();
    let mut names = HashMap::new();
    let mut compared = 0;
    for exchange in recorded.iter().filter(|exchange| exchange.get("req").is_some()) {
        let renamed = |text: String| {
            names.iter().fold(text, |text: String, (real, own): (&String, &String)| text.replace(real, own))
        };
        let (method, path) =
            (exchange["req"][0].as_str().unwrap(), renamed(exchange["req"][1].as_str().unwrap().to_owned()));
        let body = renamed(exchange["req"][2].to_string());
        let status = exchange["status"].as_u64().unwrap();
        let place = format!("{method} {path}");
        let bearer = if status == 401 { "x" } else { token["access_token"].as_str().unwrap() };
        let mut request =
            http.request(method.parse().unwrap(), format!("{}/api{path}", double.base)).bearer_auth(bearer);
        if body != "null" {
            request = request.header("content-type", "application/json").body(body);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(u64::from(answer.status().as_u16()), status, "{place}");
        for (name, value) in
            exchange["headers"].as_object().unwrap().iter().filter(|(name, _)| *name != "Link")
        {
            assert_eq!(answer.headers()[name].to_str().unwrap(), value, "{place}: {name}");
        }
        assert_eq!(
            answer.headers().contains_key("link"),
            exchange["headers"].get("Link").is_some(),
            "{place}"
        );
        let text = answer.text().await.unwrap();
        let own = if text.is_empty() { "".into() } else { serde_json::from_str(&text).unwrap() };
        compare(&exchange["body"], &own, &mut names, &place);
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}
