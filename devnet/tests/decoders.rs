//! The strict decoders of tendermint-rs accept what the devnet answers.
#![expect(clippy::disallowed_methods, reason = "tests take the time from the system")]
#![expect(clippy::unwrap_used, reason = "what goes wrong here must fail the test")]

use devnet::{DevnetConfig, FAUCET_ADDRESS, PUBLIC_ACCOUNTS, start};
use proto::Message;
use proto::cosmos::bank::v1beta1::{QueryBalanceRequest, QueryBalanceResponse};
use std::sync::Arc;
use tendermint::Hash;
use tendermint::block::Height;
use tendermint_rpc::{
    Error, Order, Response, SimpleRequest,
    endpoint::{
        abci_info, abci_query, block, block_results, broadcast::tx_sync, commit, consensus_params, header,
        health, net_info, status, tx, tx_search, validators,
    },
    query::Query,
};

/// The address of a node.
struct Node(String);

impl Node {
    async fn try_to<R: SimpleRequest>(&self, request: R) -> Result<R::Output, Error> {
        let call = reqwest::Client::new().post(&self.0).header("content-type", "application/json");
        let answer = call.body(request.into_json()).send().await.unwrap().text().await.unwrap();
        R::Response::from_string(answer).map(Into::into)
    }

    async fn ask<R: SimpleRequest>(&self, request: R) -> R::Output {
        self.try_to(request).await.unwrap()
    }
}

#[tokio::test]
async fn every_method_a_client_uses_decodes() {
    let devnet = start(DevnetConfig::new(Arc::new(chrono::Utc::now))).await.unwrap();
    devnet.fund(PUBLIC_ACCOUNTS[2].address, 5).unwrap();
    let height = Height::try_from(devnet.height()).unwrap();
    let node = Node(devnet.url().clone());

    node.ask(health::Request).await;
    let status = node.ask(status::Request).await;
    assert_eq!(status.node_info.network.as_str(), "cheqd-devnet-1");
    assert!(status.sync_info.latest_block_height >= height);
    assert_eq!(node.ask(abci_info::Request).await.response.data, "cheqd-node");
    let block = node.ask(block::Request::new(height)).await;
    assert_eq!(block.block.header.height, height);
    assert_eq!(block.block.data.len(), 2, "oracle data and the transfer");
    let first = node.ask(block::Request::new(Height::from(1_u32))).await;
    assert_eq!(first.block.header.height.value(), 1);
    let results = node.ask(block_results::Request::new(height)).await;
    assert_eq!(results.txs_results.unwrap().len(), 2);
    assert_eq!(node.ask(commit::Request::new(height)).await.signed_header.header.height, height);
    assert_eq!(node.ask(header::Request::new(height)).await.header.height, height);
    node.ask(validators::Request::new(Some(height), None, None)).await;
    node.ask(consensus_params::Request::new(Some(height))).await;
    node.ask(net_info::Request).await;

    let hash = Hash::Sha256(devnet::tx::hash(&block.block.data[1]));
    let found = node.ask(tx::Request::new(hash, false)).await;
    assert_eq!((found.height, found.tx_result.code.value()), (height, 0));
    assert!(node.ask(tx::Request::new(hash, true)).await.proof.is_some());
    let query = Query::eq("transfer.sender", FAUCET_ADDRESS);
    let search = node.ask(tx_search::Request::new(query, false, 1, 30, Order::Ascending)).await;
    assert_eq!(search.txs.len(), 1);
    assert_eq!(search.txs[0].hash, hash);

    let request = QueryBalanceRequest { address: PUBLIC_ACCOUNTS[2].address.into(), denom: "ncheq".into() };
    let path = Some("/cosmos.bank.v1beta1.Query/Balance".to_owned());
    let answer = node.ask(abci_query::Request::new(path, request.encode_to_vec(), None, false)).await;
    let balance = QueryBalanceResponse::decode(answer.response.value.as_slice()).unwrap().balance.unwrap();
    assert_eq!(balance.amount, "105");

    let sent = node.ask(tx_sync::Request::new(vec![1, 2, 3])).await;
    assert_eq!(sent.code.value(), 2, "garbage is a parse error of the ledger, not of the transport");
    let again = node.try_to(tx_sync::Request::new(block.block.data[1].clone())).await.unwrap_err();
    assert!(again.to_string().contains("tx already exists in cache"));
}
