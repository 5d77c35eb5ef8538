//! Refusals as the real node worded them, and accounts of every kind.

use super::*;
use crate::mock::{Mock, node, refusal, value};
use proto::cosmos::{
    base::v1beta1::Coin,
    vesting::v1beta1::{BaseVestingAccount, PeriodicVestingAccount},
};
use proto::to_any;

const DID: &str = "did:cheqd:testnet:658138e1-c720-4767-8589-79d016e3e195";

fn did() -> Did {
    DID.parse().unwrap()
}

#[test]
fn absence_is_told_from_every_other_refusal_of_the_real_node() {
    let corpus: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/data/corpus-excerpt.json")).unwrap();
    for case in corpus["usd"]["query_refusals"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let refusal = TxCode {
            code: u32::try_from(case["code"].as_u64().unwrap()).unwrap(),
            codespace: case["codespace"].as_str().unwrap().to_owned(),
            log: case["log"].as_str().unwrap().to_owned(),
        };
        let absent = ["missing", "unknown-denom", "did-wrong", "unknown-field", "collection-empty-id"];
        assert_eq!(
            is_absence(&refusal),
            absent.iter().any(|part| name.contains(part)),
            "{name}: {}",
            refusal.log
        );
    }
}

#[tokio::test]
async fn an_account_is_found_inside_every_wrapper() {
    let base = BaseAccount { account_number: 9, sequence: 4, ..BaseAccount::default() };
    let vesting = BaseVestingAccount { base_account: Some(base.clone()) };
    let any = [
        to_any(&base),
        to_any(&auth::ModuleAccount { base_account: Some(base), ..Default::default() }),
        to_any(&vesting),
        to_any(&PeriodicVestingAccount { base_vesting_account: Some(vesting.clone()) }),
    ];
    for account in any {
        let url = account.type_url.clone();
        let mock = Mock::start(vec![value(&auth::QueryAccountResponse { account: Some(account) })]).await;
        let account = node(&[&mock.url]).account("cheqd1x").await.unwrap();
        assert_eq!(account, Some(ChainAccount { number: 9, sequence: 4 }), "{url}");
    }
}

#[tokio::test]
async fn an_unknown_account_is_none_and_a_strange_one_a_fault() {
    let log = "rpc error: code = NotFound desc = account cheqd1x not found: key not found";
    let strange = Any { type_url: "/x.Strange".to_owned(), value: Vec::new() };
    let mock = Mock::start(vec![
        refusal(22, log),
        value(&auth::QueryAccountResponse { account: Some(strange) }),
        refusal(18, "decoding bech32 failed: invalid character not part of charset: 111: invalid request"),
    ])
    .await;
    let node = node(&[&mock.url]);
    assert_eq!(node.account("cheqd1x").await.unwrap(), None);
    assert!(node.account("cheqd1x").await.is_err());
    assert!(node.account("o").await.is_err());
}

#[tokio::test]
async fn a_balance_may_be_nothing_and_larger_than_64_bits() {
    let coin = |amount: &str| bank::QueryBalanceResponse {
        balance: Some(Coin { denom: DENOM.to_owned(), amount: amount.to_owned() }),
    };
    let mock = Mock::start(vec![
        value(&coin("0")),
        value(&coin("36893488147419103232")),
        value(&bank::QueryBalanceResponse::default()),
        value(&coin("1.5")),
    ])
    .await;
    let node = node(&[&mock.url]);
    assert_eq!(node.balance("a").await.unwrap(), Ncheq(0));
    assert_eq!(node.balance("a").await.unwrap(), Ncheq(1 << 65));
    assert_eq!(node.balance("a").await.unwrap(), Ncheq(0));
    assert!(node.balance("a").await.is_err());
}

#[tokio::test]
async fn ids_are_asked_for_in_lower_case_and_the_path_is_the_services() {
    let mock = Mock::start(vec![refusal(6, "diddoc version not found: not found: unknown request")]).await;
    let found =
        node(&[&mock.url]).did_doc(&did(), Some("ABCDEF00-0000-4000-8000-000000000000")).await.unwrap();
    assert!(found.is_none());
    let params = mock.last_params();
    assert_eq!(params["path"], "/cheqd.did.v2.Query/DidDocVersion");
    let bytes = hex::decode(params["data"].as_str().unwrap()).unwrap();
    let request = did::QueryDidDocVersionRequest::decode(bytes.as_slice()).unwrap();
    assert_eq!(
        (request.id.as_str(), request.version.as_str()),
        (DID, "abcdef00-0000-4000-8000-000000000000")
    );
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    use proto::cosmos::base::query::v1beta1::PageResponse;
    let page = |id: &str, next: &[u8]| resource::QueryCollectionResourcesResponse {
        resources: vec![resource::Metadata { id: id.to_owned(), ..Default::default() }],
        pagination: Some(PageResponse { next_key: next.to_vec(), total: 0 }),
    };
    let mock = Mock::start(vec![value(&page("a", b"k1")), value(&page("b", b""))]).await;
    let found = node(&[&mock.url]).collection(&did()).await.unwrap();
    assert_eq!(found.iter().map(|metadata| metadata.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let bytes = hex::decode(mock.last_params()["data"].as_str().unwrap()).unwrap();
    let request = resource::QueryCollectionResourcesRequest::decode(bytes.as_slice()).unwrap();
    assert_eq!(request.pagination.unwrap().key, b"k1");
}

#[tokio::test]
async fn a_chain_without_oracle_or_price_has_no_price() {
    let mock = Mock::start(vec![
        refusal(6, "unknown query path: unknown request"),
        refusal(22, "rpc error: code = NotFound desc = no WMA found for denom: CHEQ with strategy: BALANCED: key not found"),
        refusal(1, "something else"),
    ])
    .await;
    let node = node(&[&mock.url]);
    assert_eq!(node.price().await.unwrap(), None);
    assert_eq!(node.price().await.unwrap(), None);
    assert!(node.price().await.is_err());
}
