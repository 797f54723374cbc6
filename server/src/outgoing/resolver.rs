//! Names resolved by ourselves, at each connection: what a name means is looked at after it was resolved and connected to
//! as it was looked at, so that a name that means something else the next time (DNS rebinding) gains nothing.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Loopback, is_public};

/// Addresses of one name that are looked at.
const ADDRESSES_MAX: usize = 32;

/// Resolves a name. The system's resolver, unless a test answers.
#[async_trait]
pub trait LookUp: Send + Sync + 'static {
    /// Every address of a name.
    ///
    /// # Errors
    /// Where there is none, or nobody answers.
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's resolver.
pub(super) struct SystemLookUp;

#[async_trait]
impl LookUp for SystemLookUp {
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).take(ADDRESSES_MAX).collect())
    }
}

/// A name that means an address that is not public.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its name means {0}, which is not a public address")]
pub struct NotPublic(pub IpAddr);

/// Lets only names through whose every address is public: one that is not beside one that is means nothing good.
pub(super) struct PublicOnly {
    pub(super) look_up: Arc<dyn LookUp>,
    pub(super) loopback: Loopback,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let (look_up, loopback) = (self.look_up.clone(), self.loopback);
        Box::pin(async move {
            let found = look_up.look_up(name.as_str()).await?;
            if let Some(hidden) = found.iter().find(|address| !loopback.allows(**address) && !is_public(**address)) {
                return Err(NotPublic(*hidden).into());
            }
            // The port is the address's own: a port of 0 says so.
            let addresses: Vec<_> = found.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
