//! What calls: https to public addresses on known ports, led nowhere else, bounded in time.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use reqwest::{Client, Url, redirect};
use url::Host;

use super::{
    address::is_public,
    resolver::{LookUp, NotPublic, PublicOnly, SystemLookUp},
};

/// Ports at which others may be called. On any other one stands something else than a web server, perhaps.
const PORTS: [u16; 2] = [443, 8443];
/// For connecting.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// For a whole call.
const CALL_MAX: Duration = Duration::from_secs(10);

/// Whether this machine itself may be called, also without TLS: in the demo and in tests, and nowhere else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Loopback {
    /// It is an address like any that is not public.
    #[default]
    Refused,
    /// It may.
    Allowed,
}

impl Loopback {
    pub(super) fn allows(self, address: IpAddr) -> bool {
        self == Self::Allowed && address.is_loopback()
    }
}

/// Why an address is not called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// It is no URL.
    #[error("it is no URL")]
    NoUrl,
    /// Only https is spoken.
    #[error("it is not https")]
    Scheme,
    /// A user name or a password in it would stand in every log.
    #[error("it holds a user name or a password")]
    Credentials,
    /// It names no host.
    #[error("it names no host")]
    NoHost,
    /// Not a port at which others are called.
    #[error("port {0} is not called: only {first} and {second}", first = PORTS[0], second = PORTS[1])]
    Port(u16),
    /// An address that is not public.
    #[error("{0} is not a public address")]
    NotPublic(IpAddr),
}

/// Calls addresses that others chose.
#[derive(Clone)]
pub struct Outgoing {
    client: Client,
    loopback: Loopback,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({:?})", self.loopback)
    }
}

impl Outgoing {
    /// Resolves with the system's resolver. Connects to nothing yet.
    ///
    /// # Errors
    /// Where HTTP cannot be set up.
    pub fn new(loopback: Loopback) -> Result<Self, reqwest::Error> {
        Self::resolving_with(Arc::new(SystemLookUp), loopback)
    }

    /// The same, resolving otherwise.
    ///
    /// # Errors
    /// Where HTTP cannot be set up.
    pub fn resolving_with(look_up: Arc<dyn LookUp>, loopback: Loopback) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .dns_resolver(Arc::new(PublicOnly { look_up, loopback }))
            .connect_timeout(CONNECT_MAX)
            .timeout(CALL_MAX)
            // What answers "over there" would choose the address anew.
            .redirect(redirect::Policy::none())
            // A proxy of the environment would resolve names by itself.
            .no_proxy()
            .https_only(loopback == Loopback::Refused)
            .build()?;
        Ok(Self { client, loopback })
    }

    /// To call with what [`Outgoing::address`] let through.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// An address that may be called, as far as it can be told before its name is resolved.
    ///
    /// # Errors
    /// [`NotAllowed`] says why not.
    pub fn address(&self, text: &str) -> Result<Url, NotAllowed> {
        address(text, self.loopback)
    }
}

/// An address that may be called, as far as it can be told before its name is resolved: addresses that stand for
/// themselves never come before the resolver.
///
/// # Errors
/// [`NotAllowed`] says why not.
pub fn address(text: &str, loopback: Loopback) -> Result<Url, NotAllowed> {
    let url: Url = text.parse().map_err(|_| NotAllowed::NoUrl)?;
    let address = match url.host().ok_or(NotAllowed::NoHost)? {
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
        Host::Domain(_) => None,
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NotAllowed::Credentials);
    }
    let is_this_machine = loopback == Loopback::Allowed
        && (url.host_str() == Some("localhost") || address.is_some_and(|address| address.is_loopback()));
    match url.scheme() {
        "https" => {}
        "http" if is_this_machine => {}
        _ => return Err(NotAllowed::Scheme),
    }
    if is_this_machine {
        return Ok(url);
    }
    if let Some(address) = address.filter(|address| !is_public(*address)) {
        return Err(NotAllowed::NotPublic(address));
    }
    match url.port_or_known_default() {
        Some(port) if PORTS.contains(&port) => Ok(url),
        port => Err(NotAllowed::Port(port.unwrap_or(0))),
    }
}

/// Why a call was not made, where it was the meaning of a name.
pub fn not_public<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e NotPublic> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<NotPublic>() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use async_trait::async_trait;
    use tokio::net::TcpListener;

    use super::*;

    /// Answers the first question in one way, and each one after that in another.
    struct Rebinding {
        asked: AtomicUsize,
        answers: [&'static str; 2],
    }

    #[async_trait]
    impl LookUp for Rebinding {
        async fn look_up(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
            let turn = self.asked.fetch_add(1, Ordering::SeqCst).min(1);
            Ok(self.answers[turn].split(' ').map(|address| address.parse().expect("an address")).collect())
        }
    }

    #[test]
    fn what_cannot_be_called_is_told_before_a_name_is_resolved() {
        let loopback = |text: &str| NotAllowed::NotPublic(text.parse().expect("an address"));
        for (text, refused) in [
            ("https://gsp.example.in/events", None),
            ("https://gsp.example.in:8443/events", None),
            ("https://8.8.8.8/", None),
            ("https://[2606:4700:4700::1111]/", None),
            ("http://gsp.example.in/", Some(NotAllowed::Scheme)),
            ("ftp://gsp.example.in/", Some(NotAllowed::Scheme)),
            ("file:///etc/passwd", Some(NotAllowed::NoHost)),
            ("gsp.example.in", Some(NotAllowed::NoUrl)),
            ("https://user:secret@gsp.example.in/", Some(NotAllowed::Credentials)),
            ("https://gsp.example.in:22/", Some(NotAllowed::Port(22))),
            ("https://gsp.example.in:80/", Some(NotAllowed::Port(80))),
            ("https://127.0.0.1/", Some(loopback("127.0.0.1"))),
            ("https://2130706433/", Some(loopback("127.0.0.1"))),
            ("https://0x7f.1/", Some(loopback("127.0.0.1"))),
            ("https://0177.0.0.1/", Some(loopback("127.0.0.1"))),
            ("https://１２７.0.0.1/", Some(loopback("127.0.0.1"))),
            ("https://169.254.169.254/latest/meta-data", Some(loopback("169.254.169.254"))),
            ("https://[::1]/", Some(loopback("::1"))),
            ("https://[::ffff:10.0.0.1]/", Some(loopback("::ffff:10.0.0.1"))),
            ("https://[fd00:ec2::254]/", Some(loopback("fd00:ec2::254"))),
            ("http://127.0.0.1:3000/", Some(NotAllowed::Scheme)),
        ] {
            assert_eq!(address(text, Loopback::Refused).err(), refused, "{text}");
        }
    }

    #[test]
    fn the_demo_may_call_this_machine_and_still_nothing_else_that_is_not_public() {
        for (text, allowed) in [
            ("http://127.0.0.1:3000/", true),
            ("http://localhost:3000/", true),
            ("http://[::1]:3000/", true),
            ("https://127.0.0.1:4/", true),
            ("http://10.0.0.1:3000/", false),
            ("https://10.0.0.1/", false),
            ("http://gsp.example.in/", false),
            ("http://127.0.0.1.example.in/", false),
        ] {
            assert_eq!(address(text, Loopback::Allowed).is_ok(), allowed, "{text}");
        }
    }

    async fn refused(outgoing: &Outgoing, url: &str) -> Option<NotPublic> {
        let url = outgoing.address(url).expect("nothing is seen before the name is resolved");
        let error = outgoing.client().get(url).send().await.expect_err("not called");
        not_public(&error).cloned()
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_this_machine_is_not_called() {
        let outgoing = Outgoing::new(Loopback::Refused).expect("a client");
        let hidden = refused(&outgoing, "https://localhost/").await.expect("refused for what it means");
        assert!(hidden.0.is_loopback());
    }

    #[tokio::test]
    async fn one_address_that_is_not_public_is_enough_and_each_connection_is_looked_at_anew() {
        for answers in [["8.8.8.8 10.0.0.1"; 2], ["::ffff:169.254.169.254"; 2], ["100.64.0.1"; 2]] {
            let look_up = Arc::new(Rebinding { asked: AtomicUsize::new(0), answers });
            let outgoing = Outgoing::resolving_with(look_up, Loopback::Refused).expect("a client");
            assert!(refused(&outgoing, "https://gsp.example.in/").await.is_some(), "{answers:?}");
        }
        // Harmless when it was asked first (nobody listens there), and something else when it is connected to again.
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://localhost:{}/", listener.local_addr().expect("address").port());
        drop(listener);
        let look_up = Arc::new(Rebinding { asked: AtomicUsize::new(0), answers: ["127.0.0.1", "192.168.0.1"] });
        let outgoing = Outgoing::resolving_with(look_up, Loopback::Allowed).expect("a client");
        assert_eq!(refused(&outgoing, &url).await, None, "nobody listens");
        assert_eq!(refused(&outgoing, &url).await, Some(NotPublic("192.168.0.1".parse().expect("address"))));
    }
}
