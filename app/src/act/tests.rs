mod gate;

use super::{
    idempotency::{Claim, asked},
    kept::Kept,
    perform::kept,
    *,
};
use crate::{FaultKind, did::DeactivateDid, port::replies::Fate};
use domain::id::{CustomerId, Did, Instant, Ncheq, OperationId};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

const DID: &str = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";

fn call(customer: u128) -> Call {
    Call {
        who: Principal::unbounded(CustomerId(Uuid::from_u128(customer)), Actor::Operator),
        command_id: Uuid::nil(),
        correlation_id: Uuid::nil(),
        traceparent: None,
        at: Instant::UNIX_EPOCH,
        wait_seconds: 0,
        dry_run: false,
        fee_max: None,
        desk: crate::Desk::default(),
    }
}

/// What the vault would hash with the tenant's key.
fn claim(call: &Call, key: &str, act: &impl Act) -> Claim {
    let IdempotencyKey(key) = IdempotencyKey::parse("Idempotency-Key", key).unwrap();
    Claim { key, hash: hex::encode(asked(call, act.spec(), act).unwrap()) }
}

fn ending(did: &str) -> DeactivateDid {
    DeactivateDid(Did::parse(did).unwrap())
}

#[test]
fn every_act_has_a_name_of_its_own_and_needs_something() {
    let names: BTreeSet<_> = ACTS.iter().map(|spec| spec.name).collect();
    assert_eq!(names.len(), ACTS.len(), "a kept key would be bound to two acts");
    let needs: BTreeSet<_> = ACTS.iter().map(|spec| spec.needs.name).collect();
    assert_eq!(needs.len(), ACTS.len(), "what is allowed for one act would allow another");
    for spec in ACTS {
        let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || "-.:".contains(c));
        assert!(is_plain(spec.name) && spec.name.split('.').count() == 2, "{}", spec.name);
        assert!(is_plain(spec.needs.name) && spec.needs.name.contains(':'), "{}", spec.needs.name);
    }
}

#[test]
fn who_may_do_what_is_said_by_scope_and_network() {
    let only = |scopes: &[&str], networks: Networks| Principal {
        scopes: Scopes::Only(scopes.iter().map(|scope| (*scope).to_owned()).collect()),
        networks,
        ..call(1).who
    };
    let (here, there) = (Some(Network::Testnet), Some(Network::Mainnet));
    let tester = only(&["create:did:testnet", "list:did:testnet", "read:key"], Networks::All);
    assert!(tester.may(&DID_CREATE, here).is_ok());
    assert!(tester.may(&DID_LIST, None).is_ok(), "a list of any network");
    assert!(tester.may(&KEY_READ, None).is_ok());
    let refused = tester.may(&DID_CREATE, there).unwrap_err();
    assert_eq!((refused.kind, refused.code), (FaultKind::Forbidden, "auth/forbidden"));
    assert_eq!(refused.members["scope"], "create:did:mainnet");
    assert_eq!(tester.may(&KEY_CREATE, None).unwrap_err().members["scope"], "create:key");
    assert!(only(&["create:did"], Networks::All).may(&DID_CREATE, here).is_err(), "a network is part of it");

    let local = Networks::Only(BTreeSet::from([Network::Testnet]));
    let bound = Principal { scopes: Scopes::All, networks: local, ..call(1).who };
    assert!(bound.may(&DID_CREATE, here).is_ok() && bound.may(&KEY_CREATE, None).is_ok());
    assert!(bound.may(&DID_CREATE, there).is_err());
    assert_eq!(bound.reach(&DID_LIST, None).unwrap(), here, "narrowed to what he may see");
    let nowhere = Principal { networks: Networks::Only(BTreeSet::new()), ..bound };
    for spec in ACTS {
        for network in [None, here, there] {
            assert!(
                nowhere.may(spec, network).is_err() && nowhere.reach(spec, network).is_err(),
                "{}",
                spec.name
            );
        }
    }
}

/// A write that names no network in its scope is either about what no network has, or shut for whoever is bound to one. A new act
/// of another noun must say which.
#[test]
fn whoever_is_bound_to_a_network_changes_nothing_of_another() {
    // Signatures, and the end, are for one job, whose network is looked at once it is known.
    const OF_NO_NETWORK: [&str; 9] = [
        "account",
        "api-key",
        "organisation",
        "member",
        "member-role",
        "invitation",
        "role",
        "key",
        "session",
    ];
    let here = Networks::Only(BTreeSet::from([Network::Testnet]));
    let bound = Principal { networks: here, ..call(1).who };
    for spec in ACTS.iter().copied().filter(|spec| spec.effect.is_write() && !spec.needs.per_network) {
        let noun = spec.name.split('.').next().unwrap();
        let is_of_none = OF_NO_NETWORK.contains(&noun) || [&JOB_CANCEL, &JOB_SIGN].contains(&spec);
        assert_eq!(spec.every_network, !is_of_none, "{}", spec.name);
        assert_eq!(bound.may(spec, None).is_ok(), is_of_none, "{}", spec.name);
    }
}

#[test]
fn act_and_content_make_the_request_and_the_wait_does_not() {
    let base = claim(&call(1), "k", &ending(DID));
    let patient = Call { wait_seconds: 30, at: Instant::MAX_UTC, ..call(1) };
    assert_eq!(base, claim(&patient, " k ", &ending(DID)));
    assert_eq!(base.hash, claim(&call(1), "other", &ending(DID)).hash);
    assert_ne!(base.hash, claim(&call(1), "k", &ending(&DID.replace('7', "8"))).hash);
    let capped = Call { fee_max: Some(Ncheq(1)), ..call(1) };
    assert_ne!(base.hash, claim(&capped, "k", &ending(DID)).hash);
    // The same content under another name.
    let erasure = crate::customer::EraseSubject(DID.to_owned());
    assert_ne!(base.hash, claim(&call(1), "k", &erasure).hash);
}

#[test]
fn the_command_is_the_same_for_the_same_customer_key_and_request_only() {
    let command = |customer, key, did: &str| {
        let call = call(customer);
        claim(&call, key, &ending(did)).command_id(&call)
    };
    let base = command(1, "k", DID);
    assert_eq!(base, command(1, "k", DID));
    assert_ne!(base, command(2, "k", DID));
    assert_ne!(base, command(1, "l", DID));
    assert_ne!(base, command(1, "k", &DID.replace('7', "8")));
}

#[test]
fn a_key_is_one_short_printable_text() {
    for bad in ["", " ", "a\nb", "ü", &"x".repeat(IDEMPOTENCY_KEY_CHARS_MAX + 1)] {
        assert_eq!(IdempotencyKey::parse("it", bad).unwrap_err().code, "idempotency/key-invalid", "{bad:?}");
    }
    let longest = "x".repeat(IDEMPOTENCY_KEY_CHARS_MAX);
    let parsed = |text: &str| IdempotencyKey::parse("it", text).unwrap();
    assert_eq!(parsed(&format!(" {longest} ")), parsed(&longest));
}

#[test]
fn only_final_answers_are_kept() {
    let fault = |kind, is_made: bool| {
        let fault = Fault::new(kind, "x/y", "No.");
        Err(if is_made { fault.with("operationId", Uuid::nil().to_string()) } else { fault })
    };
    let kept = |outcome: Result<Written<u8>, Fault>| kept(&outcome).map(|_| ());
    assert_eq!(kept(Ok(Written::Done(1))), Ok(()));
    assert_eq!(kept(Ok(Written::Pending(OperationId(Uuid::nil())))), Ok(()));
    assert_eq!(kept(fault(FaultKind::LedgerRefused, true)), Ok(()));
    assert_eq!(kept(fault(FaultKind::Conflict, true)), Ok(()));
    // Safety 13.
    assert_eq!(kept(fault(FaultKind::PaymentRequired, true)), Err(Fate::Hold));
    for kind in [FaultKind::Invalid, FaultKind::NotFound, FaultKind::Conflict, FaultKind::PaymentRequired] {
        assert_eq!(kept(fault(kind, false)), Err(Fate::LetGo), "{kind:?}");
    }
    for kind in [FaultKind::Unavailable, FaultKind::Bug, FaultKind::TooMany] {
        assert_eq!(kept(fault(kind, false)), Err(Fate::Hold), "{kind:?}");
    }
}

#[test]
fn a_kept_answer_reads_back_as_it_was() {
    let again = |bytes: Vec<u8>| serde_json::from_slice::<Kept<serde_json::Value>>(&bytes).unwrap().answer();
    let exact =
        json!({"number": serde_json::from_str::<serde_json::Value>("12345678901234567890123.50").unwrap()});
    let Ok(Written::Done(done)) = again(kept(&Ok(Written::Done(exact.clone()))).unwrap()) else {
        panic!("done")
    };
    assert_eq!(done.to_string(), exact.to_string(), "to the last digit");
    let operation = OperationId(Uuid::from_u128(7));
    let pending = again(kept::<()>(&Ok(Written::Pending(operation))).unwrap());
    assert!(matches!(pending, Ok(Written::Pending(same)) if same == operation));
    let refused = Fault::new(FaultKind::LedgerRefused, "ledger/rejected", "No.")
        .because("a detail")
        .with("operationId", operation.to_string());
    let Err(told) = again(kept::<()>(&Err(refused.clone())).unwrap()) else { panic!("refused") };
    assert_eq!((told.kind, told.code, told.members), (refused.kind, refused.code, refused.members));
    assert_eq!((told.public.as_str(), told.private), ("No.", None), "what is for the log is not kept");
}

#[test]
fn a_secret_is_in_no_kept_answer() {
    let issued = crate::customer::IssuedApiKey {
        key: domain::id::ApiKeyId(Uuid::nil()),
        secret: Some("caas_shown-once".to_owned()),
        name: "n".to_owned(),
        expires_at: Instant::UNIX_EPOCH,
        grant: None,
        token: crate::port::commands::Token(7),
    };
    let bytes = kept(&Ok(Written::Done(issued))).unwrap();
    assert!(!String::from_utf8(bytes.clone()).unwrap().contains("caas_"));
    let Ok(Written::Done(again)) = serde_json::from_slice::<Kept<_>>(&bytes).unwrap().answer() else {
        panic!("done")
    };
    let again: crate::customer::IssuedApiKey = again;
    assert_eq!((again.secret, again.name.as_str()), (None, "n"));
}
