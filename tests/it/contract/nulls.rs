//! What the document calls nullable may be null: an optional member that is null is a member left out.

use super::layer::DOCUMENT;
use crate::house::TestHouse;
use reqwest::Method;
use serde_json::{Value, json};

/// The members of a body that may be null, from its schema.
fn nullable(schema: &Value) -> Vec<String> {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => &DOCUMENT["components"]["schemas"][reference.rsplit('/').next().expect("a name")],
        None => match schema["oneOf"]
            .as_array()
            .and_then(|choices| choices.iter().find(|one| one["$ref"].is_string()))
        {
            Some(named) => return nullable(named),
            None => schema,
        },
    };
    let may_be_null = |member: &Value| {
        let kinds = member["type"].as_array().is_some_and(|kinds| kinds.contains(&json!("null")));
        kinds
            || member["oneOf"]
                .as_array()
                .is_some_and(|shapes| shapes.iter().any(|shape| shape["type"] == "null"))
    };
    let members = schema["properties"].as_object().into_iter().flatten();
    members.filter(|(_, member)| may_be_null(member)).map(|(name, _)| name.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn doors_1_every_nullable_member_of_every_body_may_be_null() {
    let house = TestHouse::start().await;
    let mut tried = 0;
    for (path, item) in DOCUMENT["paths"].as_object().expect("paths") {
        let operation = &item["post"];
        let content = &operation["requestBody"]["content"]["application/json"];
        let members = nullable(&content["schema"]);
        if members.is_empty() {
            continue;
        }
        let example = &content["example"];
        let mut target = path.clone();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let value = parameter["example"].as_str().unwrap_or("0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e14");
            let name = parameter["name"].as_str().expect("a name");
            if parameter["in"] == "path" {
                target = target.replace(&format!("{{{name}}}"), value);
            } else if parameter["in"] == "query" && parameter["example"].is_string() {
                let separator = if target.contains('?') { '&' } else { '?' };
                target = format!("{target}{separator}{name}={value}");
            }
        }
        let plain = house.call(Method::POST, &target, Some(example.clone())).await;
        for member in members.iter().filter(|member| example[*member].is_null()) {
            let mut body = example.clone();
            body[member] = Value::Null;
            let reply = house.call(Method::POST, &target, Some(body)).await;
            let told = |body: &Value| (body["code"].clone(), body["error"].clone());
            assert_eq!(
                (reply.status, told(&reply.body)),
                (plain.status, told(&plain.body)),
                "POST {target}: {member} is null"
            );
            tried += 1;
        }
    }
    assert!(tried >= 60, "{tried} members were tried");
    house.stop().await;
}
