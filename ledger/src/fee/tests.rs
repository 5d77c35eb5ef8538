//! Fees against the recorded chain (every accepted offer) and worked examples.

use super::*;
use crate::mock::{Mock, node, refusal, value};
use num_bigint::BigUint;
use proto::cheqd::{did::v2 as did, oracle::v2::QueryWmaResponse, resource::v2 as resource};
use proto::cosmos::{
    base::v1beta1::DecCoin,
    tx::v1beta1::{AuthInfo, TxBody, TxRaw},
};
use proto::feemarket::feemarket::v1::GasPriceResponse;
use rule::{NoFee, asked, charge};
use serde_json::Value;

const CHEQ: u128 = 1_000_000_000;

fn corpus() -> Value {
    serde_json::from_str(include_str!("../../tests/data/corpus-excerpt.json")).unwrap()
}

fn ranges(params: &Value) -> Vec<FeeRange> {
    params
        .as_array()
        .unwrap()
        .iter()
        .map(|range| FeeRange {
            denom: range["denom"].as_str().unwrap().to_owned(),
            min_amount: range["min_amount"].as_str().map(str::to_owned),
            max_amount: range["max_amount"].as_str().map(str::to_owned),
        })
        .collect()
}

fn range(denom: &str, min: &str, max: &str) -> FeeRange {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    FeeRange { denom: denom.to_owned(), min_amount: some(min), max_amount: some(max) }
}

fn price(text: &str) -> Dec {
    Dec::from_wire(text).unwrap()
}

/// P = 0.05
fn five_cents() -> Dec {
    price("50000000000000000")
}

fn params(chain: &Value) -> (did::FeeParams, resource::FeeParams) {
    let (dids, resources) = (&chain["did_fee_params"], &chain["resource_fee_params"]);
    (
        did::FeeParams {
            create_did: ranges(&dids["create_did"]),
            update_did: ranges(&dids["update_did"]),
            deactivate_did: ranges(&dids["deactivate_did"]),
            burn_factor: "500000000000000000".to_owned(),
        },
        resource::FeeParams {
            image: ranges(&resources["image"]),
            json: ranges(&resources["json"]),
            default: ranges(&resources["default"]),
            burn_factor: "500000000000000000".to_owned(),
        },
    )
}

#[test]
fn the_rule_charges_what_the_real_chain_charged_for_every_recorded_offer() {
    use base64::Engine as _;
    let corpus = corpus();
    let mut count = 0;
    for chain in ["usd", "ranges"] {
        let chain = &corpus[chain];
        let price = price(chain["price"].as_str().unwrap());
        let (dids, resources) = params(chain);
        for case in chain["included"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let Some(tx) = case["tx_b64"].as_str().filter(|_| case["code"] == 0) else { continue };
            let raw = base64::engine::general_purpose::STANDARD.decode(tx).unwrap();
            let raw = TxRaw::decode(raw.as_slice()).unwrap();
            let body = TxBody::decode(raw.body_bytes.as_slice()).unwrap();
            let fee = AuthInfo::decode(raw.auth_info_bytes.as_slice()).unwrap().fee.unwrap();
            let offer: u128 = fee.amount[0].amount.parse().unwrap();
            let mut expected = 0;
            let mut taxed = false;
            for any in body.messages {
                let kind = Kind::of(&ChainMessage { type_url: any.type_url, value: any.value }).unwrap();
                let Some(asked) = super::asked(&kind, &dids, &resources, Some(&price)) else { continue };
                let asked = asked.unwrap();
                taxed = true;
                expected += charge(&asked.ranges, offer, Some(&price)).unwrap();
            }
            if !taxed {
                continue;
            }
            let charged: u128 = case["events"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|event| {
                    event["attributes"].as_array().unwrap().iter().any(|pair| pair[0] == "fee_payer")
                })
                .map(|event| {
                    let fee =
                        event["attributes"].as_array().unwrap().iter().find(|pair| pair[0] == "fee").unwrap();
                    fee[1].as_str().unwrap().strip_suffix("ncheq").unwrap().parse::<u128>().unwrap()
                })
                .sum();
            assert_eq!(expected, charged, "{name}");
            count += 1;
        }
    }
    assert!(count > 90, "{count}");
}

#[test]
fn fixed_dollars_are_offered_with_headroom_and_charged_exactly() {
    let two = [range("usd", "2000000000000000000", "2000000000000000000")];
    let asked = asked(&two, Some(&five_cents())).unwrap();
    assert!(asked.is_fixed);
    assert_eq!(asked.offer, 44 * CHEQ);
    assert_eq!(charge(&two, asked.offer, Some(&five_cents())), Ok(40 * CHEQ));
    assert_eq!(rule::dollars(&[asked.clone(), asked]).as_deref(), Some("4"));
    let short = charge(&two, 40 * CHEQ - 1, Some(&five_cents()));
    assert_eq!(short, Err(NoFee::TooLow(BigUint::from(40 * CHEQ))));
    assert_eq!(charge(&two, 40 * CHEQ, None), Err(NoFee::NoPrice));
}

#[test]
fn a_fixed_fee_in_ncheq_is_offered_to_the_coin() {
    let fixed = [range("ncheq", "50000000000", "50000000000")];
    let asked = asked(&fixed, None).unwrap();
    assert_eq!((asked.is_fixed, asked.offer, asked.usd), (true, 50 * CHEQ, None));
    assert!(charge(&fixed, 1, None).is_err());
}

#[test]
fn the_fixed_range_wins_wherever_it_stands_in_the_list() {
    let mixed = [range("ncheq", "1", "9"), range("usd", "1000000000000000000", "1000000000000000000")];
    assert_eq!(charge(&mixed, 25 * CHEQ, Some(&five_cents())), Ok(20 * CHEQ));
}

#[test]
fn ranges_are_offered_at_their_minimum_and_overpaying_is_charged_up_to_the_cap() {
    let create = [range("ncheq", "50000000000", "100000000000")];
    assert_eq!(asked(&create, Some(&five_cents())).unwrap().offer, 50 * CHEQ);
    let charged = |offer| charge(&create, offer, Some(&five_cents()));
    assert_eq!(charged(50 * CHEQ), Ok(50 * CHEQ));
    assert_eq!(charged(60 * CHEQ), Ok(60 * CHEQ));
    assert_eq!(charged(150 * CHEQ), Ok(50 * CHEQ));
    assert_eq!(charged(100 * CHEQ + 1), Ok(100 * CHEQ), "one ncheq is less than a millionth of a dollar");
    assert_eq!(charged(60_123_456_789), Ok(60_123_440_000));
    assert!(charged(49 * CHEQ).is_err());
}

#[test]
fn ranges_in_dollars_get_a_small_margin_but_never_pass_the_cap() {
    let open = [range("usd", "1000000000000000000", "")];
    let offer = asked(&open, Some(&five_cents())).unwrap().offer;
    assert!((20 * CHEQ..21 * CHEQ).contains(&offer), "{offer}");
    assert!(charge(&open, offer, Some(&five_cents())).is_ok());
    let tight = [range("usd", "1000000000000000000", "1001000000000000000")];
    let offer = asked(&tight, Some(&five_cents())).unwrap().offer;
    let charged = charge(&tight, offer, Some(&five_cents())).unwrap();
    assert!(charged <= 20 * CHEQ + CHEQ / 50, "{charged}");
    let crossed = [range("usd", "2000000000000000000", ""), range("ncheq", "", "1000000000")];
    assert_eq!(asked(&crossed, Some(&five_cents())).unwrap_err(), NoFee::NoOverlap);
}

#[test]
fn without_a_price_ranges_check_the_offer_and_charge_nothing() {
    let create = [range("ncheq", "50000000000", "100000000000")];
    assert_eq!(asked(&create, None).unwrap().offer, 50 * CHEQ);
    assert_eq!(charge(&create, 50 * CHEQ, None), Ok(0));
    assert!(charge(&create, 50 * CHEQ - 1, None).is_err());
    assert_eq!(charge(&[range("usd", "1", "2")], 1, None), Err(NoFee::NoPrice));
    assert_eq!(charge(&[], 1, None), Err(NoFee::Empty));
    assert!(matches!(charge(&[range("uatom", "1", "2")], 1, None), Err(NoFee::Unknown(_))));
}

#[test]
fn legacy_parameters_with_one_coin_are_a_minimum() {
    let legacy = [range("ncheq", "50000000000", "")];
    let asked = asked(&legacy, None).unwrap();
    assert_eq!((asked.is_fixed, asked.offer), (false, 50 * CHEQ));
}

#[test]
fn decimals_round_half_to_even_at_the_eighteenth_place() {
    let three = Dec::whole(&BigUint::from(3_u32));
    let one = Dec::whole(&BigUint::from(1_u32));
    assert_eq!(one.quo(&three), Dec::from_wire("333333333333333333"));
    let half_of_odd = Dec::from_wire("3").unwrap().mul(&Dec::from_wire("500000000000000000").unwrap());
    assert_eq!(half_of_odd, Dec::from_wire("2").unwrap(), "1.5 places up to the even 2");
    let half_of_one = Dec::from_wire("1").unwrap().mul(&Dec::from_wire("500000000000000000").unwrap());
    assert!(half_of_one.is_zero(), "0.5 places down to the even 0");
    assert_eq!(one.quo(&Dec::ZERO), None);
    assert_eq!(decimal::dollars(&BigUint::from(400_000_000_000_000_000_u64)), "0.4");
    assert!(Dec::from_wire("-1").is_none() && Dec::from_wire("0.5").is_none());
}

fn create() -> ChainMessage {
    ChainMessage { type_url: MsgCreateDidDoc::TYPE_URL.to_owned(), value: Vec::new() }
}

fn new_resource(data: &[u8]) -> ChainMessage {
    let payload = resource::MsgCreateResourcePayload { data: data.to_vec(), ..Default::default() };
    let message = MsgCreateResource { payload: Some(payload), signatures: Vec::new() };
    ChainMessage { type_url: MsgCreateResource::TYPE_URL.to_owned(), value: message.encode_to_vec() }
}

fn chain_replies(chain: &str) -> Vec<crate::mock::Reply> {
    let (dids, resources) = params(&corpus()[chain]);
    vec![
        value(&did::QueryParamsResponse { params: Some(dids) }),
        value(&resource::QueryParamsResponse { params: Some(resources) }),
        value(&QueryWmaResponse { price: "50000000000000000".to_owned() }),
    ]
}

#[tokio::test]
async fn a_batch_is_offered_the_dearest_message_and_costs_the_sum() {
    let mock = Mock::start(chain_replies("usd")).await;
    let quote = quote(&node(&[&mock.url]), &[create(), new_resource(b"{}")], Some(200_000)).await.unwrap();
    assert_eq!((quote.offer.0, quote.expected.0), (44 * CHEQ, 42 * CHEQ));
    assert_eq!((quote.usd.as_deref(), quote.may_batch, quote.height), (Some("2.1"), true, 42));
    assert_eq!(quote.gas_limit, 200_000 + 10_000 + TAX_GAS);
}

#[tokio::test]
async fn under_ranges_a_batch_would_cost_each_message_the_whole_offer() {
    let mock = Mock::start(chain_replies("ranges")).await;
    let quote = quote(&node(&[&mock.url]), &[create(), new_resource(b"{}")], None).await.unwrap();
    assert_eq!((quote.offer.0, quote.expected.0), (50 * CHEQ, 100 * CHEQ));
    assert_eq!((quote.usd, quote.may_batch), (None, false));
    assert_eq!(quote.gas_limit, DID_WRITE_GAS + RESOURCE_GAS + 2 * RESOURCE_GAS_PER_BYTE);
}

#[tokio::test]
async fn bytes_only_the_node_can_name_are_offered_enough_for_any_class() {
    let (_, resources) = params(&corpus()["usd"]);
    let mock = Mock::start(vec![
        value(&resource::QueryParamsResponse { params: Some(resources) }),
        value(&QueryWmaResponse { price: "50000000000000000".to_owned() }),
    ])
    .await;
    let quote =
        quote(&node(&[&mock.url]), &[new_resource(b"8BPS\0\x01 could be an image")], None).await.unwrap();
    assert_eq!((quote.offer.0, quote.expected.0), (8_800_000_000, 4 * CHEQ));
}

#[tokio::test]
async fn a_price_in_dollars_without_an_oracle_price_gives_no_quote() {
    let (dids, _) = params(&corpus()["usd"]);
    let mock = Mock::start(vec![
        value(&did::QueryParamsResponse { params: Some(dids) }),
        refusal(22, "rpc error: code = NotFound desc = no WMA found for denom: CHEQ with strategy: BALANCED: key not found"),
    ])
    .await;
    let fault = quote(&node(&[&mock.url]), &[create()], None).await.unwrap_err();
    assert!(fault.to_string().contains("price not available"), "{fault}");
}

#[tokio::test]
async fn a_transfer_pays_the_fee_markets_price_for_its_gas() {
    let coin = DecCoin { denom: "ncheq".to_owned(), amount: "1000000000000000000".to_owned() };
    let mock = Mock::start(vec![value(&GasPriceResponse { price: Some(coin) })]).await;
    let send = crate::message::bank::send("a", "b", Ncheq(1));
    let quote = quote(&node(&[&mock.url]), &[send], None).await.unwrap();
    assert_eq!((quote.gas_limit, quote.offer, quote.expected), (200_000, Ncheq(2 * CHEQ), Ncheq(2 * CHEQ)));
}
