use super::*;
use crate::{
    Input,
    captured::{capture, names},
    input::Query,
};
use app::{
    Fault,
    status_list::{CheckedEntry, Selection, StatusSelector},
};
use chrono::{TimeZone, Utc};
use domain::{
    credential::StatusAction,
    id::{CustomerId, Did, Instant, StatusListId},
    ledger::Inclusion,
    status_list::{ListCategory, ListDescription, ListPhase, ListType, StatusMessage, StatusPurpose},
};
use projections::StatusListRow;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

const DID: &str = "did:cheqd:testnet:3097a653-f223-4d45-9d4a-3ad53f9f7727";

fn created(query: &str, body: Value) -> Result<app::status_list::CreateStatusList, Fault> {
    let Value::Object(members) = body else { panic!("a body is an object") };
    create::parse(&Query::parse(query).unwrap(), &Input::json(members))
}

fn refused(query: &str, body: Value) -> String {
    created(query, body).unwrap_err().public
}

#[test]
fn what_cheqd_studio_refuses_is_refused_in_the_same_words() {
    for number in ["129", "130", "131", "132"] {
        let capture = capture(number);
        for input in [capture.input(), capture.form()] {
            let fault = create::parse(&capture.query(), &input).unwrap_err();
            assert_eq!(fault.public, capture.error(), "{number}");
        }
    }
    for number in ["146", "148"] {
        let capture = capture(number);
        let fault = change::parse(&capture.query(), &capture.input()).unwrap_err();
        assert!(capture.error().ends_with(&fault.public), "{number}: {}", fault.public);
    }
    let capture = capture("152");
    assert_eq!(check::parse(&capture.query(), &capture.input()).unwrap_err().public, capture.error());
}

#[test]
fn a_recorded_creation_is_read_from_json_and_from_a_form() {
    for number in ["135", "137", "138", "207"] {
        let capture = capture(number);
        let [from_json, from_form] = [capture.input(), capture.form()]
            .map(|input| format!("{:?}", create::parse(&capture.query(), &input).unwrap()));
        assert_eq!(from_json, from_form, "{number}");
    }
    let capture = capture("207");
    let list = create::parse(&capture.query(), &capture.input()).unwrap();
    assert_eq!(list.purposes, [StatusPurpose::Message, StatusPurpose::Revocation]);
    assert_eq!(list.status_size_bits, Some(2));
    assert_eq!(list.messages.len(), 4);
    assert_eq!(list.also_known_as.len(), 1);
    assert_eq!(list.ttl_milliseconds, Some(3_600_000));
    assert_eq!(list.list_type, ListType::BitstringStatusList);
}

#[test]
fn purposes_may_be_repeated_separated_by_commas_or_stand_in_the_body() {
    let body = json!({"did": DID, "statusListName": "a"});
    let purposes = |query: &str, body: &Value| created(query, body.clone()).unwrap().purposes;
    let both = [StatusPurpose::Message, StatusPurpose::Revocation];
    assert_eq!(purposes("listType=BitstringStatusList&statusPurpose=message,revocation", &body), both);
    assert_eq!(
        purposes("listType=BitstringStatusList&statusPurpose=message&statusPurpose=revocation", &body),
        both
    );
    let all_in_body = json!({
        "did": DID, "statusListName": "a", "listType": "BitstringStatusList",
        "statusPurpose": ["message", "revocation"],
    });
    assert_eq!(purposes("", &all_in_body), both);
    assert_eq!(
        refused("listType=StatusList2021&statusPurpose=revocation,suspension", body.clone()),
        "statusPurpose: multiple values only allowed for BitstringStatusList"
    );
    assert_eq!(
        refused("listType=BitstringStatusList&statusPurpose=message,message", body.clone()),
        "statusPurpose: duplicate values not allowed"
    );
    assert_eq!(
        refused("listType=BitstringStatusList&statusPurpose=,", body),
        "statusPurpose: cannot be empty"
    );
}

#[test]
fn every_rule_of_a_creation_has_its_sentence() {
    let query = "listType=BitstringStatusList&statusPurpose=message";
    let table = [
        (json!({"statusListName": "a"}), "did: required"),
        (json!({"did": 1, "statusListName": "a"}), "DID should be a string"),
        (json!({"did": DID, "statusListName": ""}), "statusListName: should be a non-empty string"),
        (json!({"did": DID, "statusListName": 1}), "statusListName: should be a string"),
        (
            json!({"did": DID, "statusListName": "a", "statusListVersion": 1}),
            "statusListVersion: should be a string",
        ),
        (json!({"did": DID, "statusListName": "a", "alsoKnownAs": {}}), "alsoKnownAs: should be an array"),
        (
            json!({"did": DID, "statusListName": "a", "alsoKnownAs": []}),
            "alsoKnownAs: should be a non-empty array",
        ),
        (
            json!({"did": DID, "statusListName": "a", "alsoKnownAs": [{"uri": "x"}]}),
            "alsoKnownAs: should be an array of objects with `description` and `uri` properties of type string, non-empty",
        ),
        (json!({"did": DID, "statusListName": "a", "length": "x"}), "length: should be a number"),
        (json!({"did": DID, "statusListName": "a", "length": 1.5}), "length: should be an integer"),
        (json!({"did": DID, "statusListName": "a", "length": 0}), "length: should be a positive integer"),
        (json!({"did": DID, "statusListName": "a", "length": -1}), "length: should be a positive integer"),
        (
            json!({"did": DID, "statusListName": "a", "encoding": "hex"}),
            "encoding: invalid encoding, should be base64url for BitstringStatusList",
        ),
        (json!({"did": DID, "statusListName": "a", "statusSize": "2"}), "statusSize: should be a number"),
        (
            json!({"did": DID, "statusListName": "a", "statusSize": 9}),
            "statusSize: should be an integer between 1 and 8",
        ),
        (
            json!({"did": DID, "statusListName": "a", "statusSize": 3}),
            "statusSize must be 1, 2, 4, or 8 bits",
        ),
        (
            json!({"did": DID, "statusListName": "a", "statusMessages": {}}),
            "statusMessages: should be an array",
        ),
        (
            json!({"did": DID, "statusListName": "a", "statusSize": 2, "statusMessages": [{"status": "0x0", "message": "v"}]}),
            "statusMessages: array size must be 2^statusSize when statusSize > 1",
        ),
        (json!({"did": DID, "statusListName": "a", "ttl": -1}), "ttl must be a non-negative number"),
        (
            json!({"did": DID, "statusListName": "a", "credentialCategory": "x"}),
            "credentialCategory: invalid category, should be one of ['credential', 'accreditation']",
        ),
        (json!({"did": DID, "statusListName": "a", "encodedList": 1}), "encodedList: should be a string"),
    ];
    for (body, sentence) in table {
        assert_eq!(refused(query, body.clone()), sentence, "{body}");
    }
}

#[test]
fn indices_are_one_or_several_and_zero_is_an_index() {
    let parsed = |indices: Value| {
        let body = json!({"did": DID, "statusListName": "a", "indices": indices});
        let query = "listType=BitstringStatusList&statusAction=revoke";
        change::parse(&Query::parse(query).unwrap(), &Input::json(body.as_object().unwrap().clone()))
            .map(|change| change.indices)
            .map_err(|fault| fault.public)
    };
    let wrong = Err("indices: should be a positive integer or an array of positive integers".to_owned());
    assert_eq!(parsed(json!(0)), Ok(vec![0]));
    assert_eq!(parsed(json!([3, 1])), Ok(vec![3, 1]));
    for bad in [json!([]), json!([-1]), json!(["1"]), json!("1"), json!(1.5), json!([4_294_967_296_u64])] {
        assert_eq!(parsed(bad.clone()), wrong, "{bad}");
    }
    let form = Input::decode(
        Some("application/x-www-form-urlencoded"),
        format!("did={DID}&statusListName=a&indices=1,2").as_bytes(),
    )
    .unwrap();
    let query = Query::parse("listType=BitstringStatusList&statusAction=3").unwrap();
    let change = change::parse(&query, &form).unwrap();
    assert_eq!((change.indices, change.selector), (vec![1, 2], StatusSelector::Value(3)));
}

#[test]
fn an_action_picks_the_list_of_its_purpose_and_a_value_needs_values() {
    let parsed = |query: &str| {
        let body = json!({"did": DID, "statusListName": "a", "indices": 1});
        change::parse(&Query::parse(query).unwrap(), &Input::json(body.as_object().unwrap().clone()))
    };
    let purpose =
        |action: &str| parsed(&format!("listType=StatusList2021&statusAction={action}")).unwrap().purpose;
    assert_eq!(purpose("revoke"), StatusPurpose::Revocation);
    assert_eq!(purpose("suspend"), StatusPurpose::Suspension);
    assert_eq!(purpose("reinstate"), StatusPurpose::Suspension);
    assert!(parsed("listType=StatusList2021&statusAction=1").is_err());
    // cheqd Studio takes this for 2.
    assert!(parsed("listType=BitstringStatusList&statusAction=2abc").is_err());
    assert_eq!(parsed("listType=BitstringStatusList").unwrap_err().public, "statusAction: required");
}

fn question(number: &'static str) -> app::status_list::CheckStatus {
    let capture = capture(number);
    check::parse(&capture.query(), &capture.input()).unwrap()
}

#[test]
fn checks_answer_with_the_recorded_members() {
    let one = question("149");
    assert_eq!(one.selection, Selection::One(10));
    let entry = |index, value| CheckedEntry { index, value, message: None };
    let ours = check::answered(&one, &[entry(10, Ok(1))]).unwrap();
    capture("149").assert_superset(&ours, &[]);
    assert_eq!(ours["revoked"], true);

    let bulk = question("151");
    assert_eq!(bulk.selection, Selection::Many(vec![9, 10, 20, 999_999]));
    let valid = CheckedEntry { index: 9, value: Ok(0), message: Some("valid".to_owned()) };
    let ours =
        check::answered(&bulk, &[valid, entry(10, Ok(1)), entry(999_999, Err("RANGE_ERROR".to_owned()))])
            .unwrap();
    capture("151").assert_superset(&ours, &[]);
    assert_eq!(ours[1], json!({"status": 1, "purpose": "message", "valid": false, "index": 10}));
    assert_eq!(names(&capture("151").response()[3]), names(&ours[2]));
    assert_eq!(ours[2]["status"], -1);
    assert_eq!(ours[2]["error"], "RANGE_ERROR");

    let fault = check::answered(&one, &[entry(10, Err("RANGE_ERROR".to_owned()))]).unwrap_err();
    assert_eq!(fault.members["checked"], false);
}

#[test]
fn a_check_is_about_one_list_and_bearably_many_entries() {
    let asked = |extra: Value| {
        let mut body = json!({"did": DID, "statusListName": "a b"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let query = Query::parse("listType=BitstringStatusList&statusPurpose=message").unwrap();
        check::parse(&query, &Input::json(body.as_object().unwrap().clone())).map_err(|fault| fault.public)
    };
    let url = format!("{DID}?resourceName=a%20b&resourceType=BitstringStatusListCredential");
    let range =
        asked(json!({"indexRangeStart": 3, "indexRangeEnd": 5, "statusListCredential": url})).unwrap();
    assert_eq!(range.selection, Selection::Many(vec![3, 4, 5]));
    let web = format!(
        "https://resolver.example/1.0/identifiers/{DID}?resourceName=a b&resourceType=BitstringStatusListCredential"
    );
    assert_eq!(asked(json!({"index": 0, "statusListCredential": web})).unwrap().selection, Selection::One(0));
    let table = [
        (
            json!({"index": 1}),
            "check: error: 'statusListCredential' is required for BitstringStatusList type",
        ),
        (
            json!({"index": 1, "statusListCredential": format!("{DID}?resourceName=other&resourceType=BitstringStatusListCredential")}),
            "check: error: 'statusListCredential' names another list than 'did' and 'statusListName'",
        ),
        (
            json!({"indexRangeStart": 5, "indexRangeEnd": 3, "statusListCredential": url}),
            "indexRangeEnd: should be an integer greater than or equal to indexRangeStart",
        ),
        (
            json!({"indexRangeStart": 0, "indexRangeEnd": 10_000, "statusListCredential": url}),
            "indexRangeEnd: at most 10000 entries can be checked at once",
        ),
        (json!({"indices": [-1]}), "indices: should be an array of non-negative integers"),
        (json!({"index": -1}), "index: should be a positive number"),
        (json!({"index": "x"}), "index: should be a number"),
        (json!({"index": 1.5}), "index: should be an integer"),
    ];
    for (extra, sentence) in table {
        assert_eq!(asked(extra.clone()).unwrap_err(), sentence, "{extra}");
    }
}

#[test]
fn searches_and_lists_are_refused_in_the_contracts_words() {
    assert_eq!(search::refused("").unwrap(), "statusPurpose: required");
    let base = format!("did={DID}&statusListName=a");
    assert_eq!(search::refused(&format!("{base}&listType=BitstringStatusList")), None);
    assert_eq!(
        search::refused(&format!("{base}&listType=StatusList2021&statusPurpose=message")).unwrap(),
        "statusPurpose: invalid statusPurpose, should be one of revocation, suspension"
    );
    assert_eq!(list::refused("did=x").unwrap(), "did: should be a valid DID");
    assert_eq!(
        list::refused("state=x").unwrap(),
        "state: invalid state, should be one of ['ACTIVE', 'STANDBY', 'FULL']"
    );
    assert_eq!(list::refused("deprecated=x").unwrap(), "deprecated: should be a boolean");
    assert_eq!(list::refused("state=STANDBY&listType=nothing"), None);
}

fn at() -> Instant {
    Utc.with_ymd_and_hms(2026, 11, 22, 4, 16, 16).unwrap()
}

fn row() -> StatusListRow {
    let did = Did::parse(DID).unwrap();
    StatusListRow {
        list: StatusListId(Uuid::from_u128(1)),
        customer: CustomerId(Uuid::from_u128(2)),
        network: did.network(),
        name: "sl rev".to_owned(),
        resource_type: "StatusList2021Revocation".to_owned(),
        list_type: ListType::StatusList2021,
        description: ListDescription {
            did: did.clone(),
            name: "sl rev".to_owned(),
            resource_type: "StatusList2021Revocation".to_owned(),
            list_type: ListType::StatusList2021,
            purposes: vec![StatusPurpose::Revocation],
            length: 131_072,
            status_size_bits: 1,
            encoding: None,
            messages: Vec::<StatusMessage>::new(),
            ttl_milliseconds: None,
            category: ListCategory::Accreditation,
            served: None,
        },
        did,
        phase: ListPhase::Live,
        allocated: 131_072,
        revision: 0,
        published_revision: 0,
        latest_resource: None,
        inclusion: None::<Inclusion>,
        pending: BTreeMap::new(),
        rejection: None,
        created_at: at(),
        updated_at: at(),
        position: 1,
    }
}

#[test]
fn a_record_has_the_recorded_members() {
    let record = serde_json::to_value(list::recorded(row())).unwrap();
    let theirs = capture("155");
    let theirs = theirs.response()["records"][0].clone();
    assert!(names(&theirs).is_subset(&names(&record)), "{record:#}");
    assert_eq!(record["credentialCategory"], "accreditation");
    assert_eq!(record["state"], "FULL");
    assert_eq!(record["statusPurpose"], "revocation");
    assert_eq!(record["createdAt"], "2026-11-22T04:16:16.000Z");
}

#[test]
fn the_action_of_a_list_of_bits_is_told_per_index() {
    assert_eq!(crate::credential::StatusAnswer::member(StatusAction::Reinstate), "unsuspended");
    let capture = capture("140");
    let parsed = change::parse(&capture.query(), &capture.input()).unwrap();
    assert_eq!(parsed.selector, StatusSelector::Action(StatusAction::Revoke));
    let metadata = app::port::resolver::ResourceMetadata {
        collection_id: "3097a653-f223-4d45-9d4a-3ad53f9f7727".to_owned(),
        id: "e040a7e1-d63e-4f25-a348-eca07e76dc45".to_owned(),
        name: "sl-rev".to_owned(),
        resource_type: "StatusList2021Revocation".to_owned(),
        version: "1".to_owned(),
        also_known_as: Vec::new(),
        media_type: "application/json".to_owned(),
        created: at(),
        checksum: "00".to_owned(),
        previous_version_id: None,
        next_version_id: None,
    };
    let content = capture.response()["resource"].clone();
    let applied = app::status_list::Applied {
        list: StatusListId(Uuid::from_u128(1)),
        changed: true,
        published: Some((content.clone(), metadata)),
        operation: None,
        description: row().description,
        value: 1,
        previous: vec![0, 0],
        content: Some(content),
    };
    let ours = Value::Object(change::changed(&applied, parsed.selector, parsed.indices.len()));
    capture.assert_superset(&ours, &[]);
    assert_eq!(ours["revoked"], json!([true, true]));
    // cheqd Studio's own shape when every entry said so already.
    let nothing = app::status_list::Applied { changed: false, published: None, content: None, ..applied };
    let ours = change::changed(&nothing, StatusSelector::Value(1), 2);
    assert_eq!(Value::Object(ours), *self::capture("144").response());
}

#[test]
fn a_list_of_then_is_kept_only_once_no_block_of_then_can_follow() {
    let now = Utc.timestamp_opt(1_800_000_000, 0).unwrap();
    let ago = |seconds| Some(now - chrono::TimeDelta::seconds(seconds));
    for (ttl, at, kept) in [
        (None, None, None),
        (Some(60), None, Some(60)),
        (Some(60), ago(1), None),
        (None, ago(300), None),
        (None, ago(301), Some(86_400)),
        (Some(60), ago(301), Some(86_400)),
    ] {
        assert_eq!(serve::kept_seconds(ttl, at, now), kept, "{ttl:?} {at:?}");
    }
}
