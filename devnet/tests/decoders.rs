//! The strict decoders of tendermint-rs accept what the devnet answers.
#![expect(clippy::disallowed_methods, reason = "tests take the time from the system")]

use devnet::{DevnetConfig, FAUCET_ADDRESS, PUBLIC_ACCOUNTS, start};
use proto::Message;
use proto::cosmos::bank::v1beta1::{QueryBalanceRequest, QueryBalanceResponse};
use std::sync::Arc;
use tendermint::Hash;
use tendermint::block::Height;
use tendermint_rpc_client::query::Query;
use tendermint_rpc_client::{Client, HttpClient, Order};

#[tokio::test]
async fn every_method_a_client_uses_decodes() {
    let devnet = start(DevnetConfig::new(Arc::new(chrono::Utc::now))).await.unwrap();
    devnet.fund(PUBLIC_ACCOUNTS[2].address, 5).unwrap();
    let height = Height::try_from(devnet.height()).unwrap();
    let client = HttpClient::new(devnet.url().as_str()).unwrap();

    client.health().await.unwrap();
    let status = client.status().await.unwrap();
    assert_eq!(status.node_info.network.as_str(), "cheqd-devnet-1");
    assert!(status.sync_info.latest_block_height >= height);
    assert_eq!(client.abci_info().await.unwrap().data, "cheqd-node");
    let block = client.block(height).await.unwrap();
    assert_eq!(block.block.header.height, height);
    assert_eq!(block.block.data.len(), 2, "oracle data and the transfer");
    assert_eq!(client.block(1_u32).await.unwrap().block.header.height.value(), 1);
    let results = client.block_results(height).await.unwrap();
    assert_eq!(results.txs_results.unwrap().len(), 2);
    assert_eq!(client.commit(height).await.unwrap().signed_header.header.height, height);
    assert_eq!(client.header(height).await.unwrap().header.height, height);
    client.validators(height, tendermint_rpc_client::Paging::Default).await.unwrap();
    client.consensus_params(height).await.unwrap();
    client.net_info().await.unwrap();

    let hash = Hash::Sha256(devnet::tx::hash(&block.block.data[1]));
    let found = client.tx(hash, false).await.unwrap();
    assert_eq!((found.height, found.tx_result.code.value()), (height, 0));
    assert!(client.tx(hash, true).await.unwrap().proof.is_some());
    let query = Query::eq("transfer.sender", FAUCET_ADDRESS);
    let search = client.tx_search(query, false, 1, 30, Order::Ascending).await.unwrap();
    assert_eq!(search.txs.len(), 1);
    assert_eq!(search.txs[0].hash, hash);

    let request = QueryBalanceRequest { address: PUBLIC_ACCOUNTS[2].address.into(), denom: "ncheq".into() };
    let path = Some("/cosmos.bank.v1beta1.Query/Balance".to_owned());
    let answer = client.abci_query(path, request.encode_to_vec(), None, false).await.unwrap();
    let balance = QueryBalanceResponse::decode(answer.value.as_slice()).unwrap().balance.unwrap();
    assert_eq!(balance.amount, "105");

    let sent = client.broadcast_tx_sync(vec![1, 2, 3]).await.unwrap();
    assert_eq!(sent.code.value(), 2, "garbage is a parse error of the ledger, not of the transport");
    let again = client.broadcast_tx_sync(block.block.data[1].clone()).await.unwrap_err();
    assert!(again.to_string().contains("tx already exists in cache"));
}
