use super::*;
use crate::{
    execute::Engine,
    http::{ask::Asked, tests::asking},
    limits::{CONNECTION_ROWS_DEFAULT, DEPTH_MAX},
};
use app::fake::World;
use serde_json::Value;

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
    let (engine, asking) = (Engine::new(), asking(&World::new()));
    let asked = Asked { query: query.to_owned(), ..Asked::default() };
    let prepared = engine.prepare(&asked, &asking).await.map_err(|answer| answer.errors).unwrap();
    let answer = engine.execute(prepared, &asking).await;
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    answer.data.unwrap().into_json().unwrap()
}

/// doors 14: 96 arguments had no description.
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
        if thing["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
            silent.push(place);
        }
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for kind in list(&schema["__schema"]["types"]) {
        let name = kind["name"].as_str().unwrap();
        if name.starts_with("__") || ["Boolean", "Float", "ID", "Int", "String"].contains(&name) {
            continue;
        }
        look(name.to_owned(), &kind);
        for field in list(&kind["fields"]) {
            look(format!("{name}.{}", field["name"]), &field);
            for arg in &list(&field["args"]) {
                look(format!("{name}.{}({})", field["name"], arg["name"]), arg);
            }
        }
        for member in list(&kind["inputFields"]).iter().chain(&list(&kind["enumValues"])) {
            look(format!("{name}.{}", member["name"]), member);
        }
    }
    assert!(silent.is_empty(), "no description: {silent:#?}");
}

/// doors 14: `JSON` stands only where documents of open vocabularies do.
#[test]
fn json_is_for_documents_of_open_vocabularies_only() {
    let open = [
        // A signed credential: compact text or JSON with its proof.
        "credential: JSON",
        "credential: JSON!",
        // Claims, and what the credentials specification leaves to its extensions.
        "attributes: JSON",
        "attributes: JSON!",
        "evidence: JSON",
        "refreshService: JSON",
        "termsOfUse: JSON",
        // DID documents and what stands in them.
        "didDocument: JSON",
        "document: JSON",
        "document: JSON!",
        "verificationMethod: [JSON!]",
        "authentication: [JSON!]",
        "assertionMethod: [JSON!]",
        "service: [JSON!]",
        // What a resolver found, and the facts of a refusal, which its code names.
        "content: JSON",
        // A verification method, as the document of its DID has it.
        "signer: JSON",
        // `Key.verificationMethod`, the same, and the only field with arguments among these.
        "): JSON!",
        "details: JSON",
        // What a job asks to sign.
        "payload: JSON",
        // A JSON Schema, and operations of a JSON Patch on contents of any shape.
        "contentSchema: JSON",
        "diff: [JSON!]",
        // Presentations and what is shown in them, in whatever format; a JWK (RFC 7517).
        "presentation: JSON",
        "presentation: JSON!",
        "credentials: [JSON!]!",
        "holderKey: JSON",
    ];
    let sdl = sdl();
    let is_member = |line: &&str| {
        let parts = line.split_once(": ");
        parts.is_some_and(|(name, ty)| {
            !name.contains(' ') && (ty.starts_with("JSON") || ty.starts_with("[JSON"))
        })
    };
    let members = sdl.lines().map(str::trim).filter(is_member);
    let other: Vec<&str> = members.filter(|line| !open.contains(line)).collect();
    assert!(other.is_empty(), "{other:#?}");
    assert_eq!(
        sdl.matches("): JSON!").count(),
        1,
        "a field with arguments says on its own line what it gives"
    );
}

#[tokio::test]
async fn no_answer_can_hold_a_secret() {
    let schema =
        introspected("{ __schema { types { name fields { name } } } }").await.to_string().to_lowercase();
    // The secret of a new API key is told once, by the mutation that made it.
    for (word, told) in [("sealed", 0), ("hash\"", 0), ("privatekey", 0), ("secret", 1)] {
        let hits = schema.matches(&format!("\"{word}")).count();
        assert_eq!(hits, told, "{word}");
    }
    let payload = schema.split("\"apikeypayload\"").nth(1).and_then(|rest| rest.split("]}").next());
    assert!(payload.is_some_and(|fields| fields.contains("\"secret\"")), "{payload:?}");
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
    let told = introspected(&query).await;
    let kinds = told["__schema"]["types"].as_array().unwrap();
    assert!(kinds.len() > 50);
    // In the order asked, here too.
    assert!(kinds[0].as_object().unwrap().keys().eq([
        "kind",
        "name",
        "description",
        "fields",
        "inputFields",
        "interfaces",
        "enumValues",
        "possibleTypes"
    ]));
}

async fn refusal(query: &str) -> Option<String> {
    let errors = checking().execute(query).await.errors;
    let refused = ["too complex", "too deep"];
    let errors = errors.into_iter().map(|error| error.message);
    errors.into_iter().find(|message| refused.iter().any(|why| message.contains(why)))
}

#[tokio::test]
async fn an_everyday_query_is_within_the_limits() {
    let query = "query($filter: DidFilter) { dids(first: 50, filter: $filter) { totalCount pageInfo { endCursor hasNextPage }
        edges { cursor node { did phase network createdAt resources(first: 10) { nodes { name resourceType url } } } } } }";
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
