//! Templates: what they show holds, and what does not hold is told by its place.

use super::*;
use serde_json::json;
use std::collections::BTreeSet;

/// What is told, of which change, and where.
type Changed<'a> = (&'a str, &'a dyn Fn(&mut Value), &'a str);

/// The sentence and the pointer of the refusal.
fn refused(id: &str, data: &[u8]) -> (String, String) {
    let fault = applied(id, None, data).unwrap_err();
    assert_eq!((fault.code, &fault.members["field"]), ("resource/template-mismatch", &json!("data")));
    let pointer = fault.members["pointer"].as_str().unwrap().to_owned();
    let start = format!("data does not fit the template {id}: ");
    (fault.public.strip_prefix(&start).unwrap_or(&fault.public).to_owned(), pointer)
}

fn refused_json(id: &str, content: &Value) -> (String, String) {
    refused(id, content.to_string().as_bytes())
}

#[test]
fn every_template_takes_its_own_example_and_gives_the_type() {
    let mut seen = BTreeSet::new();
    for template in all() {
        let data = template.example.text();
        assert!(data.len() > 100, "{} has an example", template.id);
        assert_eq!(applied(template.id, None, data.as_bytes()).unwrap(), template.resource_type);
        applied(template.id, Some(template.resource_type), data.as_bytes()).unwrap();
        let other = applied(template.id, Some("Note"), data.as_bytes()).unwrap_err();
        assert_eq!((other.code, &other.members["field"]), ("request/invalid", &json!("type")));
        assert!(other.public.contains(template.resource_type), "{}", other.public);
        assert!(seen.insert(template.resource_type));
    }
    assert_eq!(seen.len(), 4);
    let unknown = applied("zap", None, b"{}").unwrap_err();
    assert_eq!(
        unknown.public,
        "template should be one of json-schema, presentation-definition, governance-policy, credential-artwork"
    );
}

/// What is shown is what is checked.
#[test]
fn the_shown_schemas_are_schemas_and_say_nothing_that_is_not_checked() {
    const SAID: [&str; 5] = ["$schema", "title", "description", "$defs", "$comment"];
    fn keywords<'a>(schema: &'a Value, found: &mut BTreeSet<&'a str>) {
        for (name, value) in schema.as_object().into_iter().flatten() {
            found.insert(name);
            match name.as_str() {
                "properties" | "$defs" => {
                    value.as_object().unwrap().values().for_each(|one| keywords(one, found));
                }
                "items" | "additionalProperties" | "if" | "then" | "else" => keywords(value, found),
                _ => {}
            }
        }
    }
    for template in all() {
        let Some(schema) = &template.content_schema else { continue };
        assert_eq!(check_schema(schema), Ok(()), "{}", template.id);
        let mut found = BTreeSet::new();
        keywords(schema, &mut found);
        for name in found {
            assert!(SAID.contains(&name) || shape::CHECKED.contains(&name), "{}: {name}", template.id);
        }
        let text = schema.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(schema.pointer(reference).is_some(), "{}: {reference}", template.id);
        }
    }
}

#[test]
fn a_schema_that_is_none_is_refused_by_its_place() {
    for (content, told, pointer) in [
        (json!([]), "the whole should be of type object or boolean", ""),
        (
            json!({"properties": {"age": {"type": "strng"}}}),
            "/properties/age/type should be one of \"array\", \"boolean\", \"integer\", \"null\", \"number\", \"object\", \"string\"",
            "/properties/age/type",
        ),
        (
            json!({"properties": {"a/b": {"minLength": -1}}}),
            "/properties/a~1b/minLength should be at least 0",
            "/properties/a~1b/minLength",
        ),
        (json!({"required": "a"}), "/required should be of type array", "/required"),
        (json!({"required": ["a", "a"]}), "/required/1 should not be there twice", "/required/1"),
        (json!({"anyOf": []}), "/anyOf should have at least 1 item", "/anyOf"),
        (json!({"items": [{}]}), "/items should be of type object or boolean", "/items"),
        (json!({"multipleOf": 0}), "/multipleOf should be more than 0", "/multipleOf"),
    ] {
        let found = refused_json(JSON_SCHEMA, &content);
        assert_eq!(found, (told.to_owned(), pointer.to_owned()), "{content}");
    }
    let (told, pointer) =
        refused_json(JSON_SCHEMA, &json!({"$schema": "http://json-schema.org/draft-04/schema#"}));
    assert_eq!(pointer, "/$schema");
    assert!(told.contains("2020-12") && told.contains("draft-07"), "{told}");
    let (told, _) = refused(JSON_SCHEMA, b"{\"type\": }");
    assert_eq!(told, "the whole should be JSON: expected value at line 1 column 10");
}

#[test]
fn the_draft_decides_what_a_keyword_takes() {
    let tuple =
        json!({"items": [{"type": "string"}], "dependencies": {"a": ["b"], "c": {"required": ["d"]}}});
    let with = |draft: &str| {
        let mut schema = tuple.clone();
        schema["$schema"] = json!(draft);
        schema.to_string()
    };
    let old = with("http://json-schema.org/draft-07/schema#");
    applied(JSON_SCHEMA, None, old.as_bytes()).unwrap();
    let (_, pointer) = refused(JSON_SCHEMA, with("https://json-schema.org/draft/2020-12/schema").as_bytes());
    assert_eq!(pointer, "/items");
    let wrong = json!({"$schema": "http://json-schema.org/draft-07/schema#", "dependencies": {"a": [1]}});
    assert_eq!(refused_json(JSON_SCHEMA, &wrong).1, "/dependencies/a/0");
}

#[test]
fn a_presentation_definition_is_checked_beyond_its_shape() {
    let descriptor =
        |id: &str| json!({"id": id, "group": ["A"], "constraints": {"fields": [{"path": ["$.a"]}]}});
    let definition = |change: &dyn Fn(&mut Value)| {
        let mut made = json!({"id": "d", "input_descriptors": [descriptor("a"), descriptor("b")],
            "submission_requirements": [{"rule": "pick", "count": 1, "from": "A"}]});
        change(&mut made);
        made
    };
    let good = definition(&|_| {}).to_string();
    applied(PRESENTATION_DEFINITION, None, good.as_bytes()).unwrap();
    let field = "/input_descriptors/0/constraints/fields/0";
    let cases: [Changed<'_>; 10] = [
        ("/id is missing", &|made| drop(made.as_object_mut().unwrap().remove("id")), "/id"),
        (
            "/input_descriptors/1/constraints is missing",
            &|made| made["input_descriptors"][1] = json!({"id": "b"}),
            "/input_descriptors/1/constraints",
        ),
        (
            "/input_descriptors/1/id should be another one for each descriptor",
            &|made| made["input_descriptors"][1]["id"] = json!("a"),
            "/input_descriptors/1/id",
        ),
        (
            "/input_descriptors/0/constraints/fields/0/path/0 should be a JSONPath, which begins with $",
            &|made| made["input_descriptors"][0]["constraints"]["fields"][0]["path"] = json!(["a"]),
            "/input_descriptors/0/constraints/fields/0/path/0",
        ),
        (
            "/input_descriptors/0/constraints/fields/0/filter/type should be one of \"array\", \"boolean\", \"integer\", \"null\", \"number\", \"object\", \"string\"",
            &|made| {
                made["input_descriptors"][0]["constraints"]["fields"][0]["filter"] = json!({"type": "text"});
            },
            "/input_descriptors/0/constraints/fields/0/filter/type",
        ),
        (
            "/input_descriptors/0/constraints/fields/0/filter is missing: a predicate is about one",
            &|made| made["input_descriptors"][0]["constraints"]["fields"][0]["predicate"] = json!("required"),
            "/input_descriptors/0/constraints/fields/0/filter",
        ),
        (
            "/submission_requirements/0/from should name a group of an input descriptor",
            &|made| made["submission_requirements"][0]["from"] = json!("B"),
            "/submission_requirements/0/from",
        ),
        (
            "/submission_requirements/0 should have either from or from_nested",
            &|made| made["submission_requirements"] = json!([{"rule": "all"}]),
            "/submission_requirements/0",
        ),
        (
            "/submission_requirements/0/from_nested/0/from should name a group of an input descriptor",
            &|made| {
                made["submission_requirements"] =
                    json!([{"rule": "all", "from_nested": [{"rule": "all", "from": "C"}]}]);
            },
            "/submission_requirements/0/from_nested/0/from",
        ),
        ("/inputs should not be there", &|made| made["inputs"] = json!([]), "/inputs"),
    ];
    for (told, change, pointer) in cases {
        let found = refused_json(PRESENTATION_DEFINITION, &definition(change));
        assert_eq!(found, (told.to_owned(), pointer.to_owned()));
    }
    assert!(definition(&|_| {}).pointer(field).is_some());
}

#[test]
fn artwork_is_an_image_by_its_first_bytes() {
    for data in [
        &b"\x89PNG\r\n\x1a\n\0\0"[..],
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ] {
        assert_eq!(applied("credential-artwork", None, data).unwrap(), "CredentialArtwork");
    }
    for (data, found) in [
        (&b"{\"a\": 1}"[..], "application/json"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"plain", "text/plain; charset=utf-8"),
        (b"", "text/plain; charset=utf-8"),
    ] {
        let (told, pointer) = refused("credential-artwork", data);
        assert!(told.ends_with(&format!("the ledger would take it for {found}")), "{told}");
        assert_eq!(pointer, "");
    }
}

/// The ledger decides the media type by the bytes, and a wallet that asks for JSON would be given an image.
#[test]
fn a_document_that_the_ledger_takes_for_something_else_is_refused() {
    let schema = json!({"type": "object", "description": "how an <svg element is named"});
    let (told, _) = refused_json(JSON_SCHEMA, &schema);
    assert!(told.contains("should be of media type application/json"), "{told}");
    let (told, _) = refused_json(JSON_SCHEMA, &json!(true));
    assert!(told.contains("text/plain"), "{told}");
}
