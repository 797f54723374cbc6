//! Mails that come back, against a whole server: each to its own return path, heard once, and only by its tag.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use app::model::{
    alert::{Delivery, DeliveryState},
    notice::NoticeKind,
    report::Reason,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::{
    alerts::bounces::{BounceDesk, BounceSettings, Look, Maildir, Taken},
    chance::SystemChance,
    clock::SystemClock,
    vault::Vault,
};
use tempfile::TempDir;
use tokio::time;

use crate::support::{
    database::{Engine, on_both_engines},
    gateway::{Does, Gateway},
    post::{Post, ROOT_KEY, TAKEN, providers},
    relay::{Day, Relay},
    world::World,
};

/// A server whose mails come back into a Maildir.
struct Town {
    post: Post,
    relay: Relay,
    maildir: TempDir,
    _folder: TempDir,
}

/// A delivery-status mail (RFC 3464).
fn bounce(to: &str, action: &str, status: &str) -> String {
    format!(
        "From: MAILER-DAEMON@relay.example\nTo: <{to}>\nSubject: Undelivered\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n\
         --b\nContent-Type: text/plain\n\nSorry.\n\
         --b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; relay.example\n\n\
         Final-Recipient: rfc822; asha@example.in\nAction: {action}\nStatus: {status}\n\n--b--\n"
    )
}

impl Town {
    async fn new(engine: Engine) -> Self {
        Self::with(engine, |_| ()).await
    }

    async fn with(engine: Engine, change: impl FnOnce(&mut Value)) -> Self {
        let (relay, gateway) = (Relay::start().await, Gateway::start(Does::says(200, TAKEN)).await);
        let (folder, maildir) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
        let mut file = providers(relay.port, &gateway.url, folder.path());
        change(&mut file);
        let bounces = BounceSettings {
            address: Some("bounces@mail.gst.example".parse().expect("address")),
            folder: Some(maildir.path().to_owned()),
        };
        let post = Box::pin(Post::start_with(engine, &file, bounces)).await;
        Self { post, relay, maildir, _folder: folder }
    }

    /// A mail that the relay took over, and its return path.
    async fn sent(&self) -> (Delivery, String) {
        let [[mail, _]] = self.post.owe(1).await.try_into().expect("one");
        self.post.until(&mail, DeliveryState::Accepted).await;
        let path = self.return_path(&mail);
        (mail, path)
    }

    fn return_path(&self, mail: &Delivery) -> String {
        let id = mail.id.0.simple().to_string();
        self.relay.senders().into_iter().find(|sender| sender.contains(&id)).expect("a return path")
    }

    fn desk(&self) -> BounceDesk {
        let chance = Arc::new(SystemChance);
        let vault = Vault::new(&ROOT_KEY, chance.clone());
        BounceDesk { store: self.post.store.clone(), vault, clock: Arc::new(SystemClock), chance }
    }

    async fn take(&self, mail: &str) -> Taken {
        self.desk().take(mail.as_bytes(), None).await.expect("taken")
    }

    /// How `asp-access bounce` ends that gets a mail from a mail server.
    async fn piped(&self, mail: String, database: &str) -> Option<i32> {
        let key = self.maildir.path().join("root.key");
        std::fs::write(&key, hex::encode(ROOT_KEY)).expect("file");
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("mode");
        let mut bounce_in = Command::new(env!("CARGO_BIN_EXE_asp-access"));
        bounce_in.args(["bounce", "--database", database, "--root-key-file"]).arg(key);
        bounce_in.stdin(Stdio::piped()).stderr(Stdio::null());
        // On a thread of its own: here the server runs, which may hold the database.
        let running = tokio::task::spawn_blocking(move || {
            let mut child = bounce_in.spawn().expect("it starts");
            child.stdin.take().expect("its input").write_all(mail.as_bytes()).expect("written");
            child.wait().expect("it ends").code()
        });
        running.await.expect("it ran")
    }
}

/// Waits until a file is there.
async fn until_there(path: &Path) {
    let look = async {
        while !path.exists() {
            time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(time::timeout(Duration::from_secs(30), look).await.is_ok(), "{}", path.display());
}

async fn a_mail_that_comes_back_is_read_from_the_maildir_and_shown_with_its_reason(town: Town) {
    let (mail, path) = town.sent().await;
    assert!(path.starts_with("bounces+") && path.ends_with("@mail.gst.example"), "{path}");
    let new = town.maildir.path().join("new");
    std::fs::create_dir(&new).expect("folder");
    std::fs::write(new.join("1.demo"), bounce(&path, "failed", "5.2.2")).expect("file");
    let kept = town.post.until(&mail, DeliveryState::PermanentFailure).await;
    assert_eq!(kept.heard.reason, Some(Reason::MailboxFull));
    assert!(kept.heard.at.is_some() && kept.accepted_at.is_some());
    until_there(&town.maildir.path().join("cur/1.demo:2,S")).await;
    let notices = town.post.store.read().await.expect("read").open_notices(None).await.expect("read");
    let told: Vec<_> = notices.iter().map(|notice| (notice.kind, notice.about)).collect();
    assert_eq!(told, [(NoticeKind::DeliveryFailed, mail.id.0)]);
    town.post.stop().await;
}

async fn only_the_last_word_about_a_mail_of_ours_changes_anything(town: Town) {
    let (mail, path) = town.sent().await;
    let digits = path.len() - "@mail.gst.example".len();
    let mut forged = path.clone();
    forged.replace_range(digits - 4..digits, "0000");
    for (text, wanted) in [
        (bounce(&path, "delayed", "4.2.2"), Taken::Nothing),
        (bounce(&forged, "failed", "5.1.1"), Taken::Nothing),
        (bounce("bounces@mail.gst.example", "failed", "5.1.1"), Taken::Nothing),
        (format!("From: asha@example.in\nTo: {path}\nSubject: Away\n\nAction: failed\n"), Taken::Nothing),
        (String::new(), Taken::Nothing),
    ] {
        assert_eq!(town.take(&text).await, wanted, "{text}");
        assert_eq!(town.post.state(&mail).await.state, DeliveryState::Accepted);
    }
    let gave_up = bounce(&path.to_uppercase(), "failed", "4.4.7");
    for _ in 0..2 {
        assert_eq!(town.take(&gave_up).await, Taken::Heard);
        assert_eq!(town.post.state(&mail).await.state, DeliveryState::Expired);
    }
    // Whom the mail server says it was for counts, too.
    let hidden = bounce("undisclosed", "failed", "5.1.1");
    assert_eq!(town.desk().take(hidden.as_bytes(), Some(&path)).await.expect("taken"), Taken::Heard);
    let kept = town.post.state(&mail).await;
    assert_eq!((kept.state, kept.heard.reason), (DeliveryState::PermanentFailure, Some(Reason::NoSuchRecipient)));
    assert_eq!(town.take(&gave_up).await, Taken::Heard);
    assert_eq!(town.post.state(&mail).await.state, DeliveryState::PermanentFailure, "never backwards");
    town.post.stop().await;
}

on_both_engines!(super::Town::new:
    a_mail_that_comes_back_is_read_from_the_maildir_and_shown_with_its_reason,
    only_the_last_word_about_a_mail_of_ours_changes_anything,
);

#[tokio::test]
async fn a_mail_that_came_back_while_it_waited_for_another_attempt_is_heard_when_it_comes_back_again() {
    let town = Town::with(Engine::Sqlite, |file| file["retry"]["wait_seconds"] = json!([5, 5])).await;
    town.relay.then([Day::GoesAway]);
    let [[mail, _]] = town.post.owe(1).await.try_into().expect("one");
    town.post.until(&mail, DeliveryState::TemporaryFailure).await;
    let full = bounce(&town.return_path(&mail), "failed", "5.2.2");
    assert_eq!(town.take(&full).await, Taken::Heard);
    assert_eq!(town.post.state(&mail).await.state, DeliveryState::TemporaryFailure, "it has its chance");
    town.post.until(&mail, DeliveryState::Accepted).await;
    assert_eq!(town.take(&full).await, Taken::Heard);
    let kept = town.post.state(&mail).await;
    assert_eq!((kept.state, kept.heard.reason), (DeliveryState::PermanentFailure, Some(Reason::MailboxFull)));
    town.post.until_count("select count(*) from officer_notice where kind = 'delivery_failed'", 1).await;
    town.post.stop().await;
}

#[tokio::test]
async fn mails_that_cannot_be_read_are_left_alone_and_keep_none_from_being_heard() {
    /// Those opened in one look.
    const MAILS_MAX: usize = 200;
    let world = World::new(Engine::Sqlite).await;
    let clock = Arc::new(world.clock.clone());
    let desk =
        BounceDesk { store: world.store.clone(), vault: world.vault.clone(), clock, chance: world.chance.clone() };
    let folder = tempfile::tempdir().expect("folder");
    let new = folder.path().join("new");
    std::fs::create_dir(&new).expect("folder");
    let mut maildir = Maildir::new(desk, folder.path().to_owned());
    // A folder cannot be read as a mail, whoever tries.
    for broken in 0..450 {
        std::fs::create_dir(new.join(format!("broken-{broken}"))).expect("no mail");
    }
    let mail = "From: asha@example.in\nTo: bounces@gst.example\nSubject: Away\n\nAway.\n";
    std::fs::write(new.join("mail"), mail).expect("file");
    let mut looks = Vec::new();
    while looks.last().is_none_or(|look: &Look| look.tried > 0) {
        assert!(looks.len() < 10, "it is tried for ever: {looks:?}");
        looks.push(maildir.look().await.expect("looked"));
    }
    assert!(looks.iter().all(|look| look.tried <= MAILS_MAX), "{looks:?}");
    let all = |count: fn(&Look) -> usize| looks.iter().map(count).sum::<usize>();
    assert_eq!((all(|look| look.tried), all(|look| look.taken)), (451, 1));
    assert!(folder.path().join("cur/mail:2,S").exists());
    world.clock.advance(SignedDuration::from_secs(10));
    assert_eq!(maildir.look().await.expect("looked"), Look { taken: 0, tried: MAILS_MAX }, "after a while once more");
}

#[tokio::test]
async fn a_mail_server_can_pipe_a_bounce_in_and_is_told_to_try_again_where_it_could_not_be_written() {
    let town = Town::new(Engine::Sqlite).await;
    let (mail, path) = town.sent().await;
    let refused = || bounce(&path, "failed", "5.7.1");
    assert_eq!(town.piped(refused(), "nothing://at-all").await, Some(75));
    assert_eq!(town.post.state(&mail).await.state, DeliveryState::Accepted);
    assert_eq!(town.piped(refused(), &town.post.database.address).await, Some(0));
    let kept = town.post.state(&mail).await;
    assert_eq!((kept.state, kept.heard.reason), (DeliveryState::PermanentFailure, Some(Reason::Refused)));
    town.post.stop().await;
}

#[tokio::test]
async fn a_mail_that_comes_back_while_it_is_being_sent_is_heard_when_that_is_written_down() {
    let town = Town::with(Engine::Sqlite, |file| {
        file["email"][0]["timeout_seconds"] = 20.into();
        file["dispatch"] = json!({ "send_seconds": 40, "lease_seconds": 80 });
    })
    .await;
    town.relay.then([Day::AnswersWhenTold]);
    let [[mail, _]] = town.post.owe(1).await.try_into().expect("one");
    let begun = async {
        while town.relay.taken().is_empty() {
            time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(time::timeout(Duration::from_secs(30), begun).await.is_ok(), "the relay has it");
    let back = bounce(&town.return_path(&mail), "failed", "5.2.2");
    // Another folder than the server's, which looks into its own whenever it likes.
    let folder = tempfile::tempdir().expect("folder");
    let new = folder.path().join("new");
    std::fs::create_dir(&new).expect("folder");
    std::fs::write(new.join("1.demo"), &back).expect("file");
    let mut maildir = Maildir::new(town.desk(), folder.path().to_owned());
    assert_eq!(maildir.look().await.expect("looked"), Look { taken: 0, tried: 1 });
    assert!(new.join("1.demo").exists(), "it stays where it is");
    assert_eq!(town.piped(back, &town.post.database.address).await, Some(75), "try again later");
    assert_eq!(town.post.state(&mail).await.state, DeliveryState::Sending);
    town.relay.answer();
    town.post.until(&mail, DeliveryState::Accepted).await;
    maildir.look().await.expect("the rest of the folder");
    maildir.look().await.expect("looked");
    assert!(folder.path().join("cur/1.demo:2,S").exists());
    let kept = town.post.state(&mail).await;
    assert_eq!((kept.state, kept.heard.reason), (DeliveryState::PermanentFailure, Some(Reason::MailboxFull)));
    town.post.stop().await;
}
