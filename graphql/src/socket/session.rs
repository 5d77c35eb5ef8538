//! One socket: who it is, what runs on it, and when it ends.

use super::message::{self, Closing, Said};
use crate::{
    asking::Asking,
    execute::Answer,
    fault::{finish, log, refusal},
    http::{API_KEY_HEADER, Door, ask::Asked, too_slow},
    limits::{
        BODY_BYTES_MAX, SOCKET_INIT_SECONDS_MAX, SOCKET_PING_SECONDS, SOCKET_SEND_SECONDS_MAX,
        SOCKET_SILENCE_SECONDS_MAX,
    },
    places::{Arrival, Connected, Out},
    pulse::Beat,
};
use app::{Fault, FaultKind, Principal, budget::Work, customer::still_works};
use async_graphql::{ServerError, parser::types::OperationType};
use axum::{
    body::Bytes,
    extract::ws::{Message, WebSocket},
    http::HeaderMap,
};
use futures::{
    StreamExt as _,
    stream::{self, AbortHandle, BoxStream, SelectAll, abortable},
};
use porch::Client;
use porch::head::missing_key;
use serde_json::{Map, Value};
use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until, timeout};
use uuid::Uuid;

/// Why a socket is closed that has shown no key, when others come.
const SHOWN_OUT: &str = "More connections came without an API key than may wait for one.";

/// What an operation tells its socket.
enum Told {
    /// An answer.
    Next(Answer),
    /// No answer, and no further one.
    Error(Vec<ServerError>),
    /// It is over.
    Complete,
}

/// What an operation told, under the client's id and a number that tells operations with the same id apart.
type Heard = (String, u64, Told);

pub(super) struct Session {
    door: Arc<Door>,
    socket: WebSocket,
    client: Client,
    traceparent: Option<String>,
    /// What the browser sent when it opened the socket.
    headers: HeaderMap,
    /// The place of a socket that has shown no key yet.
    arrival: Option<Arrival>,
    /// Tells that this place is needed for somebody else.
    out: Out,
    caller: Option<(Principal, Connected)>,
    /// Tells when the caller's API key works no more.
    beat: Option<Beat>,
    running: HashMap<String, (u64, AbortHandle)>,
    telling: SelectAll<BoxStream<'static, Heard>>,
    begun: u64,
    heard_at: Instant,
}

impl Session {
    pub(super) fn new(
        door: Arc<Door>,
        socket: WebSocket,
        (client, arrival): (Client, Arrival),
        traceparent: Option<String>,
        headers: HeaderMap,
    ) -> Self {
        Self {
            door,
            socket,
            client,
            traceparent,
            headers,
            out: arrival.out(),
            arrival: Some(arrival),
            caller: None,
            beat: None,
            running: HashMap::new(),
            telling: SelectAll::new(),
            begun: 0,
            heard_at: Instant::now(),
        }
    }

    /// Until either side ends it.
    pub(super) async fn run(mut self) {
        let closing = match self.socket.protocol() {
            Some(_) => self.listen().await,
            None => Some(Closing::protocol()),
        };
        // What runs must not outlive the socket while the client takes its time to hear of the end.
        self.telling = SelectAll::new();
        if let Some(closing) = closing {
            tracing::debug!(code = closing.code, reason = closing.reason, "graphql.socket.closed");
            self.send(closing.frame()).await;
        }
    }

    /// `None` if the client ended it, or cannot be reached.
    async fn listen(&mut self) -> Option<Closing> {
        let deadline = self.heard_at + Duration::from_secs(SOCKET_INIT_SECONDS_MAX);
        let mut pings = pings();
        loop {
            tokio::select! {
                came = self.socket.recv() => match came {
                    Some(Ok(message)) => {
                        self.heard_at = Instant::now();
                        if let Err(ended) = self.take(message).await {
                            return ended;
                        }
                    }
                    Some(Err(error)) => return too_long(error),
                    None => return None,
                },
                Some(heard) = self.telling.next() => {
                    if !self.tell(heard).await {
                        return None;
                    }
                }
                // What runs hears of it by itself, each under its id; then nothing holds the socket any more.
                () = refused(&mut self.beat), if self.running.is_empty() => return Some(Closing::forbidden()),
                () = sleep_until(deadline), if self.caller.is_none() => return Some(Closing::too_late()),
                () = self.out.shown_out(), if self.caller.is_none() => return Some(Closing::busy(SHOWN_OUT)),
                _ = pings.tick() => {
                    if self.heard_at.elapsed() > Duration::from_secs(SOCKET_SILENCE_SECONDS_MAX) {
                        return Some(Closing::silent());
                    }
                    // Both kinds: programs answer the message, browsers and proxies the frame.
                    if self.caller.is_some()
                        && !(self.send(message::ping()).await && self.send(Message::Ping(Bytes::new())).await)
                    {
                        return None;
                    }
                }
            }
        }
    }

    /// `Err` ends the socket.
    async fn take(&mut self, message: Message) -> Result<(), Option<Closing>> {
        let said = match message {
            Message::Text(text) if text.len() > BODY_BYTES_MAX => return Err(Some(Closing::too_long())),
            Message::Text(text) => message::read(&text).map_err(Some)?,
            Message::Binary(_) => return Err(Some(Closing::invalid("it is not text"))),
            Message::Close(_) => return Err(None),
            // Answered by the WebSocket itself.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        match said {
            Said::Init(payload) => self.init(payload).await,
            Said::Ping(payload) => self.sent(message::pong(payload)).await,
            Said::Pong => Ok(()),
            Said::Complete { id } => {
                if let Some((_, running)) = self.running.remove(&id) {
                    running.abort();
                }
                Ok(())
            }
            Said::Subscribe { id, asked } => self.begin(id, *asked).await,
        }
    }

    async fn init(&mut self, payload: Option<Map<String, Value>>) -> Result<(), Option<Closing>> {
        let Some(arrival) = self.arrival.take() else { return Err(Some(Closing::twice())) };
        let caller = authenticate(&self.door, &self.headers, payload, self.client)
            .await
            .map_err(|fault| Some(closing(&fault)))?;
        let connected = arrival.belongs_to(caller.customer).map_err(|fault| Some(closing(&fault)))?;
        let studio = &self.door.house.studio;
        let asking =
            Asking::new(&self.door.house, &self.door.pulses, caller.clone(), studio.ids.next(), None);
        self.beat = Some(self.door.pulses.of(&asking));
        self.caller = Some((caller, connected));
        self.sent(message::ack()).await
    }

    async fn begin(&mut self, id: String, asked: Asked) -> Result<(), Option<Closing>> {
        let Some((caller, connected)) = &self.caller else { return Err(Some(Closing::unauthorized())) };
        if self.running.contains_key(&id) {
            return Err(Some(Closing::taken(&id)));
        }
        let request = self.door.house.studio.ids.next();
        let place = match connected.operation() {
            Ok(place) => place,
            Err(fault) => return self.sent(message::error(&id, &errors(&fault, request))).await,
        };
        let work = answers(Arc::clone(&self.door), caller.clone(), request, self.traceparent.clone(), asked);
        // A panic ends the operation, not the socket.
        let work = AssertUnwindSafe(work).catch_unwind().map(move |told| {
            let _held = &place;
            told.unwrap_or_else(|_| {
                Told::Error(errors(&Fault::bug("an operation of a socket panicked"), request))
            })
        });
        self.begun += 1;
        let (number, name) = (self.begun, id.clone());
        let ends = work.chain(stream::iter([Told::Complete]));
        let (telling, running) = abortable(ends.map(move |told| (name.clone(), number, told)));
        self.telling.push(telling.boxed());
        self.running.insert(id, (number, running));
        Ok(())
    }

    /// Whether the client could be told.
    async fn tell(&mut self, (id, number, told): Heard) -> bool {
        // What was completed or has failed tells nothing more, even if its id is in use again.
        if self.running.get(&id).is_none_or(|(running, _)| *running != number) {
            return true;
        }
        match told {
            Told::Next(answer) => self.send(message::next(&id, &answer)).await,
            Told::Error(errors) => {
                self.end(&id);
                self.send(message::error(&id, &errors)).await
            }
            Told::Complete => {
                self.end(&id);
                self.send(message::complete(&id)).await
            }
        }
    }

    fn end(&mut self, id: &str) {
        if let Some((_, running)) = self.running.remove(id) {
            running.abort();
        }
    }

    async fn sent(&mut self, message: Message) -> Result<(), Option<Closing>> {
        if self.send(message).await { Ok(()) } else { Err(None) }
    }

    /// Whether it went out. Who reads too slowly is not waited for.
    async fn send(&mut self, message: Message) -> bool {
        let time = Duration::from_secs(SOCKET_SEND_SECONDS_MAX);
        matches!(timeout(time, self.socket.send(message)).await, Ok(Ok(())))
    }
}

/// Returns when the key of the caller works no more; never before there is a caller.
async fn refused(beat: &mut Option<Beat>) {
    match beat {
        Some(beat) => beat.refused().await,
        None => std::future::pending().await,
    }
}

fn pings() -> Interval {
    let mut pings = interval(Duration::from_secs(SOCKET_PING_SECONDS));
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.reset();
    pings
}

/// What a fault of the first message means for the socket.
fn closing(fault: &Fault) -> Closing {
    log(fault);
    match fault.kind {
        FaultKind::Unauthenticated | FaultKind::Forbidden => Closing::forbidden(),
        _ => Closing::busy(&fault.public),
    }
}

/// Header names are written in any case, so the payload may be too.
/// What is far too long is not read to its end; a client that has gone away hears nothing any more.
fn too_long(error: axum::Error) -> Option<Closing> {
    let error = error.into_inner().downcast::<tungstenite::Error>().ok()?;
    matches!(*error, tungstenite::Error::Capacity(_)).then(Closing::too_long)
}

async fn authenticate(
    door: &Door,
    headers: &HeaderMap,
    payload: Option<Map<String, Value>>,
    client: Client,
) -> Result<Principal, Fault> {
    let payload = payload.unwrap_or_default();
    let mut given = payload.iter().filter(|(name, _)| name.eq_ignore_ascii_case(API_KEY_HEADER));
    let Some((_, secret)) = given.next() else {
        return porch::identify_socket(&door.house.studio, &door.house.budget, headers).await;
    };
    let secret = secret.as_str().ok_or_else(missing_key)?;
    porch::identify_secret(&door.house.studio, &door.house.budget, secret.trim(), client).await
}

fn errors(fault: &Fault, request: Uuid) -> Vec<ServerError> {
    log(fault);
    let mut errors = vec![refusal(fault, None)];
    finish(&mut errors, request);
    errors
}

/// What an operation answers: once, or for as long as something happens.
fn answers(
    door: Arc<Door>,
    caller: Principal,
    request: Uuid,
    traceparent: Option<String>,
    asked: Asked,
) -> BoxStream<'static, Told> {
    let begun = async move {
        let asking = Asking::new(&door.house, &door.pulses, caller, request, traceparent);
        // The key may have been revoked since the connection began.
        let admitted = async {
            asking.take_place(Work::Read).await?;
            still_works(asking.studio(), &asking.caller).await
        };
        if let Err(fault) = admitted.await {
            return told(errors(&fault, request));
        }
        let prepared = match door.engine.prepare(&asked, &asking).await {
            Ok(prepared) => prepared,
            Err(refused) => return told(refused.errors),
        };
        if let Err(fault) = asking.take_place_of(&prepared).await {
            return told(errors(&fault, request));
        }
        if prepared.kind == OperationType::Subscription {
            door.engine.follow(prepared, &asking).map(of_answer).boxed()
        } else {
            let work = door.engine.execute(prepared, &asking);
            match timeout(door.time(), work).await {
                Ok(answer) => stream::iter([of_answer(answer)]).boxed(),
                Err(_) => told(errors(&too_slow(), request)),
            }
        }
    };
    stream::once(begun).flatten().boxed()
}

fn told(errors: Vec<ServerError>) -> BoxStream<'static, Told> {
    stream::iter([Told::Error(errors)]).boxed()
}

fn of_answer(answer: Answer) -> Told {
    if answer.is_refused() { Told::Error(answer.errors) } else { Told::Next(answer) }
}
