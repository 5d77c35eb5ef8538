//! The examples of `openapi.json`: each is there, fits its schema, and says what the pages of errors say.

use super::{
    layer::{DOCUMENT, schemas},
    tour::UNRECORDED,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn doors_16_every_body_and_success_has_an_example_that_fits() {
    let mut wrong = Vec::new();
    for (path, item) in DOCUMENT["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let name = format!("{} {path}", method.to_uppercase());
            let body = operation["requestBody"]["content"].as_object().into_iter().flatten();
            for (kind, content) in body {
                wrong.extend(misfit(content, &format!("{name}: its {kind} body")));
            }
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let content = &response["content"]["application/json"];
                // One of several forms is shown, which need not be this one.
                let is_its_form = response["content"].as_object().is_some_and(|forms| forms.len() == 1);
                let is_shown = is_its_form && status.starts_with('2') && !UNRECORDED.contains(&name.as_str());
                if is_shown && !content.is_null() || !content["example"].is_null() {
                    wrong.extend(misfit(content, &format!("{name}: its answer {status}")));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nrecord the examples anew: STUDIO_WRITE_CONTRACTS=1 cargo test -p studio --test it contract::, then \
         STUDIO_WRITE_CONTRACTS=1 cargo test -p studio-rest committed",
        wrong.join("\n")
    );
}

/// Doors 16, its neighbours: what must be named in an address, what a refusal looks like, and a form beside its JSON.
#[test]
fn doors_16_parameters_refusals_and_forms_have_real_examples() {
    let mut wrong = Vec::new();
    let (mut parameters, mut refusals, mut forms, explained) = (0, 0, 0, explained());
    for (path, item) in DOCUMENT["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let name = format!("{} {path}", method.to_uppercase());
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let what = format!("{name}: its {}", parameter["name"]);
                if parameter["required"] == true || !parameter["example"].is_null() {
                    let schema = &parameter["schema"];
                    let told =
                        json!({"schema": schema, "example": of_address(schema, &parameter["example"])});
                    wrong.extend(misfit(&told, &what));
                    parameters += 1;
                }
            }
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let example = &response["content"]["application/json"]["example"];
                if !status.starts_with('4') || example["code"].is_null() {
                    continue;
                }
                let code = example["code"].as_str().expect("a text");
                let told = (example["status"].to_string(), explained.contains_key(code));
                if told != (status.clone(), true) {
                    wrong.push(format!("{name}: its {status} is {} {code}", told.0));
                }
                refusals += 1;
            }
            let content = &operation["requestBody"]["content"];
            let (json, form) = (&content["application/json"], &content["application/x-www-form-urlencoded"]);
            if !json.is_null() && !form.is_null() {
                forms += 1;
                let names = |example: &Value| -> BTreeSet<String> {
                    example.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
                };
                if names(&json["example"]) != names(&form["example"]) {
                    wrong.push(format!("{name}: its form shows other members than its JSON"));
                }
            }
        }
    }
    // What tools put in where nothing is shown.
    let mut examples = Vec::new();
    shown(&DOCUMENT["paths"], &mut examples);
    assert!(examples.len() > 150, "{} examples", examples.len());
    for example in examples {
        // (A schema that is published as a resource says it of its own members, and templates are schemas.)
        if example.get("templates").is_some() {
            continue;
        }
        if example.to_string().replace("\"type\":\"string\"", "").contains("\"string\"") {
            wrong.push(format!("no real example: {example}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(parameters > 50 && refusals > 80 && forms > 25, "{parameters} {refusals} {forms}");
}

/// What stands for this text of an address: there are no other values there.
fn of_address(schema: &Value, example: &Value) -> Value {
    match (schema["type"].as_str(), example.as_str()) {
        (Some("array"), Some(text)) => text.split(',').collect(),
        (Some("integer" | "boolean"), Some(text)) => {
            serde_json::from_str(text).unwrap_or_else(|_| json!(text))
        }
        _ => example.clone(),
    }
}

/// What the pages of docs/errors say of the status of each code.
fn explained() -> BTreeMap<String, String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors");
    let pages = std::fs::read_dir(folder).expect("pages").flatten();
    let texts = pages.filter_map(|page| std::fs::read_to_string(page.path()).ok());
    let of_page = |text: String| {
        let sections = text.split("\n## `").skip(1).map(str::to_owned).collect::<Vec<_>>();
        sections.into_iter().filter_map(|section| {
            let (code, rest) = section.split_once('`')?;
            let status = rest.lines().find_map(|line| line.strip_prefix("**Status:** "))?;
            Some((code.to_owned(), status.trim().to_owned()))
        })
    };
    texts.flat_map(of_page).collect()
}

/// Doors 18, its neighbours: the pages of errors tell the status that is really answered.
#[test]
fn doors_18_the_pages_of_errors_tell_the_status_that_is_answered() {
    let (explained, mut wrong, mut codes) = (explained(), Vec::new(), BTreeSet::new());
    let operations = DOCUMENT["paths"].as_object().expect("paths").values();
    for operation in operations.flat_map(|item| item.as_object().expect("methods").values()) {
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let example = &response["content"]["application/json"]["example"];
            // (The last outcome of an operation has a code too, and no status.)
            let Some(code) = example["code"].as_str().filter(|_| example["status"].is_number()) else {
                continue;
            };
            codes.insert(code);
            if !explained.get(code).is_some_and(|told| told.contains(status)) {
                wrong.push(format!(
                    "{code} is answered {status}, and its page says {:?}",
                    explained.get(code)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(codes.len() > 20, "{codes:?}");
}

/// Every example in a part of the document.
fn shown<'a>(part: &'a Value, examples: &mut Vec<&'a Value>) {
    match part {
        Value::Object(members) => {
            for (name, value) in members {
                if name == "example" { examples.push(value) } else { shown(value, examples) }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| shown(item, examples)),
        _ => {}
    }
}

fn misfit(content: &Value, what: &str) -> Vec<String> {
    let example = &content["example"];
    if example.is_null() {
        return vec![format!("{what} has no example")];
    }
    let wrong = schemas().complaints(&content["schema"], example);
    wrong.into_iter().map(|why| format!("{what}: {why}")).collect()
}
