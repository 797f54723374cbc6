//! A real PostgreSQL cluster that the tests start: its own folder, its own port, and gone with the test process.

use std::{
    collections::VecDeque,
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

/// How long a server may take until it answers, crash recovery included.
const START_MAX: Duration = Duration::from_secs(60);
/// Lines of a server's log that are kept: a failure shows them, and a test may read them.
const LOG_LINES_MAX: usize = 200_000;
/// Enough for what tests write, so that many clusters fit beside each other.
const FEW_BUFFERS: &str = "64MB";
/// The superuser of the cluster, trusted without a password: only this machine can reach it.
const USER: &str = "postgres";

/// Waits for the end of the test process, however it ends (its standard input closes), then stops the server at once (what
/// it holds is thrown away, so that it need not be written) and removes the folder.
const SWEEP: &str = r#"trap '' INT TERM HUP
read -r _
pid=$(head -1 "$1/data/postmaster.pid" 2>/dev/null) && grep -qs "$1/data" "/proc/$pid/cmdline" &&
    kill -QUIT "$pid" && tail --pid="$pid" -f /dev/null
rm -rf "$1""#;

/// One cluster: a data folder and the server that runs on it.
pub(crate) struct Cluster {
    folder: PathBuf,
    port: u16,
    buffers: &'static str,
    server: Mutex<Option<Server>>,
    sweeper: Child,
}

/// A running server and who reads what it says; the reader ends with the last of the server's processes.
struct Server {
    process: Child,
    reader: JoinHandle<Vec<String>>,
}

/// The cluster that the tests of this process share.
pub(crate) fn shared() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::start)
}

fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let mut debian: Vec<_> = debian.collect();
    // The newest version first.
    debian.sort();
    debian.reverse();
    let found = std::env::split_paths(&path).chain(debian).map(|folder| folder.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is not installed: run scripts/setup-test"))
}

/// PostgreSQL refuses to run as root: there, it runs as the user that its package made.
fn as_postgres(program: &Path) -> Command {
    let root = fs::metadata("/proc/self").expect("/proc").uid() == 0;
    let mut command = Command::new(if root { Path::new("setpriv") } else { program });
    if root {
        command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"]).arg(program);
    }
    command.stdin(Stdio::null()).current_dir("/");
    command
}

fn run(command: &mut Command) {
    let done = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

impl Cluster {
    /// Makes a cluster and starts it.
    pub(crate) fn start() -> Self {
        Self::start_with_buffers(FEW_BUFFERS)
    }

    /// The same with as much memory for the pages that it keeps, in PostgreSQL's words.
    pub(crate) fn start_with_buffers(buffers: &'static str) -> Self {
        let mut cluster = Self::without_data();
        cluster.buffers = buffers;
        run(as_postgres(&program("initdb"))
            .args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username", USER, "--pgdata"])
            .arg(cluster.folder.join("data")));
        cluster.start_again();
        cluster
    }

    /// A base backup of this cluster, taken while it works, as a cluster of its own that was started from it.
    pub(crate) fn restored_from_backup(&self) -> Self {
        let cluster = Self::without_data();
        run(as_postgres(&program("pg_basebackup"))
            .args(["--wal-method=stream", "--checkpoint=fast", "--dbname", &self.url("postgres"), "--pgdata"])
            .arg(cluster.folder.join("data")));
        cluster.start_again();
        cluster
    }

    /// A standby that follows this cluster, and holds what it held when this began.
    pub(crate) fn replica(&self) -> Self {
        let cluster = Self::without_data();
        run(as_postgres(&program("pg_basebackup"))
            .args(["--wal-method=stream", "--checkpoint=fast", "--write-recovery-conf", "--dbname"])
            .arg(self.url("postgres"))
            .arg("--pgdata")
            .arg(cluster.folder.join("data")));
        cluster.start_again();
        cluster
    }

    /// A dump of one database of this cluster, taken while it works, restored into another one.
    pub(crate) fn restored_from_dump(&self, database: &str, into: &str) {
        let dump = self.folder.join("socket").join("dump");
        run(as_postgres(&program("pg_dump"))
            .args(["--format=custom", "--dbname", &self.url(database), "--file"])
            .arg(&dump));
        run(as_postgres(&program("createdb")).args(["--maintenance-db", &self.url("postgres"), into]));
        let to = self.url(into);
        run(as_postgres(&program("pg_restore")).args(["--exit-on-error", "--dbname", &to]).arg(&dump));
    }

    fn without_data() -> Self {
        let mut made = tempfile::Builder::new();
        made.prefix("asp-access-pg-").permissions(fs::Permissions::from_mode(0o755));
        let folder = made.tempdir().expect("folder").keep();
        let sweeper = Command::new("sh")
            .args(["-c", SWEEP, "sh"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sweeper");
        for name in ["data", "socket"] {
            let part = folder.join(name);
            fs::create_dir(&part).expect("folder");
            fs::set_permissions(&part, fs::Permissions::from_mode(0o700)).expect("permissions");
            if fs::metadata("/proc/self").expect("/proc").uid() == 0 {
                run(Command::new("chown").arg("postgres:postgres").arg(&part));
            }
        }
        // Asked of the system; nobody else on this machine is given it in the moment until the server has it.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("port").local_addr().expect("address").port();
        Self { folder, port, buffers: FEW_BUFFERS, server: Mutex::new(None), sweeper }
    }

    /// Starts the server of a stopped or killed cluster, and waits until it answers.
    pub(crate) fn start_again(&self) {
        let mut server = self.server.lock().expect("lock");
        assert!(server.is_none(), "the server runs");
        let mut process = as_postgres(&program("postgres"))
            .arg("-D")
            .arg(self.folder.join("data"))
            .arg("-k")
            .arg(self.folder.join("socket"))
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            // What is acknowledged is on the disk: half of what is tested here is that.
            .args(["-c", "fsync=on", "-c", "max_connections=300", "-c", &format!("shared_buffers={}", self.buffers)])
            .args(["-c", "wal_level=replica", "-c", "max_wal_senders=4", "-c", "hot_standby=on"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("postgres");
        let said = BufReader::new(process.stderr.take().expect("stderr"));
        let (ready, is_ready) = mpsc::channel();
        let reader = thread::spawn(move || {
            let mut last = VecDeque::new();
            for line in said.lines().map_while(Result::ok) {
                if line.contains("ready to accept") {
                    // Nobody listens any more after the first time.
                    let _ = ready.send(Ok(()));
                }
                last.push_back(line);
                if last.len() > LOG_LINES_MAX {
                    last.pop_front();
                }
            }
            let last = Vec::from(last);
            let _ = ready.send(Err(last.join("\n")));
            last
        });
        match is_ready.recv_timeout(START_MAX).expect("PostgreSQL starts in time") {
            Ok(()) => *server = Some(Server { process, reader }),
            Err(log) => panic!("PostgreSQL did not start: {log}"),
        }
    }

    /// Ends every session and stops (a fast shutdown); the last lines of its log.
    pub(crate) fn stop(&self) -> Vec<String> {
        self.end("-INT")
    }

    /// Stops and starts: what an operator does.
    pub(crate) fn restart(&self) {
        self.stop();
        self.start_again();
    }

    /// Kills the server as a crash would, and waits until the last of its processes is gone.
    pub(crate) fn kill(&self) {
        self.end("-KILL");
    }

    /// Kills and starts: what a crash leaves is recovered.
    pub(crate) fn crash(&self) {
        self.kill();
        self.start_again();
    }

    /// Every process of the server stands still (SIGSTOP).
    pub(crate) fn pause(&self) {
        self.signal_all("-STOP");
    }

    /// They go on.
    pub(crate) fn resume(&self) {
        self.signal_all("-CONT");
    }

    fn signal_all(&self, signal: &str) {
        let id = self.server.lock().expect("lock").as_ref().expect("the server runs").process.id().to_string();
        run(Command::new("pkill").args([signal, "-P", &id]));
        run(Command::new("kill").args([signal, &id]));
    }

    fn end(&self, signal: &str) -> Vec<String> {
        let Server { mut process, reader } = self.server.lock().expect("lock").take().expect("the server runs");
        run(Command::new("kill").args([signal, &process.id().to_string()]));
        process.wait().expect("ended");
        reader.join().expect("reader")
    }

    /// Where it listens on this machine.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Where a database of this cluster is, over TCP.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// The same, over the unix socket.
    pub(crate) fn socket_url(&self, database: &str) -> String {
        let socket = self.folder.join("socket").display().to_string().replace('/', "%2F");
        format!("postgres://{USER}@{socket}:{}/{database}", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The sweeper would wait for ever for a child of ours that nobody has waited for. Gone already is as good.
        if let Ok(Some(mut server)) = self.server.get_mut().map(Option::take) {
            let _ = server.process.kill();
            let _ = server.process.wait();
            let _ = server.reader.join();
        }
        drop(self.sweeper.stdin.take());
        // Whether it could be waited for or not: it sweeps by itself.
        let _ = self.sweeper.wait();
    }
}

/// The statements in the log of a cluster whose clients have `log_statement=all`: each begins a line, and goes on in those
/// that are indented.
pub(crate) fn statements(log: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in log {
        if line.starts_with('\t') {
            if let (true, Some(statement)) = (goes_on, found.last_mut()) {
                statement.push_str(line);
            }
            continue;
        }
        let said = line.split_once("LOG:  ").map(|(_, said)| said).unwrap_or_default();
        let statement = said
            .strip_prefix("statement: ")
            .or_else(|| said.strip_prefix("execute ")?.split_once(": ").map(|(_, it)| it));
        goes_on = statement.is_some();
        found.extend(statement.map(str::to_owned));
    }
    found
}
