//! The cheapest relay there is: it reads what it is sent, says yes, and counts.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// A relay on loopback.
pub(super) struct CountingRelay {
    pub(super) port: u16,
    taken: Arc<AtomicUsize>,
}

impl CountingRelay {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
        let port = listener.local_addr().expect("address").port();
        let taken = Arc::new(AtomicUsize::new(0));
        let counter = taken.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let counter = counter.clone();
                // A client that goes away is none of its business.
                tokio::spawn(async move { drop(talk(stream, &counter).await) });
            }
        });
        Self { port, taken }
    }

    /// Mails taken.
    pub(super) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

async fn talk(stream: TcpStream, taken: &AtomicUsize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 relay\r\n").await?;
    let (mut line, mut in_mail) = (Vec::new(), false);
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let answer: &[u8] = match (in_mail, line.as_slice()) {
            (true, b".\r\n") => {
                in_mail = false;
                taken.fetch_add(1, Ordering::Relaxed);
                b"250 2.0.0 queued\r\n"
            }
            (true, _) => continue,
            (false, b"DATA\r\n") => {
                in_mail = true;
                b"354 go ahead\r\n"
            }
            (false, b"QUIT\r\n") => return stream.write_all(b"221 bye\r\n").await,
            (false, line) if line.starts_with(b"EHLO") => b"250-relay\r\n250 8BITMIME\r\n",
            (false, _) => b"250 ok\r\n",
        };
        stream.write_all(answer).await?;
    }
}
