//! A Maildir that the mail server drops bounces into: read, and moved from `new` to `cur` when they were heard. Several servers
//! may look into the same one: to hear a bounce twice changes nothing.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{fs, io::AsyncReadExt, time};
use tokio_util::sync::CancellationToken;

use super::{BounceDesk, MAIL_BYTES_MAX, Taken};

/// How often it is looked into.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Mails that are taken in one look.
const MAILS_MAX: usize = 200;

/// The Maildir.
#[derive(Debug)]
pub struct Maildir {
    /// Who takes what is in it.
    pub desk: BounceDesk,
    /// The folder that holds `new` and `cur`.
    pub folder: PathBuf,
}

impl Maildir {
    /// Looks into it until it is told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let looking = async {
            loop {
                if let Err(error) = self.look().await {
                    tracing::warn!(folder = %self.folder.display(), %error, "bounces cannot be read");
                }
                time::sleep(LOOK_EVERY).await;
            }
        };
        stop.run_until_cancelled(looking).await;
    }

    /// Takes what is there; how many mails.
    ///
    /// # Errors
    /// Where the folder cannot be read. A mail that cannot be taken now stays where it is.
    pub async fn look(&self) -> io::Result<usize> {
        let mut new = match fs::read_dir(self.folder.join("new")).await {
            Ok(new) => new,
            // The mail server makes it with the first mail.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error),
        };
        let mut taken = 0;
        while let Some(entry) = new.next_entry().await? {
            if taken == MAILS_MAX {
                break;
            }
            let path = entry.path();
            match self.take(&path).await {
                Ok(true) => taken += 1,
                Ok(false) => {}
                Err(error) => tracing::warn!(mail = %path.display(), %error, "a bounce cannot be taken now"),
            }
        }
        Ok(taken)
    }

    async fn take(&self, path: &Path) -> io::Result<bool> {
        let mut mail = Vec::new();
        let limit = u64::try_from(MAIL_BYTES_MAX).unwrap_or(u64::MAX);
        fs::File::open(path).await?.take(limit).read_to_end(&mut mail).await?;
        if self.desk.take(&mail, None).await.map_err(io::Error::other)? == Taken::NotNow {
            return Ok(false);
        }
        let cur = self.folder.join("cur");
        fs::create_dir_all(&cur).await?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        // Seen, as Maildir has it.
        name.push(":2,S");
        match fs::rename(path, cur.join(name)).await {
            // Another server was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            moved => moved.map(|()| true),
        }
    }
}
