//! A Maildir that the mail server drops bounces into: read, and moved from `new` to `cur` when they were heard. Several servers
//! may look into the same one: to hear a bounce twice changes nothing.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use app::model::Timestamp;
use jiff::SignedDuration;
use tokio::{
    fs::{self, ReadDir},
    io::AsyncReadExt,
    time,
};
use tokio_util::sync::CancellationToken;

use super::{BounceDesk, MAIL_BYTES_MAX, Taken};
use crate::store::StoreError;

/// How often it is looked into.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Mails that are opened in one look, whatever becomes of them.
const MAILS_MAX: usize = 200;
/// Entries of the folder that are passed in one look; the next one goes on from there.
const ENTRIES_MAX: usize = 10_000;
/// Mails that cannot be read and are remembered; others are opened in each look, at most [`MAILS_MAX`] of them.
const FAILED_MAX: usize = 10_000;
/// How long one that cannot be read is left alone at first; twice as long each time, up to [`LEFT_ALONE_MAX`].
const LEFT_ALONE: SignedDuration = SignedDuration::from_secs(10);
/// How long at most: somebody may have given us the right to read it.
const LEFT_ALONE_MAX: SignedDuration = SignedDuration::from_mins(10);

/// The Maildir.
#[derive(Debug)]
pub struct Maildir {
    /// Who takes what is in it.
    desk: BounceDesk,
    /// The folder that holds `new` and `cur`.
    folder: PathBuf,
    /// Where the last look stopped, if before the end.
    place: Option<ReadDir>,
    /// Which time it is that the folder is gone through.
    round: u64,
    failed: HashMap<OsString, Failed>,
}

/// A mail that could not be read.
#[derive(Debug)]
struct Failed {
    /// It is left alone so long each time.
    left_alone: SignedDuration,
    until: Timestamp,
    /// When it was last there.
    round: u64,
}

/// Why a mail stays where it is.
#[derive(Debug, thiserror::Error)]
enum NotTaken {
    /// The mail itself.
    #[error(transparent)]
    Mail(#[from] io::Error),
    /// The database: the next mail would not be taken either.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What came of a look.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Mails that were taken.
    pub taken: usize,
    /// Mails that were opened, or tried to be.
    pub tried: usize,
}

impl Maildir {
    /// In this folder.
    pub fn new(desk: BounceDesk, folder: PathBuf) -> Self {
        Self { desk, folder, place: None, round: 0, failed: HashMap::new() }
    }

    /// Looks into it until it is told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
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

    /// Takes some of what is there. What cannot be read is told of in one line, and left alone for a while.
    ///
    /// # Errors
    /// Where the folder cannot be read, or the store does not take a bounce. What was not taken stays where it is.
    pub async fn look(&mut self) -> io::Result<Look> {
        let mut new = match self.place.take() {
            Some(place) => place,
            None => match fs::read_dir(self.folder.join("new")).await {
                Ok(new) => new,
                // The mail server makes it with the first mail.
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Look::default()),
                Err(error) => return Err(error),
            },
        };
        let (now, mut look) = (self.desk.clock.now(), Look::default());
        let (mut unread, mut example) = (0_usize, None);
        for _ in 0..ENTRIES_MAX {
            let Some(entry) = new.next_entry().await? else {
                self.failed.retain(|_, failed| failed.round == self.round);
                self.round += 1;
                return Ok(self.told(look, unread, example.as_ref()));
            };
            let name = entry.file_name();
            if self.is_left_alone(&name, now) {
                continue;
            }
            look.tried += 1;
            match self.take(&entry.path()).await {
                Ok(taken) => {
                    look.taken += usize::from(taken);
                    self.failed.remove(&name);
                }
                Err(NotTaken::Mail(error)) => {
                    self.leave_alone(name, now);
                    unread += 1;
                    example = Some((entry.path(), error));
                }
                Err(NotTaken::Store(error)) => return Err(io::Error::other(error)),
            }
            if look.tried == MAILS_MAX {
                break;
            }
        }
        self.place = Some(new);
        Ok(self.told(look, unread, example.as_ref()))
    }

    fn told(&self, look: Look, unread: usize, example: Option<&(PathBuf, io::Error)>) -> Look {
        if let Some((mail, error)) = example {
            let (left, mail) = (self.failed.len(), mail.display());
            tracing::warn!(unread, left, %mail, %error, "bounces cannot be read; let this user read them, or take them away");
        }
        look
    }

    /// Whether it could not be read lately.
    fn is_left_alone(&mut self, name: &OsStr, now: Timestamp) -> bool {
        let round = self.round;
        self.failed.get_mut(name).is_some_and(|failed| {
            failed.round = round;
            now < failed.until
        })
    }

    fn leave_alone(&mut self, name: OsString, now: Timestamp) {
        if self.failed.len() >= FAILED_MAX && !self.failed.contains_key(&name) {
            return;
        }
        let round = self.round;
        let before = self.failed.get(&name).map(|failed| failed.left_alone);
        let left_alone = before.map_or(LEFT_ALONE, |before| (before * 2).min(LEFT_ALONE_MAX));
        self.failed.insert(name, Failed { left_alone, until: now + left_alone, round });
    }

    async fn take(&self, path: &Path) -> Result<bool, NotTaken> {
        let mut mail = Vec::new();
        let limit = u64::try_from(MAIL_BYTES_MAX).unwrap_or(u64::MAX);
        match fs::File::open(path).await {
            Ok(file) => file.take(limit).read_to_end(&mut mail).await?,
            // Another server was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        if self.desk.take(&mail, None).await? == Taken::NotNow {
            return Ok(false);
        }
        let cur = self.folder.join("cur");
        fs::create_dir_all(&cur).await?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        // Seen, as Maildir has it.
        name.push(":2,S");
        match fs::rename(path, cur.join(name)).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            moved => Ok(moved.map(|()| true)?),
        }
    }
}
