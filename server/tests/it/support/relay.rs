//! A mail relay with bad days: it greets slowly, refuses a recipient, or goes away when it has the mail but before it says
//! so. Of each mail that it took it remembers the `Message-ID`.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// What it does with the next mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    Good,
    /// Greets so much later.
    GreetsLate(Duration),
    /// 554 in place of a greeting: our address is on a blocklist.
    GreetsWithRefusal,
    /// 550 5.7.1 to the sender.
    RefusesSender,
    /// 550 5.1.1 to the recipient.
    NoSuchMailbox,
    /// 451 to the mail.
    Busy,
    /// Takes the mail, and says so so much later.
    AnswersLate(Duration),
    /// Takes the mail, and says so once it may.
    AnswersWhenTold,
    /// Takes the mail, and drops the connection in place of an answer.
    GoesAway,
    /// Takes the mail, says so, and closes the connection.
    HangsUp,
}

/// The relay.
#[derive(Clone)]
pub(crate) struct Relay {
    pub(crate) port: u16,
    taken: Arc<Mutex<Vec<String>>>,
    senders: Arc<Mutex<Vec<String>>>,
    days: Arc<Mutex<VecDeque<Day>>>,
    gate: Arc<Semaphore>,
    /// Connections that are open, and that were at most.
    open: Arc<Mutex<(usize, usize)>>,
}

impl Relay {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
        let port = listener.local_addr().expect("address").port();
        let (taken, senders, days, open) = (Arc::default(), Arc::default(), Arc::default(), Arc::default());
        let relay = Self { port, taken, senders, days, gate: Arc::new(Semaphore::new(0)), open };
        let accepting = relay.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let relay = accepting.clone();
                // A client that goes away is none of its business.
                tokio::spawn(async move {
                    relay.opened();
                    drop(relay.talk(BufReader::new(stream)).await);
                    relay.open.lock().expect("open").0 -= 1;
                });
            }
        });
        relay
    }

    /// First has these days, one a mail; then only good ones.
    pub(crate) fn then(&self, days: impl IntoIterator<Item = Day>) {
        self.days.lock().expect("days").extend(days);
    }

    /// Lets it answer one mail.
    pub(crate) fn answer(&self) {
        self.gate.add_permits(1);
    }

    /// The `Message-ID` of each mail that it took, also of those that it did not say so of.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.taken.lock().expect("taken").clone()
    }

    /// From whom each mail came that was begun.
    pub(crate) fn senders(&self) -> Vec<String> {
        self.senders.lock().expect("senders").clone()
    }

    /// The most connections that were open at once.
    pub(crate) fn most_open(&self) -> usize {
        self.open.lock().expect("open").1
    }

    fn opened(&self) {
        let (open, most) = &mut *self.open.lock().expect("open");
        *open += 1;
        *most = (*most).max(*open);
    }

    fn today(&self) -> Day {
        self.days.lock().expect("days").front().copied().unwrap_or(Day::Good)
    }

    fn is_over(&self) {
        self.days.lock().expect("days").pop_front();
    }

    async fn talk(&self, mut stream: BufReader<TcpStream>) -> io::Result<()> {
        if let Day::GreetsLate(late) = self.today() {
            self.is_over();
            tokio::time::sleep(late).await;
        }
        if self.today() == Day::GreetsWithRefusal {
            self.is_over();
            return stream.write_all(b"554 5.7.1 your address is on a blocklist\r\n").await;
        }
        stream.write_all(b"220 relay ESMTP\r\n").await?;
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let answer = match line.split([' ', ':', '\r']).next().unwrap_or_default() {
                "EHLO" => "250 relay",
                "MAIL" => {
                    let sender = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    self.senders.lock().expect("senders").push(sender);
                    if self.today() == Day::RefusesSender {
                        self.is_over();
                        "550 5.7.1 not you"
                    } else {
                        "250 ok"
                    }
                }
                "RCPT" if self.today() == Day::NoSuchMailbox => {
                    self.is_over();
                    "550 5.1.1 no such mailbox"
                }
                "DATA" => {
                    stream.write_all(b"354 go ahead\r\n").await?;
                    let id = read_mail(&mut stream).await?;
                    let day = self.today();
                    self.is_over();
                    if day == Day::Busy {
                        "451 4.3.2 later"
                    } else {
                        self.taken.lock().expect("taken").push(id);
                        match day {
                            Day::GoesAway => return Ok(()),
                            Day::AnswersWhenTold => self.gate.acquire().await.expect("a gate").forget(),
                            Day::HangsUp => return stream.write_all(b"250 2.0.0 queued as 7F3\r\n").await,
                            Day::AnswersLate(late) => tokio::time::sleep(late).await,
                            _ => {}
                        }
                        "250 2.0.0 queued as 7F3"
                    }
                }
                "QUIT" => return stream.write_all(b"221 bye\r\n").await,
                _ => "250 ok",
            };
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
    }
}

async fn read_mail(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let (mut id, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end() {
            "." => return Ok(id),
            text => {
                if let Some(found) = text.strip_prefix("Message-ID: ") {
                    found.clone_into(&mut id);
                }
            }
        }
    }
}
