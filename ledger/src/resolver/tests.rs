//! What may come from the cache and what must be asked for, and the order of histories.

use super::*;
use crate::{
    LedgerConfig, NetworkConfig,
    mock::{Mock, Reply, refusal, value},
};
use app::FaultKind;
use domain::id::Network;
use proto::{
    cheqd::{did::v2 as pdid, resource::v2 as presource},
    google::protobuf::Timestamp,
};
use sha2::{Digest as _, Sha256};

const DID: &str = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";

fn did() -> Did {
    DID.parse().unwrap()
}

async fn resolver(script: Vec<Reply>) -> (CheqdResolver, Mock) {
    let mock = Mock::start(script).await;
    let config = NetworkConfig { rpc_urls: vec![mock.url.clone()], chain_id: None };
    let config = LedgerConfig { networks: [(Network::Testnet, config)].into() };
    (CheqdResolver::new(Arc::new(CheqdLedger::new(&config).unwrap())), mock)
}

fn time(seconds: i64) -> Timestamp {
    Timestamp { seconds, nanos: 0 }
}

fn document(version: &str, deactivated: bool) -> Reply {
    value(&pdid::QueryDidDocResponse {
        value: Some(pdid::DidDocWithMetadata {
            did_doc: Some(pdid::DidDoc { id: DID.to_owned(), ..Default::default() }),
            metadata: Some(pdid::Metadata {
                created: Some(time(1)),
                version_id: version.to_owned(),
                deactivated,
                ..Default::default()
            }),
        }),
    })
}

fn a_resource(next: &str) -> Reply {
    a_resource_of(next, &hex::encode(Sha256::digest(b"{}")))
}

fn a_resource_of(next: &str, checksum: &str) -> Reply {
    value(&presource::QueryResourceResponse {
        resource: Some(presource::ResourceWithMetadata {
            resource: Some(presource::Resource { data: b"{}".to_vec() }),
            metadata: Some(presource::Metadata {
                id: "r1".to_owned(),
                created: Some(time(1)),
                next_version_id: next.to_owned(),
                checksum: checksum.to_owned(),
                ..Default::default()
            }),
        }),
    })
}

#[tokio::test]
async fn a_fresh_read_always_asks_and_a_cached_one_does_not() {
    let (resolver, mock) = resolver(vec![document("v1", false), document("v2", false)]).await;
    let version = |found: Option<ResolvedDid>| found.unwrap().version_id;
    assert_eq!(version(resolver.did(&did(), None, Freshness::Cached).await.unwrap()), "v1");
    assert_eq!(version(resolver.did(&did(), None, Freshness::Cached).await.unwrap()), "v1");
    assert_eq!(version(resolver.did(&did(), None, Freshness::Fresh).await.unwrap()), "v2");
    assert_eq!(version(resolver.did(&did(), None, Freshness::Cached).await.unwrap()), "v2");
    assert_eq!(mock.methods().len(), 2);
}

#[tokio::test]
async fn the_end_of_a_did_is_final_and_need_not_be_asked_twice() {
    let (resolver, mock) = resolver(vec![document("v9", true)]).await;
    for _ in 0..2 {
        assert!(resolver.did(&did(), None, Freshness::Fresh).await.unwrap().unwrap().deactivated);
    }
    assert_eq!(mock.methods().len(), 1);
}

#[tokio::test]
async fn absence_is_never_remembered() {
    let none = refusal(6, "x: not found: unknown request");
    let (resolver, _mock) = resolver(vec![none, document("v1", false)]).await;
    assert_eq!(resolver.did(&did(), None, Freshness::Cached).await.unwrap(), None);
    assert!(resolver.did(&did(), None, Freshness::Cached).await.unwrap().is_some());
}

#[tokio::test]
async fn a_resource_is_asked_for_once_and_a_latest_one_when_it_must_be_fresh() {
    let (resolver, mock) = resolver(vec![a_resource("r2"), a_resource(""), a_resource("")]).await;
    for _ in 0..3 {
        assert_eq!(resolver.resource(&did(), "r1").await.unwrap().unwrap().data, b"{}");
    }
    assert_eq!(mock.methods().len(), 1);
    for _ in 0..2 {
        resolver.latest_resource(&did(), "n", "t", Freshness::Fresh).await.unwrap();
    }
    assert_eq!(mock.methods().len(), 3);
    resolver.latest_resource(&did(), "n", "t", Freshness::Cached).await.unwrap();
    assert_eq!(mock.methods().len(), 3);
}

/// A node that answers other bytes than were written is not believed, and what it said is not remembered.
#[tokio::test]
async fn data_that_is_not_what_its_checksum_says_is_no_resource() {
    let wrong = || a_resource_of("r2", &hex::encode(Sha256::digest(b"{ }")));
    let (resolver, mock) = resolver(vec![wrong(), wrong(), a_resource_of("r2", ""), a_resource("r2")]).await;
    let latest = resolver.latest_resource(&did(), "n", "t", Freshness::Cached).await.unwrap_err();
    let first = resolver.resource(&did(), "r1").await.unwrap_err();
    let without = resolver.resource(&did(), "r1").await.unwrap_err();
    for fault in [latest, first, without] {
        assert_eq!(fault.kind, FaultKind::Unavailable);
    }
    assert!(resolver.resource(&did(), "r1").await.unwrap().is_some());
    assert_eq!(mock.methods().len(), 4);
}

#[tokio::test]
async fn no_answer_is_a_fault_and_not_absence() {
    let (resolver, _mock) = resolver(vec![Reply::Raw(503, String::new()), Reply::Cut]).await;
    for _ in 0..2 {
        let fault = resolver.did(&did(), None, Freshness::Fresh).await.unwrap_err();
        assert_eq!(fault.code, "ledger/unreachable");
    }
    let mainnet: Did = DID.replace("testnet", "mainnet").parse().unwrap();
    let fault = resolver.did(&mainnet, None, Freshness::Fresh).await.unwrap_err();
    assert_eq!(fault.code, "ledger/not-configured");
}

#[tokio::test]
async fn a_history_is_chronological_though_the_ledger_sorts_it_by_random_ids() {
    let entry = |id: &str, previous: &str, next: &str, updated: i64| pdid::Metadata {
        created: Some(time(10)),
        updated: (updated > 0).then(|| time(updated)),
        version_id: id.to_owned(),
        previous_version_id: previous.to_owned(),
        next_version_id: next.to_owned(),
        deactivated: false,
    };
    // b and c share a block time, so only the links tell their order.
    let versions = vec![
        entry("a", "c", "", 30),
        entry("b", "z", "c", 20),
        entry("c", "b", "a", 20),
        entry("z", "", "b", 0),
    ];
    let answer = pdid::QueryAllDidDocVersionsMetadataResponse { versions, pagination: None };
    let (resolver, _mock) = resolver(vec![value(&answer)]).await;
    let history = resolver.did_versions(&did()).await.unwrap();
    let ids: Vec<_> = history.iter().map(|version| version.version_id.as_str()).collect();
    assert_eq!(ids, ["z", "b", "c", "a"]);
}

#[tokio::test]
async fn resources_are_listed_oldest_first() {
    let entry = |id: &str, created| presource::Metadata {
        id: id.to_owned(),
        created: Some(time(created)),
        ..Default::default()
    };
    let answer = presource::QueryCollectionResourcesResponse {
        resources: vec![entry("a", 3), entry("b", 1), entry("c", 2)],
        pagination: None,
    };
    let (resolver, _mock) = resolver(vec![value(&answer)]).await;
    let list = resolver.resources(&did(), Freshness::Fresh).await.unwrap();
    assert_eq!(list.iter().map(|metadata| metadata.id.as_str()).collect::<Vec<_>>(), ["b", "c", "a"]);
}
