//! A mail relay for the demo and for tests: takes mail on this machine only and puts it into the inbox.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use app::model::alert::Channel;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    bounce,
    fate::{DELAY, Fate},
    inbox::{Inbox, Item},
    mail_parts::MailParts,
};
use crate::clock::Clock;

/// Connections at once; more wait.
const CONNECTIONS_MAX: usize = 64;
/// Bytes of a mail.
const MAIL_BYTES_MAX: usize = 1 << 20;
/// Bytes of a line (RFC 5321 §4.5.3.1.6 wants 1000 at least).
const LINE_BYTES_MAX: u64 = 4096;
/// Recipients of a mail.
const RECIPIENTS_MAX: usize = 10;
/// How long a connection may be silent. Longer than the 60 s for which the channel keeps idle connections.
const SILENCE_MAX: Duration = Duration::from_mins(2);

/// A running relay. Dropping it stops it.
#[derive(Debug)]
pub struct SmtpSink {
    /// Where it listens.
    pub address: SocketAddr,
    _stop: DropGuard,
}

impl SmtpSink {
    /// Starts a relay on a port of 127.0.0.1; 0 is any free one.
    pub async fn start(inbox: Inbox, clock: Arc<dyn Clock>, port: u16) -> io::Result<Self> {
        Self::start_with(inbox, clock, port, None).await
    }

    /// The same; mails that are to come back come back into a Maildir.
    pub async fn start_with(
        inbox: Inbox,
        clock: Arc<dyn Clock>,
        port: u16,
        bounces: Option<PathBuf>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let (address, stop) = (listener.local_addr()?, CancellationToken::new());
        let accepting = accept(listener, Post { inbox, clock, bounces }, stop.clone());
        tokio::spawn(stop.clone().run_until_cancelled_owned(accepting));
        Ok(Self { address, _stop: stop.drop_guard() })
    }
}

/// What happens to mails.
#[derive(Clone)]
struct Post {
    inbox: Inbox,
    clock: Arc<dyn Clock>,
    bounces: Option<PathBuf>,
}

async fn accept(listener: TcpListener, post: Post, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    while let Ok(slot) = slots.clone().acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, mostly: it passes.
            time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let post = post.clone();
        let talk = async move {
            if let Err(error) = Conversation::new(stream, post).hold().await {
                tracing::debug!(%error, "the demo's relay lost a connection");
            }
            drop(slot);
        };
        tokio::spawn(stop.clone().run_until_cancelled_owned(talk));
    }
}

struct Conversation {
    stream: BufReader<TcpStream>,
    post: Post,
    /// From whom the mail comes, and so where it goes back to.
    sender: Option<String>,
    recipients: Vec<String>,
}

impl Conversation {
    fn new(stream: TcpStream, post: Post) -> Self {
        Self { stream: BufReader::new(stream), post, sender: None, recipients: Vec::new() }
    }

    async fn hold(&mut self) -> io::Result<()> {
        self.say("220 demo ESMTP").await?;
        while let Some(line) = self.line().await? {
            let line = String::from_utf8_lossy(&line).into_owned();
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => self.say(&format!("250-demo\r\n250-8BITMIME\r\n250 SIZE {MAIL_BYTES_MAX}")).await?,
                "HELO" | "NOOP" => self.say("250 OK").await?,
                "RSET" => {
                    self.reset();
                    self.say("250 OK").await?;
                }
                "MAIL" => {
                    self.reset();
                    self.sender = Some(in_brackets(&line).unwrap_or_default().to_owned());
                    self.say("250 OK").await?;
                }
                "RCPT" => self.recipient(&line).await?,
                "DATA" if self.recipients.is_empty() => self.say("503 5.5.1 RCPT first").await?,
                "DATA" => self.data().await?,
                "QUIT" => return self.say("221 Bye").await,
                _ => self.say("502 5.5.1 not known here").await?,
            }
        }
        Ok(())
    }

    async fn recipient(&mut self, line: &str) -> io::Result<()> {
        match in_brackets(line) {
            _ if self.sender.is_none() => self.say("503 5.5.1 MAIL first").await,
            _ if self.recipients.len() == RECIPIENTS_MAX => self.say("452 4.5.3 too many recipients").await,
            Some(address) if address.contains('@') => {
                self.recipients.push(address.to_owned());
                self.say("250 OK").await
            }
            _ => self.say("501 5.1.3 no address").await,
        }
    }

    async fn data(&mut self) -> io::Result<()> {
        self.say("354 go ahead").await?;
        let mut mail = Vec::new();
        let mut too_big = false;
        loop {
            let Some(line) = self.line().await? else { return Ok(()) };
            if line == b"." {
                break;
            }
            // A line that begins with a dot was sent with one more (RFC 5321 §4.5.2).
            let line = line.strip_prefix(b".").unwrap_or(&line);
            too_big |= mail.len() + line.len() > MAIL_BYTES_MAX;
            if !too_big {
                mail.extend_from_slice(line);
                mail.push(b'\n');
            }
        }
        if too_big {
            self.reset();
            return self.say("552 5.3.4 too big").await;
        }
        let fate = self.post.inbox.fates().next(Channel::Email);
        if fate == Fate::Fails {
            self.reset();
            return self.say("451 4.3.2 later").await;
        }
        if fate == Fate::Delayed {
            time::sleep(DELAY).await;
        }
        let MailParts { subject, text, html } = MailParts::read(&String::from_utf8_lossy(&mail));
        for to in std::mem::take(&mut self.recipients) {
            if let (Fate::Bounces, Some(folder), Some(sender)) = (fate, &self.post.bounces, &self.sender) {
                let name =
                    format!("{}.{}", self.post.clock.now().as_microsecond(), self.stream.get_ref().peer_addr()?.port());
                bounce::drop_into(folder, &name, sender, &to).await?;
                continue;
            }
            let (subject, text, html) = (Some(subject.clone()), text.clone(), html.clone());
            self.post.inbox.put(Item { at: self.post.clock.now(), channel: Channel::Email, to, subject, text, html });
        }
        self.reset();
        self.say("250 2.0.0 taken").await
    }

    fn reset(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    async fn say(&mut self, words: &str) -> io::Result<()> {
        self.stream.write_all(format!("{words}\r\n").as_bytes()).await
    }

    /// The next line without its end; `None` when the other side has gone.
    async fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.stream).take(LINE_BYTES_MAX);
        time::timeout(SILENCE_MAX, bounded.read_until(b'\n', &mut line)).await.map_err(io::Error::other)??;
        if line.pop() != Some(b'\n') {
            return Ok(None);
        }
        line.pop_if(|byte| *byte == b'\r');
        Ok(Some(line))
    }
}

/// The address of `MAIL FROM:<…>` or `RCPT TO:<…>`.
fn in_brackets(line: &str) -> Option<&str> {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    async fn talk(sink: &SmtpSink, words: &str) -> String {
        let mut stream = TcpStream::connect(sink.address).await.expect("connect");
        stream.write_all(words.replace('\n', "\r\n").as_bytes()).await.expect("write");
        stream.shutdown().await.expect("shutdown");
        let mut replies = String::new();
        stream.read_to_string(&mut replies).await.expect("read");
        replies
    }

    #[tokio::test]
    async fn a_mail_arrives_with_its_dots_as_they_were() {
        let inbox = Inbox::default();
        let sink = SmtpSink::start(inbox.clone(), Arc::new(SystemClock), 0).await.expect("sink");
        let envelope = "EHLO me\nMAIL FROM:<a@b.in>\nRCPT TO:<c@d.in>\n";
        let replies = talk(&sink, &format!("{envelope}DATA\nSubject: x\n\n..dot\nend\n.\nNOOP\nQUIT\n")).await;
        assert!(replies.ends_with("221 Bye\r\n"), "{replies}");
        let item = inbox.latest_for("c@d.in").expect("item");
        assert_eq!((item.subject.as_deref(), item.text.as_str()), (Some("x"), ".dot\nend\n"));
    }

    #[tokio::test]
    async fn commands_out_of_order_and_mails_without_end_are_refused() {
        let inbox = Inbox::default();
        let sink = SmtpSink::start(inbox.clone(), Arc::new(SystemClock), 0).await.expect("sink");
        let replies =
            talk(&sink, "RCPT TO:<c@d.in>\nDATA\nMAIL FROM:<a@b.in>\nRCPT TO:<c@d.in>\nRSET\nDATA\nHUH\n").await;
        let codes: Vec<&str> = replies.lines().map(|line| &line[..3]).collect();
        assert_eq!(codes, ["220", "503", "503", "250", "250", "250", "503", "502"]);
        let big = format!("{}\n", "x".repeat(1000)).repeat(1100);
        let replies = talk(&sink, &format!("MAIL FROM:<a@b.in>\nRCPT TO:<c@d.in>\nDATA\n{big}.\nQUIT\n")).await;
        assert!(replies.contains("552"), "{replies}");
        assert!(inbox.all().is_empty());
    }
}
