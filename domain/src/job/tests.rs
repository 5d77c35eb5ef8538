//! A job, in sentences.

use super::{GivenSignature, Job, JobCommand, JobEvent, JobPhase, JobRequest, Party, Side, WantedSignature};
use crate::Event;
use crate::given::sample::{at, customer, did, job, operation, sealed, version, wanted};
use crate::given::{Given, assert_laws};
use crate::id::{Instant, Ncheq, Network};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::BTreeSet;

/// The last moment is before this one.
const END: u8 = 100;

fn request(number: u8) -> JobRequest {
    JobRequest {
        act: "did.update".to_owned(),
        did: Some(did()),
        network: Network::Testnet,
        command: operation(number).0,
        based_on: Some(version(1)),
        fee_max: None,
    }
}

fn open(owner: u8, number: u8, wanted: Vec<WantedSignature>) -> JobCommand {
    JobCommand::Open {
        job: job(1),
        customer: customer(owner),
        request: Box::new(request(number)),
        digest: "5d".repeat(32),
        wanted,
        content: sealed("job"),
        fee_quoted: Some(Ncheq(7)),
        expires_at: at(END),
        at: at(1),
    }
}

fn opened(wanted: Vec<WantedSignature>) -> JobEvent {
    JobEvent::JobOpened {
        job: job(1),
        customer: customer(1),
        request: Box::new(request(1)),
        digest: "5d".repeat(32),
        wanted,
        content: sealed("job"),
        fee_quoted: Some(Ncheq(7)),
        expires_at: at(END),
        at: at(1),
    }
}

fn give(owner: u8, numbers: &[u32], when: u8) -> JobCommand {
    let signature = |number: &u32| GivenSignature { number: *number, sealed: sealed(&format!("s{number}")) };
    let signatures = numbers.iter().map(signature).collect();
    JobCommand::Give { customer: customer(owner), signatures, at: at(when) }
}

fn given(number: u32, when: u8) -> JobEvent {
    JobEvent::SignatureGiven {
        job: job(1),
        number,
        verification_method: wanted(number).verification_method,
        signature: None,
        sealed_signature: Some(sealed(&format!("s{number}"))),
        is_last: false,
        at: at(when),
    }
}

/// The one with which everybody has signed.
fn last(number: u32, when: u8) -> JobEvent {
    let mut event = given(number, when);
    if let JobEvent::SignatureGiven { is_last, .. } = &mut event {
        *is_last = true;
    }
    event
}

fn finish(when: u8) -> JobCommand {
    JobCommand::Finish { carried_by: Some(operation(1)), at: at(when) }
}

fn finished() -> JobEvent {
    JobEvent::JobFinished { job: job(1), carried_by: Some(operation(1)), at: at(5) }
}

fn fail(when: u8) -> JobCommand {
    JobCommand::Fail { code: "job/outdated".to_owned(), reason: "moved".to_owned(), at: at(when) }
}

fn failed() -> JobEvent {
    let (code, reason) = ("job/outdated".to_owned(), "moved".to_owned());
    JobEvent::JobFailed { job: job(1), code, reason, at: at(5) }
}

fn two() -> Given<Job> {
    Given::events([opened(vec![wanted(1), wanted(2)])])
}

#[test]
fn it_is_carried_out_once_every_party_has_signed() {
    let end = Given::<Job>::nothing()
        .when(open(1, 1, vec![wanted(1), wanted(2)]))
        .then_events([opened(vec![wanted(1), wanted(2)])])
        .when(give(1, &[1], 2))
        .then_events([given(1, 2)])
        .when(finish(5))
        .then_refused("job/signatures-missing")
        .when(give(1, &[2], 4))
        .then_events([last(2, 4)])
        .when(finish(5))
        .then_events([finished()]);
    assert_eq!((end.state().phase, end.state().carried_by), (JobPhase::Finished, Some(operation(1))));
}

fn ask(wanted: Vec<WantedSignature>, when: u8) -> JobCommand {
    let (digest, content) = ("6e".repeat(32), sealed("then"));
    JobCommand::Ask { digest, wanted, content, fee_quoted: Some(Ncheq(7)), at: at(when) }
}

fn asked(wanted: Vec<WantedSignature>, when: u8) -> JobEvent {
    let (digest, content) = ("6e".repeat(32), sealed("then"));
    JobEvent::SignaturesAsked {
        job: job(1),
        digest,
        wanted,
        content,
        fee_quoted: Some(Ncheq(7)),
        at: at(when),
    }
}

/// A credential is signed, then its publication: what came before stays, and whoever repeats it is told that it is there.
#[test]
fn what_comes_of_a_signature_can_be_asked_to_be_signed_too() {
    let end = Given::<Job>::events([opened(vec![wanted(1)])])
        .when(ask(vec![wanted(2)], 2))
        .then_refused("job/signatures-missing")
        .when(give(1, &[1], 2))
        .then_events([last(1, 2)])
        .when(ask(vec![wanted(2)], 3))
        .then_events([asked(vec![wanted(2)], 3)])
        .when(finish(4))
        .then_refused("job/signatures-missing")
        .when(give(1, &[1], 4))
        .then_nothing()
        .when(give(1, &[2], 4))
        .then_events([last(2, 4)])
        .when(finish(5))
        .then_events([finished()]);
    let methods: Vec<_> = end.state().signed_by().map(str::to_owned).collect();
    assert_eq!(methods, [wanted(1).verification_method, wanted(2).verification_method]);
    assert_eq!((end.state().next_number(), end.state().kept.len()), (3, 1));
    assert_eq!(end.state().opened_at, Some(at(1)), "what is signed says when it was asked for");
    Given::<Job>::nothing().when(ask(vec![wanted(1)], 3)).then_refused("job/not-found");
}

#[test]
fn its_owner_can_cancel_it_until_everybody_has_signed() {
    let cancel = |owner, when| JobCommand::Cancel { customer: customer(owner), at: at(when) };
    let reason = "It was cancelled by its owner.".to_owned();
    let code = "job/cancelled".to_owned();
    let cancelled = JobEvent::JobFailed { job: job(1), code, reason, at: at(3) };
    two()
        .when(give(1, &[1], 2))
        .then_events([given(1, 2)])
        .when(cancel(2, 3))
        .then_refused("job/not-found")
        .when(cancel(1, 3))
        .then_events([cancelled])
        .when(cancel(1, 4))
        .then_nothing()
        .when(give(1, &[2], 4))
        .then_refused("job/failed");
    two()
        .when(give(1, &[1, 2], 2))
        .then_events([given(1, 2), last(2, 2)])
        .when(cancel(1, 3))
        .then_refused("job/all-signed")
        .when(finish(5))
        .then_events([finished()])
        .when(cancel(1, 6))
        .then_refused("job/finished");
    Given::<Job>::nothing().when(cancel(1, 1)).then_refused("job/not-found");
}

/// The ledger wants one signature of each, with whichever of their keys.
#[test]
fn one_of_several_keys_speaks_for_a_party_and_one_key_for_several() {
    let other = WantedSignature { number: 3, ..wanted(1) };
    let state = Given::<Job>::events([opened(vec![wanted(1), other, wanted(2)])]);
    let state = state.when(give(1, &[2, 3], 2)).then_events([given(2, 2), {
        let verification_method = wanted(1).verification_method;
        JobEvent::SignatureGiven {
            job: job(1),
            number: 3,
            verification_method,
            signature: None,
            sealed_signature: Some(sealed("s3")),
            is_last: true,
            at: at(2),
        }
    }]);
    assert!(state.state().is_complete());
    let party = |side| Party { did: did().to_string(), side };
    let both = WantedSignature { parties: vec![party(Side::Present), party(Side::New)], ..wanted(1) };
    let state = Given::<Job>::events([opened(vec![both, wanted(2)])]).when(give(1, &[1], 2));
    assert!(state.then_events([last(1, 2)]).state().is_complete());
}

#[test]
fn what_lacks_no_signature_is_finished_at_once() {
    Given::<Job>::events([opened(vec![])]).when(finish(5)).then_events([finished()]);
}

#[test]
fn a_signature_given_twice_is_noted_once() {
    two().and([given(1, 2)]).when(give(1, &[1], 3)).then_nothing();
    two().when(give(1, &[1, 1], 2)).then_events([given(1, 2)]);
    two().and([given(1, 2), given(2, 2), finished()]).when(give(1, &[2], 9)).then_nothing();
}

#[test]
fn nobody_else_has_it_and_nobody_else_signs() {
    two().when(give(2, &[1], 2)).then_refused("job/not-found");
    two().when(give(1, &[7], 2)).then_refused("job/unknown-signer");
    two().when(give(1, &[1, 7], 2)).then_refused("job/unknown-signer");
    Given::<Job>::nothing().when(give(1, &[1], 2)).then_refused("job/not-found");
    Given::<Job>::nothing().when(finish(5)).then_refused("job/not-found");
}

#[test]
fn the_same_request_opens_one_job() {
    two().when(open(1, 1, vec![wanted(1)])).then_nothing();
    two().when(open(1, 2, vec![wanted(1)])).then_refused("job/already-open");
    two().when(open(2, 1, vec![wanted(1)])).then_refused("job/already-open");
    let many = (0..33).map(|number| WantedSignature { number, ..wanted(1) }).collect();
    Given::<Job>::nothing().when(open(1, 1, many)).then_refused("job/too-many-signatures");
}

#[test]
fn signatures_after_the_end_come_too_late() {
    let late =
        two().when(give(1, &[1], END)).then_events([JobEvent::JobExpired { job: job(1), at: at(END) }]);
    assert_eq!(late.state().phase, JobPhase::Expired);
    late.when(give(1, &[1], END)).then_refused("job/expired").when(finish(END)).then_refused("job/expired");
    two().when(give(1, &[1], END - 1)).then_events([given(1, END - 1)]);
}

/// Whoever dies between the last signature and the write finds it again, however long that takes.
#[test]
fn what_everybody_has_signed_does_not_expire() {
    let signed = || two().and([given(1, 2), given(2, 3)]);
    signed().when(give(1, &[2], END + 1)).then_nothing();
    signed()
        .when(JobCommand::Finish { carried_by: None, at: at(END + 1) })
        .then_events([JobEvent::JobFinished { job: job(1), carried_by: None, at: at(END + 1) }]);
}

#[test]
fn an_end_is_an_end() {
    let end = two().when(fail(5)).then_events([failed()]);
    assert_eq!(end.state().failure.as_ref().map(|failure| failure.code.as_str()), Some("job/outdated"));
    end.when(fail(6)).then_nothing().when(give(1, &[1], 6)).then_refused("job/failed");
    let done = || two().and([given(1, 2), given(2, 2), finished()]);
    done().when(fail(6)).then_refused("job/finished");
    done().when(finish(6)).then_nothing();
    done().when(give(1, &[], 6)).then_refused("job/finished");
    let other = JobCommand::Finish { carried_by: Some(operation(2)), at: at(6) };
    done().when(other).then_refused("job/finished");
}

fn any_command() -> impl Strategy<Value = JobCommand> {
    let owner = prop_oneof![9 => Just(1_u8), 1 => Just(2)];
    (0..12_u8, owner, 1..6_u32, prop_oneof![9 => 2..END, 1 => END..END + 5]).prop_map(
        |(verb, owner, number, when)| match verb {
            0 | 1 => open(owner, 1, vec![wanted(1), wanted(2)]),
            2..=6 => give(owner, &[number], when),
            7 if number == 1 => fail(when),
            7 if number == 2 => JobCommand::Cancel { customer: customer(owner), at: at(when) },
            8 => ask(vec![wanted(number.max(3))], when),
            _ => finish(when),
        },
    )
}

proptest! {
    #[test]
    fn laws_hold(commands in prop::collection::vec(any_command(), 0..30)) {
        let history = assert_laws::<Job>(&commands);
        let is_end = |event: &&JobEvent| {
            matches!(event, JobEvent::JobFinished { .. } | JobEvent::JobFailed { .. } | JobEvent::JobExpired { .. })
        };
        prop_assert!(history.iter().filter(is_end).count() <= 1, "a job ended twice");
    }
}

#[test]
fn random_commands_reach_every_kind_of_event() {
    let mut runner = TestRunner::deterministic();
    let mut kinds = BTreeSet::new();
    for _ in 0..400 {
        let commands = prop::collection::vec(any_command(), 20).new_tree(&mut runner).unwrap().current();
        kinds.extend(assert_laws::<Job>(&commands).iter().map(Event::kind));
    }
    assert_eq!(kinds, JobEvent::KINDS.iter().copied().collect());
}

#[test]
fn its_time_ends_to_the_moment() {
    let state = two();
    let just_before: Instant = at(END) - chrono::Duration::nanoseconds(1);
    assert!(!state.state().is_over(just_before) && state.state().is_over(at(END)));
}
