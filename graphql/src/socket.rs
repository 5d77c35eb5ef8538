//! `/graphql/ws`: subscriptions (and anything else) over the protocol `graphql-transport-ws`. The API key comes in the payload
//! of `connection_init`; without one, a page of ours in a browser that is signed in is known by its cookie. The older protocol `graphql-ws` is not spoken.

mod message;
mod session;

use crate::{
    http::{Door, Form, problem},
    limits::BODY_BYTES_MAX,
};
use app::Fault;
use axum::{
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{Extensions, HeaderMap},
    response::Response,
};
use porch::{Client, head::traceparent};
use session::Session;
use std::sync::Arc;

/// The subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";

pub(crate) async fn open(
    State(door): State<Arc<Door>>,
    headers: HeaderMap,
    extensions: Extensions,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        let sentence = "This address is for WebSockets of the protocol graphql-transport-ws.";
        let fault = Fault::invalid("graphql/not-a-websocket", sentence);
        return problem(fault, door.house.studio.ids.next(), Form::Json);
    };
    let client = Client::of(&extensions);
    let place = door.sockets.arrive(client);
    let traceparent = traceparent(&headers);
    let door = Arc::clone(&door);
    upgrade
        .protocols([PROTOCOL])
        // What is a little too long is read, so that its sender hears why the socket is closed.
        .max_message_size(2 * BODY_BYTES_MAX)
        .max_frame_size(2 * BODY_BYTES_MAX)
        .on_upgrade(async move |socket| {
            Session::new(door, socket, (client, place), traceparent, headers).run().await;
        })
}
