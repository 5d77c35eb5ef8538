//! The HTTP server: connections within their number and time, so that nobody who opens many or says little keeps others
//! out.
//!
//! A connection that waits (its head is not complete, or it is idle) gives way when somebody needs its place; one with a
//! request never does, until its answer begins. Whoever comes when all places have requests is still heard: health answers him, everything else
//! tells him to come back. What one request may cost beyond that is for the doors (`app::budget`).

mod descriptors;
mod table;
mod unread;
mod wire;

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use porch::Proxies;
use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use table::{Admission, Entry, Table};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;
use unread::Watched;
use wire::Wire;

domain::limits! {
    /// Connections at the same time, if there are descriptors for so many.
    pub CONNECTIONS_MAX: usize = 4_096, "connections";
    /// Of one address (IPv4) or network (IPv6, 64 bits) that is no proxy of the operator's. The one that waits longest makes
    /// room for the next.
    pub CONNECTIONS_PER_ADDRESS_MAX: usize = 2_048, "connections";
    /// Beyond them, for health and for telling all others to come back.
    pub CONNECTIONS_EXTRA_MAX: usize = 64, "connections";
    /// Descriptors kept for our own files and connections (database, ledger); half of all, if there are fewer than twice as
    /// many.
    pub DESCRIPTORS_RESERVED: u64 = 1_024, "descriptors";
    /// Longest time from the first byte of a request's head to its last; from the connection on for the first request.
    pub HEAD_SECONDS_MAX: u64 = 10, "seconds";
    /// How long a connection may be idle between requests.
    pub IDLE_SECONDS_MAX: u64 = 60, "seconds";
    /// How long a client may take to read on before it is given up.
    pub WRITE_STALL_SECONDS_MAX: u64 = 30, "seconds";
    /// How long what a client still sends is thrown away after the last answer, so that it can read that.
    pub LINGER_SECONDS_MAX: u64 = 2, "seconds";
    /// Header fields of a request.
    pub HEADERS_MAX: usize = 100, "fields";
    /// Names and values of all header fields together.
    pub HEAD_BYTES_MAX: usize = 32 * 1024, "bytes";
    /// What is read of a head at all. More than [`HEAD_BYTES_MAX`], so that most of those who send too much get a whole sentence;
    /// who sends more than this gets the bare status.
    BUFFER_BYTES_MAX: usize = 4 * HEAD_BYTES_MAX, "bytes";
}

/// How long to wait after a connection could not be taken: the system has none left, and asking at once would only spin.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// How many and how long; tests choose smaller ones.
#[derive(Debug, Clone)]
pub struct Limits {
    /// See [`CONNECTIONS_MAX`].
    pub connections: usize,
    /// See [`CONNECTIONS_PER_ADDRESS_MAX`].
    pub connections_per_address: usize,
    /// See [`CONNECTIONS_EXTRA_MAX`].
    pub connections_extra: usize,
    /// See [`HEAD_SECONDS_MAX`].
    pub head: Duration,
    /// See [`IDLE_SECONDS_MAX`].
    pub idle: Duration,
    /// See [`WRITE_STALL_SECONDS_MAX`].
    pub write_stall: Duration,
    /// See [`LINGER_SECONDS_MAX`].
    pub linger: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS_MAX,
            connections_per_address: CONNECTIONS_PER_ADDRESS_MAX,
            connections_extra: CONNECTIONS_EXTRA_MAX,
            head: Duration::from_secs(HEAD_SECONDS_MAX),
            idle: Duration::from_secs(IDLE_SECONDS_MAX),
            write_stall: Duration::from_secs(WRITE_STALL_SECONDS_MAX),
            linger: Duration::from_secs(LINGER_SECONDS_MAX),
        }
    }
}

impl Limits {
    /// The usual ones, with no more connections than this process has descriptors for. Takes as many descriptors as the
    /// system lets it.
    pub fn of_this_process() -> Self {
        let usual = Self::default();
        let Some(descriptors) = descriptors::raised() else { return usual };
        let connections = descriptors::connections(descriptors, DESCRIPTORS_RESERVED).min(usual.connections);
        if connections < usual.connections {
            tracing::warn!(
                descriptors,
                connections,
                "fewer connections than usual: raise the limit of open files (ulimit -n)"
            );
        }
        Self { connections, ..usual }
    }
}

/// What all connections share.
struct Server {
    doors: Router,
    proxies: Proxies,
    limits: Limits,
    table: Table,
    http: http1::Builder,
}

/// Serves until `stop`; requests under way are finished.
pub async fn serve(
    listener: TcpListener,
    doors: Router,
    proxies: Proxies,
    limits: Limits,
    stop: CancellationToken,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_headers(HEADERS_MAX)
        .max_buf_size(BUFFER_BYTES_MAX);
    let table = Table::new(&limits);
    let server = Arc::new(Server { doors, proxies, limits, table, http });
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => server.take(stream, peer, &connections, &stop),
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                server.table.make_room();
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(ACCEPT_AGAIN_AFTER) => {}
                }
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// The client went away between its first packet and us.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

impl Server {
    fn take(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) {
        let is_proxy = self.proxies.contain(peer.ip());
        let Some(admission) = self.table.admit(porch::Client(peer.ip()).network(), is_proxy) else { return };
        // An answer should not wait for more to send; a system that cannot do that serves all the same.
        drop(stream.set_nodelay(true));
        let server = Arc::clone(self);
        let stop = stop.clone();
        tasks.spawn(async move { server.connection(stream, peer, admission, stop).await });
    }

    async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        admission: Admission,
        stop: CancellationToken,
    ) {
        let entry = Arc::clone(admission.entry());
        let wire = Wire::new(stream, admission, &self.limits);
        let mut http = self.http.clone();
        http.keep_alive(!entry.is_extra());
        let service = {
            let entry = Arc::clone(&entry);
            service_fn(move |request| {
                let (server, entry) = (Arc::clone(&self), Arc::clone(&entry));
                async move { Ok::<_, Infallible>(server.answer(request, peer, &entry).await) }
            })
        };
        let mut connection = pin!(http.serve_connection(TokioIo::new(wire), service).with_upgrades());
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = entry.given_up() => return,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = connection.as_mut() => ended,
                    () = entry.given_up() => return,
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, %peer, "a connection broke");
        }
    }

    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr, entry: &Entry) -> Response {
        let _serving = entry.serve();
        let (parts, body) = request.into_parts();
        let (body, unread) = Watched::new(body);
        let request = Request::from_parts(parts, Body::new(body));
        let response = self.judged(request, peer, entry).await;
        if unread.is_some() { last(response) } else { response }
    }

    async fn judged(&self, mut request: Request<Body>, peer: SocketAddr, entry: &Entry) -> Response {
        if entry.is_extra() && !is_health(request.uri().path()) {
            let sentence = "Studio has as many connections as it can; try again shortly.";
            return last(refusal(StatusCode::SERVICE_UNAVAILABLE, "server/busy", sentence));
        }
        let bytes: usize =
            request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if bytes > HEAD_BYTES_MAX {
            let sentence = format!("The headers are longer than {HEAD_BYTES_MAX} bytes together.");
            let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return last(refusal(status, "request/headers-too-large", &sentence));
        }
        let client = self.proxies.client(peer.ip(), request.headers());
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(client);
        let response = match self.doors.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            entry.keep();
        }
        response
    }
}

/// What is answered whatever the load.
fn is_health(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    matches!(path, "/health/live" | "/health/ready" | "/version")
}

fn refusal(status: StatusCode, code: &'static str, sentence: &str) -> Response {
    rest::Problem::with_status(status, code, sentence).into_response()
}

/// With the end of the connection.
fn last(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Every limit of the server.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [LIMITS, descriptors::LIMITS].concat()
}
