use super::*;
use crate::{
    fault::finish,
    http::checked,
    limits::{CONNECTION_ROWS_DEFAULT, DEPTH_MAX},
};
use async_graphql::Request;
use serde_json::Value;
use uuid::Uuid;

/// Rewrites the committed file instead of comparing with it.
const REWRITE: &str = "STUDIO_WRITE_CONTRACTS";

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    let now = format!("{}\n", sdl().trim_end());
    #[expect(clippy::disallowed_methods, reason = "a switch of the developer's, not a setting")]
    let rewrite = std::env::var(REWRITE).is_ok();
    if rewrite {
        std::fs::write(path, &now).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == now,
        "graphql/schema.graphql is stale: run the test with {REWRITE}=1 and look at the diff"
    );
}

async fn introspected(query: &str) -> Value {
    let mut response = schema().execute(query).await;
    finish(&mut response.errors, Uuid::nil());
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    response.data.into_json().unwrap()
}

/// Relay's own arguments explain themselves.
const SELF_EXPLAINING: [&str; 5] = ["first", "after", "last", "before", "input"];

#[tokio::test]
async fn every_type_field_argument_and_value_is_described() {
    let schema = introspected(
        "{ __schema { types { name kind description
            fields { name description args { name description } }
            inputFields { name description } enumValues { name description } } } }",
    )
    .await;
    let mut silent = Vec::new();
    let mut look = |place: String, thing: &Value| {
        if thing["description"].as_str().is_none_or(str::is_empty) {
            silent.push(place);
        }
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for kind in list(&schema["__schema"]["types"]) {
        let name = kind["name"].as_str().unwrap();
        let builtin = name.starts_with("__") || ["Boolean", "Float", "ID", "Int", "String"].contains(&name);
        // Made by the library, for Relay; what is in them is described.
        let connection = name.ends_with("Connection");
        if builtin {
            continue;
        }
        if !connection {
            look(name.to_owned(), &kind);
        }
        for field in list(&kind["fields"]) {
            look(format!("{name}.{}", field["name"]), &field);
            let explained = |arg: &Value| !SELF_EXPLAINING.contains(&arg["name"].as_str().unwrap());
            for arg in list(&field["args"]).iter().filter(|arg| explained(arg)) {
                look(format!("{name}.{}({})", field["name"], arg["name"]), arg);
            }
        }
        for member in list(&kind["inputFields"]).iter().chain(&list(&kind["enumValues"])) {
            look(format!("{name}.{}", member["name"]), member);
        }
    }
    assert!(silent.is_empty(), "no description: {silent:#?}");
}

#[tokio::test]
async fn no_answer_can_hold_a_secret() {
    let schema =
        introspected("{ __schema { types { name fields { name } } } }").await.to_string().to_lowercase();
    for word in ["sealed", "hash\"", "privatekey", "secret"] {
        let hits = schema.matches(&format!("\"{word}")).count();
        assert_eq!(hits, 0, "{word}");
    }
}

/// What `GraphiQL` and code generators send: types nested nine deep.
#[tokio::test]
async fn tools_can_introspect_within_the_limits() {
    let of_type = "ofType { kind name ".repeat(9) + &"}".repeat(9);
    let query = format!(
        "query IntrospectionQuery {{ __schema {{ queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }}
            types {{ ...FullType }} directives {{ name description locations args {{ ...InputValue }} }} }} }}
        fragment FullType on __Type {{ kind name description
            fields(includeDeprecated: true) {{ name description args {{ ...InputValue }} type {{ ...TypeRef }}
                isDeprecated deprecationReason }}
            inputFields {{ ...InputValue }} interfaces {{ ...TypeRef }}
            enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }}
            possibleTypes {{ ...TypeRef }} }}
        fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} defaultValue }}
        fragment TypeRef on __Type {{ kind name {of_type} }}"
    );
    let mut request = Request::new(query.clone());
    assert!(checked(&mut request).is_ok());
    let told = introspected(&query).await;
    assert!(told["__schema"]["types"].as_array().unwrap().len() > 50);
}

async fn refusal(query: &str) -> Option<String> {
    let response = schema().execute(query).await;
    let refused = ["too complex", "too deep"];
    let errors = response.errors.into_iter().map(|error| error.message);
    errors.into_iter().find(|message| refused.iter().any(|why| message.contains(why)))
}

#[tokio::test]
async fn an_everyday_query_is_within_the_limits() {
    let query = "{ dids(first: 50) { totalCount pageInfo { endCursor hasNextPage } edges { cursor node {
        did phase network createdAt resources(first: 10) { nodes { name resourceType url } } } } } }";
    assert_eq!(refusal(query).await, None);
    // A whole chain of trust, from a leaf up to its root.
    let chain = format!(
        "{{ accreditation(id: \"x\") {} }}",
        "{ name parent ".repeat(12) + "{ id }" + &" }".repeat(12)
    );
    assert_eq!(refusal(&chain).await, None);
}

#[tokio::test]
async fn rows_multiply_along_nested_connections() {
    let nested = |first: u32| {
        format!(
            "{{ dids(first: {first}) {{ nodes {{ resources(first: {first}) {{ nodes {{ name }} }} }} }} }}"
        )
    };
    assert_eq!(refusal(&nested(CONNECTION_ROWS_DEFAULT)).await, None);
    assert!(refusal(&nested(100)).await.is_some());
    let deep = format!(
        "{{ accreditation(id: \"x\") {} }}",
        "{ parent ".repeat(DEPTH_MAX) + "{ id }" + &" }".repeat(DEPTH_MAX)
    );
    assert!(refusal(&deep).await.is_some());
    let walks = (0..COMPLEXITY_MAX / 300)
        .map(|i| format!("a{i}: trustChain(input: {{didUrl: \"x\", subjectDid: \"y\"}}) {{ verified }}"))
        .collect::<Vec<_>>()
        .join(" ");
    assert!(refusal(&format!("{{ {walks} }}")).await.is_some());
}
