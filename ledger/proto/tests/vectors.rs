//! The messages encode to the bytes that the ledger signs: field numbers against a recorded transaction.

use proto::cheqd::did::v2::{MsgDeactivateDidDoc, MsgDeactivateDidDocPayload, SignInfo};
use proto::cosmos::tx::v1beta1::TxRaw;
use proto::{Message, from_any, to_any};

#[test]
fn deactivate_payload_has_the_recorded_length_and_round_trips_through_any() {
    let payload = MsgDeactivateDidDocPayload {
        id: "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0".into(),
        version_id: "7bf81a20-633c-4cc7-bc4a-5a45801005e0".into(),
    };
    // ledger-vectors.json: sign bytes of the deactivate case are 94 bytes long.
    assert_eq!(payload.encode_to_vec().len(), 94);
    let msg = MsgDeactivateDidDoc {
        payload: Some(payload),
        signatures: vec![SignInfo { verification_method_id: "x#key-1".into(), signature: vec![1; 64] }],
    };
    let any = to_any(&msg);
    assert_eq!(any.type_url, "/cheqd.did.v2.MsgDeactivateDidDoc");
    assert_eq!(from_any::<MsgDeactivateDidDoc>(&any).unwrap(), msg);
    assert!(from_any::<proto::cheqd::did::v2::MsgCreateDidDoc>(&any).is_err(), "another type is refused");
}

#[test]
fn a_raw_transaction_keeps_its_signatures_as_bytes() {
    let raw = TxRaw { body_bytes: vec![1], auth_info_bytes: vec![2], signatures: vec![vec![3; 64]] };
    assert_eq!(TxRaw::decode(raw.encode_to_vec().as_slice()).unwrap(), raw);
}
