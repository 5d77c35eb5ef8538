//! Nothing is waited for without an end: a test that hangs says what it waited for.

use std::{
    io::{self, Read, Write as _},
    process::{Command, Output, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// The longest that one thing is waited for, on a machine that is busy with everything else.
pub const PATIENCE: Duration = Duration::from_mins(5);
/// Between two looks at something that tells nobody when it is so.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// What comes of it.
#[track_caller]
pub fn within<T>(what: &str, waited_for: impl Future<Output = T>) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    async move {
        let came = tokio::time::timeout(PATIENCE, waited_for).await;
        came.unwrap_or_else(|_| panic!("{place}: {PATIENCE:?} went by without this: {what}"))
    }
}

/// The end of a round of looks. Whoever looks asks it each time.
pub struct Deadline(Instant);

impl Deadline {
    pub fn new() -> Self {
        Self(Instant::now() + PATIENCE)
    }

    /// Lets a moment pass.
    #[track_caller]
    pub fn pause(&self, what: &str) -> impl Future<Output = ()> {
        assert!(Instant::now() < self.0, "{PATIENCE:?} went by without this: {what}");
        tokio::time::sleep(BETWEEN_LOOKS)
    }
}

/// A client whose requests are answered in time, or fail saying that they were not.
pub fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().timeout(PATIENCE)
}

/// Every background part comes to its end, and none by a panic.
pub async fn ended(parts: &mut JoinSet<()>) {
    let ending = async {
        while let Some(part) = parts.join_next().await {
            part.expect("no background part panicked");
        }
    };
    within("every background part ends", ending).await;
}

/// Runs a program to its end, with this on its stdin. One that does not end in time is killed.
pub fn run(command: &mut Command, input: &str) -> io::Result<Output> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_owned();
    // A thread of its own: a program may talk before it has listened to the end.
    let writer = thread::spawn(move || stdin.write_all(input.as_bytes()));
    let (out, err) = (read(child.stdout.take()), read(child.stderr.take()));
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            let program = command.get_program().display();
            let said = format!("{program} did not end in {PATIENCE:?}");
            return Err(io::Error::new(io::ErrorKind::TimedOut, said));
        }
        thread::sleep(BETWEEN_LOOKS);
    };
    // A program that does not listen is not at fault.
    drop(writer.join());
    let text = |reader: JoinHandle<_>| reader.join().expect("no panic");
    Ok(Output { status, stdout: text(out)?, stderr: text(err)? })
}

/// Reads to the end, beside everything else.
fn read(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<io::Result<Vec<u8>>> {
    let mut pipe = pipe.expect("it is piped");
    thread::spawn(move || {
        let mut text = Vec::new();
        pipe.read_to_end(&mut text).map(|_| text)
    })
}
