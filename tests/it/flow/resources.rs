//! Resources over time: their versions with who wrote which, names of any characters, templates, and how large one may be.

use crate::{
    graphql::{ask, ask_as, data},
    house::TestHouse,
    node::Node,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use credentials::did_url::encode;
use devnet::{DevnetConfig, Genesis};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use store::testing::TestDatabase;
use studio::adapter::system::SystemClock;

const HISTORY: &str = "query H($did: String!, $name: String!, $type: String!, $page: Int, $limit: Int) {
    resourceHistory(did: $did, name: $name, resourceType: $type, page: $page, limit: $limit) { totalCount versions {
        resourceId name resourceType version alsoKnownAs { uri description } mediaType sizeBytes checksum created previousVersionId
        nextVersionId url latestUrl urlAtTime isFromOutside actor { type apiKeyId } requestedAt operationId txHash height diff diffOmitted } } }";
const AT: &str = "query A($did: String!, $name: String!, $type: String!, $at: DateTime!) {
    resourceAt(did: $did, name: $name, resourceType: $type, at: $at) { resourceId data url created } }";
const LISTED: &str = "query L($did: String!, $name: String!, $type: String!) {
    resources(filter: {did: $did, name: $name, resourceType: $type}) { nodes { resourceId name resourceType alsoKnownAs { uri } } } }";

async fn publish(house: &TestHouse, did: &str, name: &str, kind: &str, data: &[u8]) -> Value {
    let body = json!({"name": name, "type": kind, "encoding": "base64", "data": BASE64_STANDARD.encode(data),
        "alsoKnownAs": [{"uri": "https://example.org/it", "description": "the same on the web"}]});
    house.post(&format!("/resource/create/{did}"), body).await.expect(201)["resource"].clone()
}

fn versions(did: &str, name: &str, kind: &str) -> String {
    format!("/resource/versions/{did}?resourceName={}&resourceType={}", encode(name), encode(kind))
}

/// As if somebody with the DID's key had written it elsewhere: the ledger has it, and no row here tells of it.
async fn forget(house: &TestHouse, id: &Value) {
    house.caught_up().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', table_schema, table_name) from information_schema.columns
         where column_name = 'resource_type' and table_schema = 'rm'",
    )
    .fetch_all(&house.house.pool)
    .await
    .expect("tables");
    for table in tables.iter().filter(|table| table.contains("resource")) {
        let query = format!("delete from {table} where resource = $1::uuid");
        sqlx::query(&query).bind(id.as_str()).execute(&house.house.pool).await.expect("deleted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_tells_who_wrote_which_version_and_what_it_changed() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let mut ids = Vec::new();
    for data in ["{\"a\":1,\"b\":[1,2]}", "{\"a\":2,\"b\":[1,2]}", "plain words"] {
        ids.push(publish(&house, &did, "Note", "Text", data.as_bytes()).await["resourceId"].clone());
    }
    forget(&house, &ids[0]).await;

    let told = house.get(&versions(&did, "Note", "Text")).await.expect(200);
    assert_eq!(
        (&told["total"], &told["resourceName"], &told["did"]),
        (&json!(3), &json!("Note"), &json!(did))
    );
    let all = told["versions"].as_array().expect("versions");
    let of = |member: &str| all.iter().map(|version| version[member].clone()).collect::<Vec<_>>();
    assert_eq!(of("resourceId"), [ids[2].clone(), ids[1].clone(), ids[0].clone()], "newest first");
    assert_eq!(of("previousVersionId"), [ids[1].clone(), ids[0].clone(), Value::Null]);
    assert_eq!(of("nextVersionId"), [Value::Null, ids[2].clone(), ids[1].clone()]);
    assert_eq!(of("sizeBytes"), [11, 17, 17]);
    assert_eq!(of("mediaType"), ["text/plain; charset=utf-8", "application/json", "application/json"]);
    let changed = json!([{"op": "replace", "path": "/a", "value": 2}]);
    assert_eq!(of("diff"), [Value::Null, changed.clone(), Value::Null]);
    assert_eq!(of("diffOmitted"), [json!("notJson"), Value::Null, json!("firstVersion")]);

    let by = of("writtenBy");
    assert_eq!((&by[0]["type"], &by[0]["id"].is_string()), (&json!("apiKey"), &true), "{}", by[0]);
    assert_eq!((&by[1], &by[2]), (&by[0], &json!({"type": "outside"})));
    assert!(all[0]["height"].is_u64() && all[0]["txHash"].is_string() && all[0]["requestedAt"].is_string());
    assert_eq!(
        (&all[2]["height"], &all[2]["txHash"], &all[2]["operationId"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(
        all[0]["alsoKnownAs"][0],
        json!({"uri": "https://example.org/it", "description": "the same on the web"})
    );

    // Each address leads to what it says.
    for (version, data) in all.iter().zip(["plain words", "{\"a\":2,\"b\":[1,2]}", "{\"a\":1,\"b\":[1,2]}"]) {
        for (address, found) in [("exact", data), ("atTime", data), ("latest", "plain words")] {
            let url = version["didUrls"][address].as_str().expect("a DID URL");
            assert_eq!(house.get(&format!("/1.0/identifiers/{url}")).await.text, found, "{address} {url}");
        }
    }

    // GraphQL tells the same.
    let variables = json!({"did": did, "name": "Note", "type": "Text"});
    let seen = ask(&house, HISTORY, variables).await["resourceHistory"].clone();
    assert_eq!(seen["totalCount"], 3);
    for (rest, graphql) in all.iter().zip(seen["versions"].as_array().expect("versions")) {
        for member in [
            "resourceId",
            "checksum",
            "sizeBytes",
            "mediaType",
            "txHash",
            "height",
            "diff",
            "operationId",
            "previousVersionId",
            "nextVersionId",
            "alsoKnownAs",
        ] {
            assert_eq!(rest[member], graphql[member], "{member}");
        }
        assert_eq!(rest["writtenBy"]["type"] == "outside", graphql["isFromOutside"] == true);
        assert_eq!(rest["writtenBy"]["id"], graphql["actor"]["apiKeyId"]);
        assert_eq!(rest["didUrls"]["atTime"], graphql["urlAtTime"]);
    }
    assert_eq!(seen["versions"][0]["diffOmitted"], "NOT_JSON");

    // Pages.
    let second = house.get(&format!("{}&page=2&limit=1", versions(&did, "Note", "Text"))).await.expect(200);
    assert_eq!((&second["total"], &second["versions"]), (&json!(3), &json!([all[1]])));
    let paged = json!({"did": did, "name": "Note", "type": "Text", "page": 2, "limit": 1});
    let seen = ask(&house, HISTORY, paged).await["resourceHistory"].clone();
    assert_eq!(seen["versions"][0]["resourceId"], ids[1]);
    let large = house.get(&format!("{}&limit=26", versions(&did, "Note", "Text"))).await;
    assert_eq!((large.status, &large.body["error"]), (400, &json!("limit should be at most 25")));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_is_of_ones_own_dids_and_of_what_is_there() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    publish(&house, &did, "Note", "Text", b"x").await;
    let path = versions(&did, "Note", "Text");
    let stranger = house.call_as(Some(&house.mallory.key), Method::GET, &path, None, &[]).await;
    assert_eq!((stranger.status, &stranger.body["code"]), (404, &json!("did/not-found")));
    let variables = json!({"did": did, "name": "Note", "type": "Text"});
    let told = ask_as(&house, &house.mallory.key, HISTORY, variables).await;
    assert_eq!(data(told, HISTORY)["resourceHistory"], Value::Null);
    for (name, kind) in [("note", "Text"), ("Note", "text"), ("Note ", "Text")] {
        let reply = house.get(&versions(&did, name, kind)).await;
        assert_eq!((reply.status, &reply.body["code"]), (404, &json!("resource/not-found")), "{name} {kind}");
    }
    let unnamed = house.get(&format!("/resource/versions/{did}?resourceName=Note")).await;
    assert_eq!((unnamed.status, &unnamed.body["error"]), (400, &json!("resourceType is required")));

    // Whoever may only write resources sees nothing of who wrote which.
    let scopes = json!({"name": "writer", "scopes": ["create:resource:testnet", "read:resource:mainnet"]});
    let key = house.post("/admin/api-key/create", scopes).await.expect(201)["apiKey"].clone();
    let reply = house.call_as(key.as_str(), Method::GET, &path, None, &[]).await;
    assert_eq!(
        (reply.status, &reply.body["scope"]),
        (403, &json!("read:resource:testnet")),
        "{}",
        reply.text
    );
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_read_as_it_was_at_a_time() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    for data in ["one", "two"] {
        publish(&house, &did, "Note", "Text", data.as_bytes()).await;
    }
    let history = ask(&house, HISTORY, json!({"did": did, "name": "Note", "type": "Text"})).await;
    let created = |place: usize| {
        let text = history["resourceHistory"]["versions"][place]["created"].as_str().expect("a time");
        text.parse::<domain::id::Instant>().expect("a time")
    };
    let (second, first) = (created(0), created(1));
    assert!(first < second);
    let nanosecond = chrono::TimeDelta::nanoseconds(1);
    for (at, found) in [
        (first - nanosecond, None),
        (first, Some("one")),
        (second - nanosecond, Some("one")),
        (second, Some("two")),
        (second + chrono::TimeDelta::days(1), Some("two")),
    ] {
        // A time without a fraction would stand for its whole second.
        let at = at.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true);
        let told = ask(&house, AT, json!({"did": did, "name": "Note", "type": "Text", "at": at})).await;
        let expected = found.map_or(Value::Null, |data| json!(BASE64_STANDARD.encode(data)));
        assert_eq!(told["resourceAt"].get("data").cloned().unwrap_or_default(), expected, "{at}");
    }
    let none = ask(&house, AT, json!({"did": did, "name": "None", "type": "Text", "at": second})).await;
    assert_eq!(none["resourceAt"], Value::Null);
    house.stop().await;
}

/// identifiers 6.
#[tokio::test(flavor = "multi_thread")]
async fn identifiers_6_a_name_of_any_characters_is_found_by_every_way() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let names = [
        ("a&b=c+d %41", "semi;colon,comma/slash?#x"),
        ("100% \"quoted\" <b>\\", "a b"),
        ("é", "Ünïcode"),
        // The same to the eye, and another name: letters and accents apart.
        ("e\u{301}", "Ünïcode"),
        ("名前", "タイプ"),
        ("..", "."),
    ];
    let mut ids = Vec::new();
    for (name, kind) in names {
        ids.push(publish(&house, &did, name, kind, name.as_bytes()).await["resourceId"].clone());
    }
    for ((name, kind), id) in names.iter().zip(&ids) {
        let every = |text: &str| text.bytes().fold(String::new(), |all, byte| all + &format!("%{byte:02x}"));
        let lenient = |text: &str| encode(text).replace("%20", "+");
        for escaped in [&encode as &dyn Fn(&str) -> String, &every, &lenient] {
            let query = format!("resourceName={}&resourceType={}", escaped(name), escaped(kind));
            for path in [format!("/resource/search/{did}?{query}"), format!("/1.0/identifiers/{did}?{query}")]
            {
                let reply = house.get(&path).await;
                assert_eq!((reply.status, reply.text.as_str()), (200, *name), "{path}");
            }
            let listed = house.get(&format!("/resource/list?did={did}&{query}")).await.expect(200);
            assert_eq!((&listed["total"], &listed["resources"][0]["resourceId"]), (&json!(1), id), "{query}");
            let also = &listed["resources"][0]["alsoKnownAs"][0]["uri"];
            assert_eq!(also, "https://example.org/it", "{query}");
            let told = house.get(&format!("/resource/versions/{did}?{query}")).await.expect(200);
            assert_eq!((&told["total"], &told["versions"][0]["resourceId"]), (&json!(1), id), "{query}");
            assert_eq!((&told["resourceName"], &told["resourceType"]), (&json!(name), &json!(kind)));
            let url = told["versions"][0]["didUrls"]["latest"].as_str().expect("a DID URL");
            assert_eq!(house.get(&format!("/1.0/identifiers/{url}")).await.text, *name, "{url}");
        }
        let variables = json!({"did": did, "name": name, "type": kind});
        let listed = ask(&house, LISTED, variables.clone()).await["resources"]["nodes"].clone();
        assert_eq!((listed.as_array().map(Vec::len), &listed[0]["resourceId"]), (Some(1), id), "{name}");
        let history = ask(&house, HISTORY, variables.clone()).await["resourceHistory"].clone();
        assert_eq!(
            (&history["totalCount"], &history["versions"][0]["resourceId"]),
            (&json!(1), id),
            "{name}"
        );
        let mut asked = variables;
        asked["at"] = json!("2999-01-01T00:00:00Z");
        assert_eq!(&ask(&house, AT, asked).await["resourceAt"]["resourceId"], id, "{name}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_give_the_type_and_refuse_what_does_not_fit() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let templates = house.get("/resource/templates").await.expect(200)["templates"].clone();
    let seen = ask(
        &house,
        "{ resourceTemplates { id resourceType mediaType mediaTypes title example contentSchema } }",
        json!({}),
    )
    .await;
    let seen = seen["resourceTemplates"].as_array().expect("templates").clone();
    assert_eq!((templates.as_array().map(Vec::len), seen.len()), (Some(4), 4));
    for (place, template) in templates.as_array().expect("templates").iter().enumerate() {
        for member in ["id", "resourceType", "mediaType", "mediaTypes", "title", "contentSchema"] {
            assert_eq!(template[member], seen[place][member], "{member}");
        }
        let (id, example) = (&template["id"], seen[place]["example"].as_str().expect("a text"));
        if template["example"].is_object() {
            assert_eq!(template["example"], serde_json::from_str::<Value>(example).expect("JSON"), "{id}");
        } else {
            assert_eq!(template["example"], example, "{id}");
        }
        let data = BASE64_STANDARD.encode(example);
        let body =
            json!({"name": format!("by REST {id}"), "template": id, "encoding": "base64", "data": data});
        let made = house.post(&format!("/resource/create/{did}"), body).await.expect(201)["resource"].clone();
        assert_eq!(
            (&made["resourceType"], &made["mediaType"]),
            (&template["resourceType"], &template["mediaType"])
        );
        let input = json!({"did": did, "name": format!("by GraphQL {id}"), "template": id, "encoding": "TEXT", "data": example});
        let made = create(&house, input).await;
        assert_eq!(
            (&made["userErrors"], &made["resource"]["resourceType"]),
            (&json!([]), &template["resourceType"])
        );
    }

    let before = operations(&house).await;
    let schema = json!({"type": "object", "properties": {"age": {"type": "strng"}}}).to_string();
    let sentence = "data does not fit the template json-schema: /properties/age/type should be one of \"array\", \"boolean\", \
        \"integer\", \"null\", \"number\", \"object\", \"string\"";
    let body = json!({"name": "S", "template": "json-schema", "encoding": "base64", "data": BASE64_STANDARD.encode(&schema)});
    for path in ["", "?dryRun=true"] {
        let reply = house.post(&format!("/resource/create/{did}{path}"), body.clone()).await;
        assert_eq!(
            (reply.status, &reply.body["code"]),
            (400, &json!("resource/template-mismatch")),
            "{}",
            reply.text
        );
        assert_eq!(
            (&reply.body["error"], &reply.body["pointer"]),
            (&json!(sentence), &json!("/properties/age/type"))
        );
    }
    let input =
        json!({"did": did, "name": "S", "template": "json-schema", "encoding": "TEXT", "data": schema});
    let error = create(&house, input).await["userErrors"][0].clone();
    assert_eq!((&error["code"], &error["message"]), (&json!("resource/template-mismatch"), &json!(sentence)));
    assert_eq!(error["details"]["pointer"], "/properties/age/type");
    for (change, field) in [(json!({"template": "zap"}), "template"), (json!({"type": "Note"}), "type")] {
        let mut body = json!({"name": "S", "template": "json-schema", "encoding": "hex", "data": "7b7d"});
        body.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        let reply = house.post(&format!("/resource/create/{did}"), body).await;
        assert_eq!((reply.status, &reply.body["field"]), (400, &json!(field)), "{}", reply.text);
    }
    // The same by a client that signs for itself.
    let mut by_client = body.clone();
    by_client["mode"] = json!("client");
    let reply = house.post(&format!("/resource/create/{did}"), by_client).await;
    assert_eq!((reply.status, &reply.body["code"]), (400, &json!("resource/template-mismatch")));
    let typeless = json!({"name": "S", "encoding": "hex", "data": "7b7d"});
    let reply = house.post(&format!("/resource/create/{did}"), typeless).await;
    assert_eq!((reply.status, &reply.body["error"]), (400, &json!("type is required")));
    assert_eq!(operations(&house).await, before, "nothing was requested");
    house.stop().await;
}

/// Anybody can publish a page on the ledger; whoever serves it lets it do nothing, least of all with the session of who looks.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_runs_no_script_where_it_is_served() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let page = b"<!DOCTYPE html><html><script>fetch('/account')</script></html>";
    let made = publish(&house, &did, "page", "Page", page).await;
    let id = made["resourceId"].as_str().expect("an id");
    for path in [
        format!("/1.0/identifiers/{did}/resources/{id}"),
        format!("/1.0/identifiers/{did}?resourceName=page&resourceType=Page"),
        format!("/resource/search/{did}?resourceId={id}"),
    ] {
        let reply = house.get(&path).await;
        assert_eq!((reply.status, reply.text.as_bytes()), (200, &page[..]), "{path}");
        let policy = reply.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{path}: {policy}");
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
    }
    house.stop().await;
}

async fn create(house: &TestHouse, input: Value) -> Value {
    let query = "mutation M($input: CreateResourceInput!) { createResource(input: $input) {
        userErrors { code message details } resource { resourceType } } }";
    ask(house, query, json!({"input": input})).await["createResource"].clone()
}

async fn operations(house: &TestHouse) -> usize {
    house.get("/operations").await.expect(200)["operations"].as_array().expect("operations").len()
}

async fn with_blocks(max_bytes: i64, max_gas: i64) -> (TestHouse, TestDatabase) {
    let clock = Arc::new(|| app::port::Clock::now(&SystemClock));
    let mut config = DevnetConfig::new(clock);
    let mut genesis = Genesis::default();
    (genesis.block_params.max_bytes, genesis.block_params.max_gas) = (max_bytes, max_gas);
    config.genesis = Some(genesis);
    let node = Node::Devnet(devnet::start(config).await.expect("devnet starts"));
    let database = TestDatabase::create().await;
    (TestHouse::on(node, database.pool.clone(), &[]).await, database)
}

/// What no block holds would wait for ever, and everything of the DID behind it.
#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_as_large_as_the_blocks_of_the_chain_allow() {
    for (max_bytes, max_gas, most) in [(60_000, -1, 38_000), (-1, 1_150_000, 20_000)] {
        let (house, _database) = with_blocks(max_bytes, max_gas).await;
        let did = house.did().await;
        let before = operations(&house).await;
        let large = json!({"name": "L", "type": "T", "encoding": "base64", "data": BASE64_STANDARD.encode(vec![b'x'; most + 1])});
        let mut by_client = large.clone();
        by_client["mode"] = json!("client");
        for (query, body) in [("", &large), ("?dryRun=true", &large), ("", &by_client)] {
            let reply = house.post(&format!("/resource/create/{did}{query}"), body.clone()).await;
            assert_eq!(
                (reply.status, &reply.body["code"]),
                (413, &json!("resource/too-large")),
                "{}",
                reply.text
            );
            let sentence = reply.body["error"].as_str().expect("a sentence");
            assert!(sentence.ends_with(&format!("the ledger takes at most {most}.")), "{sentence}");
        }
        let input = json!({"did": did, "name": "L", "resourceType": "T", "encoding": "TEXT", "data": "x".repeat(most + 1)});
        assert_eq!(create(&house, input).await["userErrors"][0]["code"], "resource/too-large");
        assert_eq!(operations(&house).await, before, "nothing was requested");
        // The message has some bytes around its data, and a block holds it.
        publish(&house, &did, "L", "T", &vec![b'x'; most - 600]).await;
        house.stop().await;
    }
}
