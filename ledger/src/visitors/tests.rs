use super::*;
use app::port::estate::Holding;
use domain::id::{Instant, Network};
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use tokio::{sync::Semaphore, task::JoinSet};

/// A node that answers when it is let, and a log.
#[derive(Default)]
struct World {
    asked: AtomicUsize,
    /// Leave to answer; none is asked for if there are no waiting questions.
    leave: Option<Semaphore>,
    exists: std::sync::atomic::AtomicBool,
    is_ours: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl Resolver for World {
    async fn did(&self, _: &Did, _: Option<&str>, _: Freshness) -> Result<Option<ResolvedDid>, Fault> {
        self.asked.fetch_add(1, SeqCst);
        if let Some(leave) = &self.leave {
            leave.acquire().await.unwrap().forget();
        }
        let found = self.exists.load(SeqCst).then(|| ResolvedDid {
            document: Value::Null,
            version_id: self.asked.load(SeqCst).to_string(),
            created: Instant::UNIX_EPOCH,
            updated: None,
            deactivated: false,
            previous_version_id: None,
            next_version_id: None,
        });
        Ok(found)
    }
    async fn did_versions(&self, _: &Did) -> Result<Vec<ResolvedDid>, Fault> {
        self.asked.fetch_add(1, SeqCst);
        Ok(Vec::new())
    }
    async fn resource(&self, _: &Did, _: &str) -> Result<Option<ResolvedResource>, Fault> {
        self.asked.fetch_add(1, SeqCst);
        Ok(None)
    }
    async fn latest_resource(
        &self,
        _: &Did,
        _: &str,
        _: &str,
        _: Freshness,
    ) -> Result<Option<ResolvedResource>, Fault> {
        self.asked.fetch_add(1, SeqCst);
        Err(Fault::unavailable("ledger/unreachable", "away", ""))
    }
    async fn resources(&self, _: &Did, _: Freshness) -> Result<Vec<ResourceMetadata>, Fault> {
        self.asked.fetch_add(1, SeqCst);
        Ok(Vec::new())
    }
    async fn web(&self, _: &WebDid) -> Result<Option<Value>, Fault> {
        Ok(None)
    }
}

#[async_trait]
impl Estate for World {
    async fn holdings(&self, _: Network, _: Option<&Did>, _: u32) -> Result<Vec<Holding>, Fault> {
        Ok(Vec::new())
    }
    async fn is_ours(&self, _: &Did) -> Result<bool, Fault> {
        Ok(self.is_ours.load(SeqCst))
    }
}

fn did() -> Did {
    Did::parse("did:cheqd:testnet:7Uhoi7PPzLUax2JtMkKRop").unwrap()
}

fn over(world: World) -> (Arc<World>, Arc<VisitorsResolver>) {
    let world = Arc::new(world);
    let resolver = VisitorsResolver::new(world.clone(), world.clone());
    (world, Arc::new(resolver))
}

async fn settle() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_does_not_exist_is_asked_for_once_in_a_moment() {
    // safety 5
    let (world, resolver) = over(World::default());
    for _ in 0..5 {
        assert_eq!(resolver.did(&did(), None, Freshness::Fresh).await.unwrap(), None);
        assert_eq!(resolver.resource(&did(), "A").await.unwrap(), None);
        assert_eq!(resolver.resource(&did(), "a").await.unwrap(), None);
        assert!(resolver.did_versions(&did()).await.unwrap().is_empty());
    }
    assert_eq!(world.asked.load(SeqCst), 3);
    // Other things are other questions; a node that is away says nothing; a list may grow.
    resolver.did(&did(), Some("v"), Freshness::Fresh).await.unwrap();
    for _ in 0..2 {
        resolver.latest_resource(&did(), "n", "t", Freshness::Fresh).await.unwrap_err();
        resolver.resources(&did(), Freshness::Fresh).await.unwrap();
    }
    assert_eq!(world.asked.load(SeqCst), 3 + 1 + 2 + 2);
}

#[tokio::test]
async fn what_is_ours_is_never_hidden() {
    let (world, resolver) = over(World::default());
    assert_eq!(resolver.did(&did(), None, Freshness::Fresh).await.unwrap(), None);
    // Somebody asked too early; then it was written here.
    world.exists.store(true, SeqCst);
    world.is_ours.store(true, SeqCst);
    assert!(resolver.did(&did(), None, Freshness::Fresh).await.unwrap().is_some());
    assert_eq!(world.asked.load(SeqCst), 2);
}

#[tokio::test]
async fn who_asks_the_same_shares_one_question_that_began_after_him() {
    let (world, resolver) =
        over(World { exists: true.into(), leave: Some(Semaphore::new(0)), ..World::default() });
    let mut tasks = JoinSet::new();
    let ask = |tasks: &mut JoinSet<_>, count: usize| {
        for _ in 0..count {
            let resolver = Arc::clone(&resolver);
            tasks.spawn(async move {
                resolver.did(&did(), None, Freshness::Fresh).await.unwrap().unwrap().version_id
            });
        }
    };
    ask(&mut tasks, 1);
    settle().await;
    assert_eq!(world.asked.load(SeqCst), 1);
    ask(&mut tasks, 500);
    settle().await;
    assert_eq!(world.asked.load(SeqCst), 1, "one question at a time");
    world.leave.as_ref().unwrap().add_permits(2);
    let mut answers = HashMap::<String, usize>::new();
    while let Some(answer) = tasks.join_next().await {
        *answers.entry(answer.unwrap()).or_default() += 1;
    }
    assert_eq!(world.asked.load(SeqCst), 2, "500 shared the second");
    assert_eq!(answers, HashMap::from([("1".to_owned(), 1), ("2".to_owned(), 500)]));
    assert!(resolver.shared().is_empty(), "nothing is remembered of it");
}

#[tokio::test]
async fn whoever_goes_away_half_way_leaves_the_question_to_the_next() {
    let (world, resolver) =
        over(World { exists: true.into(), leave: Some(Semaphore::new(0)), ..World::default() });
    let asking = {
        let resolver = Arc::clone(&resolver);
        tokio::spawn(async move { resolver.did(&did(), None, Freshness::Fresh).await })
    };
    settle().await;
    let next = {
        let resolver = Arc::clone(&resolver);
        tokio::spawn(async move { resolver.did(&did(), None, Freshness::Fresh).await })
    };
    settle().await;
    asking.abort();
    drop(asking.await);
    world.leave.as_ref().unwrap().add_permits(1);
    assert!(next.await.unwrap().unwrap().is_some());
    assert!(resolver.shared().is_empty());
}
