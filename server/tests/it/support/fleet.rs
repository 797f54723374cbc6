//! Several `asp-access serve`, the real binary, over one database; each can be paused, killed and started again.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::OpenOptionsExt,
    process::{Command, Stdio},
    time::Duration,
};

use reqwest::{Client, StatusCode};
use tempfile::TempDir;

use super::process::{Process, asp_access};

/// How long a server may take to listen.
const READY_MAX: Duration = Duration::from_secs(60);
/// Looks at whether it does, so far apart.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// What every secret of the fleet is kept under.
pub(crate) const ROOT_KEY: [u8; 32] = [7; 32];
/// Where browsers would reach it.
pub(crate) const PUBLIC_URL: &str = "https://access.example.in";

/// One server of the fleet.
struct Member {
    database: String,
    port: u16,
    process: Option<Process>,
}

/// The fleet, stopped when dropped.
pub(crate) struct Fleet {
    folder: TempDir,
    arguments: Vec<String>,
    members: Vec<Member>,
    http: Client,
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|held| held.local_addr()).expect("a free port").port()
}

impl Fleet {
    /// One server a database URL, all with these arguments besides what each needs.
    pub(crate) async fn start(databases: &[String], arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let portal = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("key");
        for (name, text) in [
            ("root.key", hex::encode(ROOT_KEY)),
            ("sms.secret", "secret".to_owned()),
            ("portal.pem", portal.public_key_pem()),
        ] {
            let mut options = fs::OpenOptions::new();
            let file = options.write(true).create_new(true).mode(0o600).open(folder.path().join(name));
            std::io::Write::write_all(&mut file.expect("file"), text.as_bytes()).expect("written");
        }
        let members = databases.iter().map(|url| Member { database: url.clone(), port: free_port(), process: None });
        let http = Client::builder().timeout(Duration::from_secs(30)).build().expect("client");
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let mut fleet = Self { folder, arguments, members: members.collect(), http };
        for member in 0..databases.len() {
            fleet.run(member);
            fleet.until_ready(member).await;
        }
        fleet
    }

    /// The address of a server.
    pub(crate) fn url(&self, member: usize) -> String {
        format!("http://127.0.0.1:{}", self.members[member].port)
    }

    /// Starts a server that is not running.
    pub(crate) fn run(&mut self, member: usize) {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let log = fs::OpenOptions::new().create(true).append(true).open(path(&format!("{member}.log"))).expect("log");
        let it = &self.members[member];
        // Nobody of this fleet's taxpayers is alerted: neither relay nor gateway is ever spoken to.
        let child = asp_access()
            .arg("serve")
            .args(["--listen", &format!("127.0.0.1:{}", it.port), "--database", &it.database])
            .args(["--root-key-file", &path("root.key"), "--hand-off-key-file", &path("portal.pem")])
            .args(["--public-url", PUBLIC_URL, "--site", &path("site"), "--node-name", &format!("node-{member}")])
            .args(["--smtp-host", "127.0.0.1", "--smtp-port", "9", "--mail-from", "no-reply@gst.example.in"])
            .args(["--sms-url", "http://127.0.0.1:9", "--sms-user", "gstn"])
            .args(["--sms-password-file", &path("sms.secret"), "--sms-key-file", &path("sms.secret")])
            .args(&self.arguments)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.members[member].process = Some(Process(child.expect("the server starts")));
    }

    /// Until a server listens.
    pub(crate) async fn until_ready(&self, member: usize) {
        let url = format!("{}/v1/forward-auth", self.url(member));
        let ready = async {
            loop {
                match self.http.get(&url).send().await {
                    Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED => return,
                    _ => tokio::time::sleep(LOOK_EVERY).await,
                }
            }
        };
        let waited = tokio::time::timeout(READY_MAX, ready).await;
        assert!(waited.is_ok(), "server {member} does not listen; its log: {}", self.log(member));
    }

    /// What a server said.
    pub(crate) fn log(&self, member: usize) -> String {
        fs::read_to_string(self.folder.path().join(format!("{member}.log"))).unwrap_or_default()
    }

    /// SIGSTOP: it does nothing, and does not know it.
    pub(crate) fn pause(&self, member: usize) {
        self.signal(member, "STOP");
    }

    /// SIGCONT.
    pub(crate) fn resume(&self, member: usize) {
        self.signal(member, "CONT");
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self, member: usize) {
        self.members[member].process = None;
    }

    fn signal(&self, member: usize, name: &str) {
        let id = self.members[member].process.as_ref().expect("runs").0.id();
        let told = Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status();
        assert!(told.expect("sh").success());
    }
}
