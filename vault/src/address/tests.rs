use super::*;
use crate::{mnemonic, signer::SigningKey};
use domain::key::KeyAlgorithm;

/// The public test accounts of the cheqd localnet.
const LOCALNET: [(&str, &str); 5] = [
    (
        "cheqd1rnr5jrt4exl0samwj0yegv99jeskl0hsxmcz96",
        "sketch mountain erode window enact net enrich smoke claim kangaroo another visual write meat latin bacon pulp \
         similar forum guilt father state erase bright",
    ),
    (
        "cheqd1l9sq0se0jd3vklyrrtjchx4ua47awug5vsyeeh",
        "ugly dirt sorry girl prepare argue door man that manual glow scout bomb pigeon matter library transfer flower \
         clown cat miss pluck drama dizzy",
    ),
    (
        "cheqd14wymr6h8a0rvynwayytssy5rhn3evltcpxh0zh",
        "fix wheel picnic about army scan table fence device trust alter erupt wear donkey wood slender gold reunion \
         grant quiz absurd tragic reform attitude",
    ),
    (
        "cheqd1c8tq9wcfwtunkunng5pe442jlmwns9sgve42mf",
        "horn slim pigeon winner capable piano soul find ignore crawl arrow genuine magnet nasty basic lamp scissors \
         treat stick arm dress elbow trash naive",
    ),
    (
        "cheqd1xnx6fe4fg4etlaxm0ty25j3ae5thhadraskplv",
        "blue town hobby lens hawk deputy father tissue state choose another liquid license start push iron limb visa \
         taste mother cause history tackle fiber",
    ),
];

fn public(phrase: &str) -> Vec<u8> {
    let secret = mnemonic::payer_secret(phrase).unwrap();
    SigningKey::from_secret(KeyAlgorithm::Secp256k1, &secret).unwrap().public_bytes()
}

#[test]
fn the_localnet_mnemonics_give_the_localnet_accounts() {
    for (address, phrase) in LOCALNET {
        assert_eq!(payer_address(&public(phrase)).unwrap(), address);
    }
    // The public key of base_account_1 as it stands in the recorded transactions.
    assert_eq!(
        hex::encode(public(LOCALNET[0].1)),
        "02b6f0a1d2cab692aeb734facc215fb47f6283deee484b16c9756369ab9b6ad703"
    );
}

#[test]
fn only_compressed_points_have_addresses() {
    let good = public(LOCALNET[0].1);
    let mut off_curve = good.clone();
    off_curve[1..].fill(0xff);
    for bad in [&good[1..], &[], &off_curve, &[good.as_slice(), &[0]].concat()] {
        assert_eq!(payer_address(bad), Err(AddressError::NotAPayerKey));
    }
}

#[test]
fn bad_mnemonics_are_refused_without_quoting_them() {
    let phrase = LOCALNET[0].1;
    let swapped = phrase.replacen("sketch mountain", "mountain sketch", 1);
    let unknown = phrase.replacen("sketch", "sketsh", 1);
    let short = phrase.rsplit_once(' ').unwrap().0;
    for bad in [swapped.as_str(), &unknown, short, ""] {
        let why = mnemonic::payer_secret(bad).err().unwrap();
        assert_eq!(why, mnemonic::MnemonicError::Phrase);
        assert!(!format!("{why} {why:?}").contains("mountain"));
    }
    let spaced = format!("  {}\n", phrase.replace(' ', "  "));
    assert_eq!(public(&spaced), public(phrase));
}
