use super::*;

fn range(denom: &str, min: Option<&str>, max: Option<&str>) -> FeeRange {
    FeeRange { denom: denom.into(), min_amount: min.map(Into::into), max_amount: max.map(Into::into) }
}

fn price() -> Dec {
    Dec::from_decimal("0.05").unwrap()
}

const CHEQ: i128 = NCHEQ_PER_CHEQ;

#[test]
fn a_fixed_dollar_price_is_charged_exactly_whatever_is_offered() {
    let two_dollars = [range(USD, Some("2000000000000000000"), Some("2000000000000000000"))];
    for offer in [40 * CHEQ, 44 * CHEQ, 1000 * CHEQ] {
        let got = charge(&two_dollars, NCHEQ, offer, Some(&price())).unwrap();
        assert_eq!(got, Some((NCHEQ.to_owned(), 40 * CHEQ)));
    }
    let short = charge(&two_dollars, NCHEQ, 40 * CHEQ - 1, Some(&price())).unwrap_err();
    assert_eq!(short, plain("insufficient fee: need at least 40000000000, got 39999999999"));
    assert!(charge(&two_dollars, NCHEQ, 40 * CHEQ, None).is_err(), "no price, no dollar fee");
}

#[test]
fn a_range_takes_the_whole_offer_up_to_its_cap_and_the_minimum_beyond() {
    let create = [range(NCHEQ, Some("50000000000"), Some("100000000000"))];
    let pay = |offer| charge(&create, NCHEQ, offer, Some(&price())).unwrap().unwrap().1;
    assert_eq!(pay(60 * CHEQ), 60 * CHEQ);
    assert_eq!(pay(60_123_456_789), 60_123_440_000, "cut to millionths of a dollar");
    assert_eq!(pay(100_000_000_001), 100 * CHEQ);
    assert_eq!(pay(150 * CHEQ), 50 * CHEQ, "over the cap the ledger charges the minimum");
    let low = charge(&create, NCHEQ, 50 * CHEQ - 1, Some(&price())).unwrap_err();
    assert_eq!(low, plain("fee too low: expected ≥ 2500000 USD, got 2499999 USD"));
    assert_eq!(charge(&create, NCHEQ, 50 * CHEQ, None).unwrap(), None, "without a price nothing is charged");
}

#[test]
fn half_of_a_charge_is_burned() {
    let half = Dec::from_decimal("0.5").unwrap();
    assert_eq!(split(&(NCHEQ.into(), 40 * CHEQ), &half, None).unwrap(), (20 * CHEQ, 20 * CHEQ));
    assert_eq!(split(&(NCHEQ.into(), 3), &half, None).unwrap(), (2, 1), "the odd unit is reward");
}
