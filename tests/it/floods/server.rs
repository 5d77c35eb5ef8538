//! The server alone, with small numbers and short times.

use super::{answer_of, raw, until};
use crate::house::TestHouse;
use axum::{Router, routing::get};
use reqwest::Method;
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use studio::server::{self, Limits};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
const WAIT: &[u8] = b"GET /wait HTTP/1.1\r\nhost: x\r\n\r\n";
const HALF: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: x\r\nx-ha";

/// A server whose `/wait` answers when it is let.
struct Small {
    address: SocketAddr,
    /// Requests that wait.
    waiting: Arc<AtomicUsize>,
    leave: Arc<Semaphore>,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

impl Small {
    async fn start(limits: Limits) -> Self {
        let (waiting, leave) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let wait = {
            let (waiting, leave) = (Arc::clone(&waiting), Arc::clone(&leave));
            move || async move {
                waiting.fetch_add(1, SeqCst);
                leave.acquire().await.expect("open").forget();
                axum::Json(Value::from("waited"))
            }
        };
        let large = || async { vec![b'x'; 16 * 1024 * 1024] };
        let live = || async { axum::Json(Value::from("alive")) };
        let doors = Router::new()
            .route("/wait", get(wait))
            .route("/large", get(large))
            .route("/health/live", get(live));
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let server =
            tokio::spawn(server::serve(listener, doors, porch::Proxies::default(), limits, stop.clone()));
        Self { address, waiting, leave, stop, server }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    async fn send(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.expect("sent");
        stream
    }

    async fn ask(&self, bytes: &[u8]) -> (u16, Value) {
        answer_of(&mut self.send(bytes).await).await
    }
}

fn small() -> Limits {
    Limits { connections: 20, connections_per_address: 20, connections_extra: 4, ..Limits::default() }
}

/// Returns when the other end closes; what it says before is thrown away.
async fn closed(mut stream: TcpStream) {
    let mut rest = [0; 4096];
    let end = async { while stream.read(&mut rest).await.is_ok_and(|length| length > 0) {} };
    tokio::time::timeout(super::PATIENCE, end).await.expect("the connection ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_head_ends_by_itself_and_so_does_silence() {
    // safety 6
    let quick = Duration::from_millis(100);
    let small = Small::start(Limits { head: quick, idle: quick, linger: quick, ..small() }).await;
    closed(small.connect().await).await;
    closed(small.send(HALF).await).await;
    closed(small.send(b"\r").await).await;
    // A head is not longer open because something comes now and then.
    let mut drip = small.send(b"GET / HTTP/1.1\r\n").await;
    let dripping = async {
        while drip.write_all(b"a: b\r\n").await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(super::PATIENCE, dripping).await.expect("the connection ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_answer_a_connection_may_be_idle_for_its_time() {
    let quick = Duration::from_secs(1);
    let small = Small::start(Limits { head: quick, idle: Duration::from_hours(1), ..small() }).await;
    let mut twice = small.connect().await;
    let kept = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
    for _ in 0..2 {
        twice.write_all(kept).await.expect("sent");
        assert_eq!(answer_of(&mut twice).await.0, 200);
        // Longer than any head may take.
        for _ in 0..2 {
            closed(small.send(HALF).await).await;
        }
    }
    drop(twice);
    let short = Small::start(Limits { idle: quick, ..self::small() }).await;
    let mut once = short.connect().await;
    once.write_all(kept).await.expect("sent");
    assert_eq!(answer_of(&mut once).await.0, 200);
    closed(once).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_its_time_is_not_idle() {
    let quick = Duration::from_secs(1);
    let small = Small::start(Limits { head: quick, idle: quick, ..small() }).await;
    let mut waiting = small.send(WAIT).await;
    until("it waits", || small.waiting.load(SeqCst) == 1).await;
    // Longer than any head may take.
    for _ in 0..2 {
        closed(small.send(HALF).await).await;
    }
    small.leave.add_permits(1);
    assert_eq!(answer_of(&mut waiting).await, (200, Value::from("waited")));
}

#[tokio::test(flavor = "multi_thread")]
async fn four_times_as_many_half_heads_as_places_keep_nobody_out() {
    // safety 6
    let small = Small::start(small()).await;
    let mut half = Vec::new();
    for _ in 0..80 {
        half.push(small.send(HALF).await);
        assert_eq!(small.ask(LIVE).await, (200, Value::from("alive")));
    }
    // The oldest made room.
    closed(half.remove(0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_every_place_has_a_request_health_answers_and_others_are_told() {
    let small = Small::start(small()).await;
    let mut busy = Vec::new();
    for _ in 0..20 {
        busy.push(small.send(WAIT).await);
    }
    until("all places have a request", || small.waiting.load(SeqCst) == 20).await;
    for _ in 0..10 {
        assert_eq!(small.ask(LIVE).await, (200, Value::from("alive")));
        let (status, body) = small.ask(WAIT).await;
        assert_eq!((status, &body["code"]), (503, &Value::from("server/busy")), "{body}");
        // Half heads beyond the places give way as well.
        drop(small.send(HALF).await);
    }
    let silent =
        [small.send(HALF).await, small.send(HALF).await, small.send(HALF).await, small.send(HALF).await];
    assert_eq!(small.ask(LIVE).await, (200, Value::from("alive")));
    drop(silent);
    small.leave.add_permits(20);
    for mut stream in busy {
        assert_eq!(answer_of(&mut stream).await.0, 200, "whoever was served is served to the end");
    }
    assert_eq!(small.ask(LIVE).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_read_is_given_up() {
    let quick = Duration::from_millis(100);
    let small =
        Small::start(Limits { write_stall: quick, connections: 1, connections_extra: 0, ..small() }).await;
    let stuck = small.send(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
    stuck.peek(&mut [0]).await.expect("its answer has begun");
    // Its place is free again, although it never read and never left.
    let free = async {
        loop {
            let mut stream = small.send(LIVE).await;
            let mut text = Vec::new();
            if stream.read_to_end(&mut text).await.is_ok() && text.starts_with(b"HTTP/1.1 200") {
                return;
            }
        }
    };
    tokio::time::timeout(super::PATIENCE, free).await.expect("a place");
    drop(stuck);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_requests_under_way_end_and_takes_no_more() {
    let small = Small::start(small()).await;
    let (mut busy, idle, half) = (small.send(WAIT).await, small.connect().await, small.send(HALF).await);
    until("it waits", || small.waiting.load(SeqCst) == 1).await;
    small.stop.cancel();
    closed(idle).await;
    closed(half).await;
    let refused = async { while TcpStream::connect(small.address).await.is_ok() {} };
    tokio::time::timeout(super::PATIENCE, refused).await.expect("the port is closed");
    assert!(!small.server.is_finished());
    small.leave.add_permits(1);
    assert_eq!(answer_of(&mut busy).await, (200, Value::from("waited")));
    tokio::time::timeout(super::PATIENCE, small.server).await.expect("it ends").expect("no panic");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_with_an_unread_body_in_it_is_not_used_again() {
    let house = TestHouse::start().await;
    let large = "x".repeat(1_500_000);
    for path in ["/did/create", "/graphql", "/nowhere", "/1.0/identifiers/did:cheqd:testnet:x"] {
        let request = house.request(Method::POST, path).header("content-type", "application/json");
        let refused = request.header("x-api-key", &house.alice.key).body(large.clone()).send().await;
        let refused = refused.expect("an answer");
        assert_eq!(refused.headers()["connection"], "close", "{path}");
        assert!([404, 413].contains(&refused.status().as_u16()), "{path}: {}", refused.status());
        drop(refused.bytes().await);
        // The client that was told so opens another one.
        house.get("/account").await.expect(200);
    }
    // Whatever was read leaves the connection as it was.
    let mut stream = raw(&house).await;
    for _ in 0..2 {
        let head =
            "POST /key/create HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n";
        let request = format!("{head}x-api-key: {}\r\n\r\n{{}}", house.alice.key);
        stream.write_all(request.as_bytes()).await.expect("sent");
        assert_eq!(answer_of(&mut stream).await.0, 200);
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_reaches_a_client_that_is_still_sending() {
    let house = TestHouse::start().await;
    let mut stream = raw(&house).await;
    let head = format!(
        "POST /did/create HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-api-key: {}\r\ncontent-length: 104857600\r\n\r\n",
        house.alice.key
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    // Far more than any buffer on the way holds.
    let piece = vec![b' '; 64 * 1024];
    for _ in 0..256 {
        if stream.write_all(&piece).await.is_err() {
            break;
        }
    }
    let (status, body) = answer_of(&mut stream).await;
    assert_eq!((status, &body["code"]), (413, &Value::from("request/body-too-large")));
    house.stop().await;
}
