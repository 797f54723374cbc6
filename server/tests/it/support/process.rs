//! The real binary as a child that ends with the test.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// How long a server may take until it says where it is.
const START_MAX: Duration = Duration::from_secs(60);

pub(crate) fn asp_access() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asp-access"));
    command.env_remove("RUST_LOG").env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// A child that is killed when it is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Already gone is as good as stopped.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The word after `mark` in what a child says. The rest is read on, so that the child can always write.
pub(crate) fn word_after(mark: &'static str, said: impl Read + Send + 'static) -> String {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut all = String::new();
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            let word = line.split_once(mark).and_then(|(_, rest)| rest.split_whitespace().next());
            all = word.map_or_else(|| format!("{all}{line}\n"), str::to_owned);
            if word.is_some() && send.send(Ok(all.clone())).is_err() {
                return;
            }
        }
        // Nobody listens any more once the word was found.
        let _ = send.send(Err(all));
    });
    let word = receive.recv_timeout(START_MAX).expect("the server says in time where it is");
    word.unwrap_or_else(|said| panic!("the server ended before it said {mark:?}; it said: {said}"))
}
