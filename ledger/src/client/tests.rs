//! The client against a node that lies, hangs up and answers rubbish.

use super::*;
use crate::mock::{Mock, Reply, node, status};
use tendermint_rpc::endpoint::health;

#[tokio::test]
async fn a_busy_or_broken_gateway_is_unreachable_and_says_nothing_about_the_call() {
    for code in [429, 500, 502, 503, 504] {
        let mock = Mock::start(vec![Reply::Raw(code, "<html>try later</html>".to_owned())]).await;
        let error = node(&[&mock.url]).call(health::Request).await.err();
        assert!(matches!(error, Some(CallError::Unreachable(_))), "{code}: {error:?}");
    }
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_of_an_answer_is_unreachable() {
    let mock = Mock::start(vec![Reply::Cut]).await;
    let fault = node(&[&mock.url]).status().await.unwrap_err();
    assert!(matches!(fault, ChainFault::Unreachable { network: Network::Testnet, .. }), "{fault:?}");
}

#[tokio::test]
async fn nobody_listening_is_unreachable_and_the_address_stays_secret() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://user:hunter2@{}/key-in-path", listener.local_addr().unwrap());
    drop(listener);
    let fault = node(&[&url]).status().await.unwrap_err();
    assert!(matches!(fault, ChainFault::Unreachable { .. }), "{fault:?}");
    let text = format!("{fault} {fault:?}");
    assert!(!text.contains("hunter2") && !text.contains("key-in-path"), "{text}");
}

#[tokio::test]
async fn what_is_no_node_is_unexpected() {
    for body in
        ["<html>welcome</html>", "", "{}", r#"{"jsonrpc":"2.0","id":1}"#, r#"{"result":{"node_info":7}}"#]
    {
        let mock = Mock::start(vec![Reply::Raw(200, body.to_owned())]).await;
        let fault = node(&[&mock.url]).status().await.unwrap_err();
        assert!(matches!(fault, ChainFault::Unexpected { .. }), "{body}: {fault:?}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read() {
    let mock = Mock::start(vec![Reply::Endless]).await;
    let error = node(&[&mock.url]).call(health::Request).await.err();
    assert!(matches!(error, Some(CallError::Garbage(_))), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let mock = Mock::start(vec![Reply::Raw(302, String::new())]).await;
    let error = node(&[&mock.url]).call(health::Request).await.err();
    assert!(matches!(error, Some(CallError::Unreachable(_))), "{error:?}");
    assert_eq!(mock.methods().len(), 1);
}

#[tokio::test]
async fn a_node_error_is_told_whole_even_with_http_500() {
    let body =
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params","data":"no hex"}}"#;
    let mock = Mock::start(vec![Reply::Raw(500, body.to_owned())]).await;
    let error = node(&[&mock.url]).call(health::Request).await.err();
    assert_eq!(error, Some(CallError::Rpc { code: -32602, text: "Invalid params: no hex".to_owned() }));
}

#[tokio::test]
async fn the_next_address_answers_when_the_first_does_not_and_stays_preferred() {
    let broken = Mock::start(vec![Reply::Raw(503, String::new()), Reply::Raw(503, String::new())]).await;
    let sound = Mock::start(vec![status("cheqd", 7), status("cheqd", 8)]).await;
    let node = node(&[&broken.url, &sound.url]);
    assert_eq!(node.status().await.unwrap().height, 7);
    assert_eq!(node.status().await.unwrap().height, 8);
    assert_eq!(broken.methods().len(), 1, "the broken address is not asked first again");
}

#[tokio::test]
async fn a_node_that_answers_with_an_error_is_not_passed_over() {
    let first = Mock::start(vec![Reply::Error("tx (AB) not found")]).await;
    let second = Mock::start(vec![Reply::Result(serde_json::json!({}))]).await;
    let error = node(&[&first.url, &second.url]).call(health::Request).await.err();
    assert!(matches!(error, Some(CallError::Rpc { .. })), "{error:?}");
    assert!(second.methods().is_empty());
}

#[tokio::test]
async fn a_node_of_another_chain_is_refused() {
    let mock = Mock::start(vec![status("cheqd-testnet-6", 1)]).await;
    let config =
        NetworkConfig { rpc_urls: vec![mock.url.clone()], chain_id: Some("cheqd-mainnet-1".to_owned()) };
    let fault = Node::new(Network::Mainnet, &config).unwrap().status().await.unwrap_err();
    assert!(fault.to_string().contains("cheqd-testnet-6"), "{fault}");
}

#[tokio::test]
async fn status_tells_height_and_time_to_the_nanosecond() {
    let mock = Mock::start(vec![status("cheqd", 476)]).await;
    let status = node(&[&mock.url]).status().await.unwrap();
    assert_eq!((status.chain_id.as_str(), status.height, status.catching_up), ("cheqd", 476, false));
    assert_eq!(status.block_time.to_rfc3339(), "2026-11-22T04:49:09.963753608+00:00");
}

#[test]
fn addresses_are_checked_before_anything_runs() {
    for url in ["", "ftp://node", "node:26657", "http://"] {
        let config = NetworkConfig { rpc_urls: vec![url.to_owned()], chain_id: None };
        assert!(Node::new(Network::Testnet, &config).is_err(), "{url}");
    }
    let none = NetworkConfig { rpc_urls: Vec::new(), chain_id: None };
    assert!(matches!(Node::new(Network::Testnet, &none), Err(ConfigError::NoAddress(Network::Testnet))));
}
