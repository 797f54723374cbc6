//! Several `asp-access serve`, the real binary, over one database; each can be paused, killed and started again.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    process::{Command, Stdio},
    time::Duration,
};

use reqwest::{Client, StatusCode};
use tempfile::TempDir;

use super::{
    process::Process,
    serve::{Providers, serve},
};

/// How long a server may take to listen.
const READY_MAX: Duration = Duration::from_secs(60);
/// Looks at whether it does, so far apart.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// One server of the fleet.
struct Member {
    database: String,
    port: u16,
    process: Option<Process>,
}

/// The fleet, stopped when dropped.
pub(crate) struct Fleet {
    folder: TempDir,
    /// The key of the portal that hands people over.
    portal: rcgen::KeyPair,
    providers: Providers,
    arguments: Vec<String>,
    members: Vec<Member>,
    http: Client,
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|held| held.local_addr()).expect("a free port").port()
}

impl Fleet {
    /// One server a database URL, all with these arguments besides what each needs.
    pub(crate) async fn start(databases: &[String], providers: Providers, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let portal = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("key");
        let members = databases.iter().map(|url| Member { database: url.clone(), port: free_port(), process: None });
        let http = Client::builder().timeout(Duration::from_secs(30)).build().expect("client");
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let mut fleet = Self { folder, portal, providers, arguments, members: members.collect(), http };
        for member in 0..databases.len() {
            fleet.run(member);
            fleet.until_ready(member).await;
        }
        fleet
    }

    /// What the portal signs hand-offs with, PEM.
    pub(crate) fn portal_key(&self) -> String {
        self.portal.serialize_pem()
    }

    /// The address of a server.
    fn url(&self, member: usize) -> String {
        format!("http://127.0.0.1:{}", self.members[member].port)
    }

    /// The addresses of all servers.
    pub(crate) fn urls(&self) -> Vec<String> {
        (0..self.members.len()).map(|member| self.url(member)).collect()
    }

    /// Starts a server that is not running.
    pub(crate) fn run(&mut self, member: usize) {
        let log = self.folder.path().join(format!("{member}.log"));
        let log = fs::OpenOptions::new().create(true).append(true).open(log).expect("log");
        let it = &self.members[member];
        let child = serve(self.folder.path(), &it.database, &self.portal.public_key_pem(), &self.providers)
            .args(["--listen", &format!("127.0.0.1:{}", it.port), "--node-name", &format!("node-{member}")])
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
