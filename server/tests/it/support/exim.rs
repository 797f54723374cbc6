//! A real mail relay with TLS and passwords: Exim on a free port, all in a directory that goes with the test.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// Looks, 20 ms apart, until something is given up: ten seconds.
const LOOKS_MAX: u32 = 500;
const BINARIES: [&str; 2] = ["/usr/sbin/exim4", "/usr/sbin/exim"];

pub(crate) struct Exim {
    pub(crate) port: u16,
    /// Where TLS begins with the first byte.
    pub(crate) tls_port: u16,
    child: Child,
    house: TempDir,
}

impl Exim {
    pub(crate) fn start() -> Self {
        let binary = BINARIES
            .iter()
            .find(|path| Path::new(path).exists())
            .expect("this test speaks to a real mail relay: install Exim (Debian: apt-get install exim4-daemon-light)");
        let house = tempfile::tempdir().expect("directory");
        let root = house.path();
        // Exim gives up root's rights to its own user, which must get in.
        open_to_all(root);
        for name in ["spool", "log", "mail"] {
            fs::create_dir(root.join(name)).expect("directory");
            open_to_all(&root.join(name));
        }
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("certificate");
        fs::write(root.join("cert.pem"), made.cert.pem()).expect("certificate");
        fs::write(root.join("key.pem"), made.signing_key.serialize_pem()).expect("key");
        let [port, tls_port] = free_ports();
        fs::write(root.join("exim.conf"), configuration(root, port, tls_port)).expect("configuration");
        let child = Command::new(binary)
            .args(["-bdf", "-C"])
            .arg(root.join("exim.conf"))
            .stdin(Stdio::null())
            .spawn()
            .expect("Exim starts");
        let mut exim = Self { port, tls_port, child, house };
        exim.wait_until_ready();
        exim
    }

    pub(crate) fn ca_file(&self) -> PathBuf {
        self.house.path().join("cert.pem")
    }

    /// The one mail that was delivered.
    pub(crate) fn mail(&self) -> String {
        for _ in 0..LOOKS_MAX {
            if let Some(file) = fs::read_dir(self.house.path().join("mail/new")).ok().and_then(|mut dir| dir.next()) {
                return fs::read_to_string(file.expect("entry").path()).expect("mail");
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("no mail was delivered; Exim's log: {}", self.log());
    }

    /// Every mail, once the relay has none left to deliver.
    pub(crate) fn mails(&self) -> Vec<String> {
        let entries = |path: &str| fs::read_dir(self.house.path().join(path)).into_iter().flatten();
        for _ in 0..LOOKS_MAX {
            if entries("spool/input").next().is_none() {
                return entries("mail/new")
                    .map(|file| fs::read_to_string(file.expect("entry").path()).expect("mail"))
                    .collect();
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("the relay still has mails to deliver; Exim's log: {}", self.log());
    }

    fn wait_until_ready(&mut self) {
        for _ in 0..LOOKS_MAX {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return;
            }
            if let Some(status) = self.child.try_wait().expect("status") {
                panic!("Exim ended with {status}; its log: {}", self.log());
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("Exim did not listen in time; its log: {}", self.log());
    }

    fn log(&self) -> String {
        ["mainlog", "paniclog"]
            .map(|name| fs::read_to_string(self.house.path().join("log").join(name)).unwrap_or_default())
            .concat()
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        // Already gone is as good as stopped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two ports that nobody listens on: held side by side, so that they differ.
fn free_ports() -> [u16; 2] {
    let held = [0; 2].map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("port"));
    held.map(|listener| listener.local_addr().expect("address").port())
}

fn open_to_all(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).expect("permissions");
}

fn configuration(root: &Path, port: u16, tls_port: u16) -> String {
    let root = root.display();
    format!(
        "primary_hostname = localhost
keep_environment =
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port} : {tls_port}
tls_on_connect_ports = {tls_port}
spool_directory = {root}/spool
log_file_path = {root}/log/%slog
pid_file_path = {root}/spool/exim.pid
deliver_drop_privilege = true
rfc1413_query_timeout = 0s
smtp_accept_max = 200
smtp_accept_queue_per_connection = 0
tls_advertise_hosts = *
tls_certificate = {root}/cert.pem
tls_privatekey = {root}/key.pem
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  deny
    !authenticated = *
    message = 5.7.0 log in first
  deny
    local_parts = refused
    message = 5.1.1 <$local_part@$domain> is not known here
  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {root}/mail
  maildir_format
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_set_id = $auth2
  server_condition = ${{if and{{{{eq{{$auth2}}{{relay}}}}{{eq{{$auth3}}{{right}}}}}}}}
  server_advertise_condition = ${{if def:tls_in_cipher}}
"
    )
}
