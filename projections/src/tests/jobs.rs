//! Jobs in their list, and where each stands with its ledger write.

use super::world::*;
use crate::{JobFilter, JobRow, JobState, Paging};
use domain::{
    id::{JobId, Network, OperationId, Sealed},
    job::{JobEvent, JobPhase},
};

#[tokio::test]
async fn jobs_are_listed_by_phase_and_did_and_keep_tenants_apart() {
    let world = World::new().await;
    let (customer, did) = (new_customer(), new_did(Network::Testnet));
    let [open, failed, done] = [(); 3].map(|()| JobId(id()));
    let failure = JobEvent::JobFailed {
        job: failed,
        code: "job/outdated".to_owned(),
        reason: "moved".to_owned(),
        at: at(9),
    };
    let end = JobEvent::JobFinished { job: done, carried_by: Some(OperationId(id())), at: at(9) };
    let stories = [
        registered(customer),
        job_opened(customer, open, &did),
        job_opened(customer, failed, &did),
        job_opened(customer, done, &new_did(Network::Testnet)),
        story("job", &failed, &[failure]),
        story("job", &done, &[end]),
    ];
    world.append(customer, &stories).await;
    world.settle().await;
    let jobs = world.views.jobs();
    let ids = async |filter: JobFilter| {
        let page = jobs.list(customer, &filter, Paging::first(9, None)).await.unwrap();
        page.rows.iter().map(|row| row.job).collect::<Vec<_>>()
    };
    assert_eq!(ids(JobFilter::default()).await, [done, failed, open]);
    assert_eq!(ids(JobFilter { did: Some(did), ..JobFilter::default() }).await, [failed, open]);
    assert_eq!(ids(JobFilter { phases: vec![JobPhase::Open], ..JobFilter::default() }).await, [open]);
    let on = |network| JobFilter { network: Some(network), ..JobFilter::default() };
    assert_eq!(ids(on(Network::Testnet)).await, [done, failed, open]);
    assert_eq!(ids(on(Network::Mainnet)).await, []);
    let state = |row: &JobRow, at| row.standing(None, at).state;
    let row = jobs.get(customer, open).await.unwrap().unwrap();
    assert_eq!(state(&row, at(0)), JobState::Action);
    assert_eq!(row.standing(None, row.expires_at).code.as_deref(), Some("job/expired"), "to the moment");
    let row = jobs.get(customer, failed).await.unwrap().unwrap();
    assert_eq!(row.standing(None, at(0)).code.as_deref(), Some("job/outdated"));
    let last = JobEvent::SignatureGiven {
        job: open,
        number: 2,
        verification_method: "k".to_owned(),
        signature: None,
        sealed_signature: Some(Sealed("c2ln".to_owned())),
        is_last: true,
        at: at(9),
    };
    world.append(customer, &[story("job", &open, &[last])]).await;
    world.settle().await;
    let row = jobs.get(customer, open).await.unwrap().unwrap();
    assert_eq!(state(&row, row.expires_at), JobState::Wait, "what everybody has signed does not expire");
    let row = jobs.get(customer, done).await.unwrap().unwrap();
    assert_eq!(state(&row, at(0)), JobState::Wait, "its write is not seen yet");
    let stranger = new_customer();
    assert_eq!(jobs.get(stranger, open).await.unwrap(), None);
    assert_eq!(jobs.count(stranger, &JobFilter::default()).await.unwrap(), 0);
    world.end().await;
}
