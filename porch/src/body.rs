//! Reading a body: at most so many bytes, in at most so much time.

use app::{Fault, FaultKind};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
};
use futures::StreamExt as _;
use std::time::Duration;
use tokio::time::timeout;

domain::limits! {
    /// Longest time a body may take to arrive.
    pub BODY_SECONDS_MAX: u64 = 30, "seconds";
}

/// Refuses a body whose announced length is too long, before a byte of it is read.
pub fn fits(headers: &HeaderMap, bytes_max: usize) -> Result<(), Fault> {
    let lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let is_longer = |text: &str| text.trim().parse::<u64>().map_or(true, |length| length > bytes_max as u64);
    if lengths.filter_map(|value| value.to_str().ok()).any(is_longer) {
        return Err(too_large(bytes_max));
    }
    Ok(())
}

/// Reads a body to its end. Faults: `request/body-too-large`, `request/body-too-slow`, `request/body-unreadable`.
pub async fn read(headers: &HeaderMap, body: Body, bytes_max: usize) -> Result<Bytes, Fault> {
    fits(headers, bytes_max)?;
    match timeout(Duration::from_secs(BODY_SECONDS_MAX), collect(body, bytes_max)).await {
        Ok(read) => read,
        Err(_) => Err(Fault::new(
            FaultKind::TooSlow,
            "request/body-too-slow",
            format!("The body did not arrive within {BODY_SECONDS_MAX} seconds."),
        )),
    }
}

async fn collect(body: Body, bytes_max: usize) -> Result<Bytes, Fault> {
    let unreadable = |_| Fault::invalid("request/body-unreadable", "The body could not be read to its end.");
    let mut stream = body.into_data_stream();
    let Some(first) = stream.next().await.transpose().map_err(unreadable)? else { return Ok(Bytes::new()) };
    if first.len() > bytes_max {
        return Err(too_large(bytes_max));
    }
    let Some(mut next) = stream.next().await.transpose().map_err(unreadable)? else { return Ok(first) };
    let mut bytes = first.to_vec();
    loop {
        if bytes.len().saturating_add(next.len()) > bytes_max {
            return Err(too_large(bytes_max));
        }
        bytes.extend_from_slice(&next);
        match stream.next().await.transpose().map_err(unreadable)? {
            Some(more) => next = more,
            None => return Ok(bytes.into()),
        }
    }
}

fn too_large(bytes_max: usize) -> Fault {
    let sentence = format!("The body is larger than {bytes_max} bytes.");
    Fault::new(FaultKind::TooLarge, "request/body-too-large", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Error, http::HeaderValue};
    use futures::stream;

    fn announced(length: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_LENGTH, HeaderValue::from_static(length))])
    }

    fn chunks(chunks: Vec<Result<&'static str, Error>>) -> Body {
        Body::from_stream(stream::iter(chunks))
    }

    #[tokio::test]
    async fn an_announced_length_beyond_the_limit_is_refused_before_a_byte_is_read() {
        // safety 10: nobody ever sends this body.
        for length in ["100000000000000", "11", "18446744073709551616", "99999999999999999999999999"] {
            let never = Body::from_stream(stream::pending::<Result<Bytes, Error>>());
            let fault = read(&announced(length), never, 10).await.unwrap_err();
            assert_eq!((fault.kind, fault.code), (FaultKind::TooLarge, "request/body-too-large"), "{length}");
        }
        assert_eq!(read(&announced("10"), Body::from("0123456789"), 10).await.unwrap(), "0123456789");
    }

    #[tokio::test]
    async fn what_is_not_announced_is_counted() {
        let none = HeaderMap::new();
        let text = read(&none, chunks(vec![Ok("01234"), Ok(""), Ok("56789")]), 10).await.unwrap();
        assert_eq!(text, "0123456789");
        assert_eq!(read(&none, Body::empty(), 10).await.unwrap(), "");
        for long in [vec![Ok("0123456789a")], vec![Ok("01234"), Ok("56789"), Ok("a")]] {
            assert_eq!(read(&none, chunks(long), 10).await.unwrap_err().code, "request/body-too-large");
        }
        let broken = chunks(vec![Ok("0"), Err(Error::new("reset"))]);
        assert_eq!(read(&none, broken, 10).await.unwrap_err().code, "request/body-unreadable");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_given_up() {
        let drip = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok::<_, Error>("x"), ()))
        });
        let fault = read(&HeaderMap::new(), Body::from_stream(drip), 1_000).await.unwrap_err();
        assert_eq!((fault.kind, fault.code), (FaultKind::TooSlow, "request/body-too-slow"));
    }
}
