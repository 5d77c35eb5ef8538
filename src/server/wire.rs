//! A connection's bytes, with the time they may take.

use super::{
    Limits,
    table::{Admission, Entry},
};
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

/// Read and thrown away at a time.
const DISCARD_BYTES: usize = 8 * 1024;

/// See the module. Holds the connection's place, also after it became something else than HTTP.
pub(super) struct Wire {
    stream: TcpStream,
    entry: Arc<Entry>,
    head: Deadline,
    /// Requests that had begun when `head` was last looked at.
    begun: u64,
    write: Deadline,
    linger: Deadline,
    is_shut: bool,
    _admission: Admission,
}

/// A time limit that runs only sometimes.
struct Deadline {
    limit: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    fn new(limit: Duration) -> Self {
        Self { limit, sleep: None }
    }

    fn start(&mut self) {
        if self.sleep.is_none() {
            self.sleep = Some(Box::pin(sleep_until(Instant::now() + self.limit)));
        }
    }

    fn stop(&mut self) {
        self.sleep = None;
    }

    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        self.sleep.as_mut().is_some_and(|sleep| sleep.as_mut().poll(context).is_ready())
    }
}

fn too_slow(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}

impl Wire {
    pub(super) fn new(stream: TcpStream, admission: Admission, limits: &Limits) -> Self {
        let mut head = Deadline::new(limits.head);
        // The first head has its time from the connection on.
        head.start();
        Self {
            stream,
            entry: Arc::clone(admission.entry()),
            head,
            begun: 0,
            write: Deadline::new(limits.write_stall),
            linger: Deadline::new(limits.linger),
            is_shut: false,
            _admission: admission,
        }
    }

    /// What a write came to; one that waits has its time.
    fn written<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.write.stop();
            self.entry.moved();
            return written;
        }
        self.write.start();
        if self.write.is_over(context) {
            return Poll::Ready(Err(too_slow("the client does not read")));
        }
        Poll::Pending
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let begun = this.entry.begun();
        if begun != this.begun {
            // The head it was running for is complete.
            this.begun = begun;
            this.head.stop();
        }
        let before = buffer.filled().len();
        match Pin::new(&mut this.stream).poll_read(context, buffer) {
            Poll::Ready(Ok(())) => {
                if buffer.filled().len() > before {
                    this.entry.moved();
                    if this.entry.waits() {
                        this.head.start();
                    }
                }
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending if this.head.is_over(context) => {
                Poll::Ready(Err(too_slow("the head did not come in time")))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Says that nothing more comes, and then reads on for a moment: a connection that is closed with bytes unread is reset,
    /// and a reset takes the last answer from whoever was still sending.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.is_shut {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
            this.is_shut = true;
            this.linger.start();
        }
        loop {
            if this.linger.is_over(context) {
                return Poll::Ready(Ok(()));
            }
            let mut bytes = [0; DISCARD_BYTES];
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut this.stream).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                Ok(()) | Err(_) => return Poll::Ready(Ok(())),
            }
        }
    }
}
