//! A link between two programs on this machine that can be cut, as a cable can: nothing arrives, nobody is told.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A port of this machine that leads to another one.
pub(crate) struct Link {
    pub(crate) address: SocketAddr,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    target: SocketAddr,
    cut: bool,
    /// Connections of an older cable are gone, or stay mute.
    cable: u32,
    /// The cable whose connections, and all older ones', were reset.
    reset: u32,
}

impl Link {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let (state, changes) = watch::channel(State { target, cut: false, cable: 1, reset: 0 });
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, changes.clone()));
            }
        });
        Self { address, state }
    }

    /// From now on nothing arrives, and no connection closes.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| state.cut = true);
    }

    /// A new cable: what hung on the old one is reset.
    pub(crate) fn mend(&self) {
        self.state.send_modify(|state| {
            *state = State { cut: false, cable: state.cable + 1, reset: state.cable, ..*state };
        });
    }

    /// A new cable, and nobody is told: what hung on the old one stays mute for ever.
    pub(crate) fn mend_without_reset(&self) {
        self.state.send_modify(|state| *state = State { cut: false, cable: state.cable + 1, ..*state });
    }

    /// A new cable to another place.
    pub(crate) fn lead_to(&self, target: SocketAddr) {
        self.state.send_modify(|state| {
            *state = State { target, cut: false, cable: state.cable + 1, reset: state.cable };
        });
    }
}

/// Carries bytes while the link is whole; holds the connection, mute, until its cable is reset.
async fn carry(mut near: TcpStream, mut changes: watch::Receiver<State>) {
    let begun = *changes.borrow();
    let mut far = None;
    if !begun.cut {
        let Ok(mut connected) = TcpStream::connect(begun.target).await else { return };
        let mut cut = changes.clone();
        tokio::select! {
            _ = copy_bidirectional(&mut near, &mut connected) => return,
            _ = cut.wait_for(|state| *state != begun) => {}
        }
        far = Some(connected);
    }
    // Both ends stay open for as long as nobody resets them.
    let _ = changes.wait_for(|state| state.reset >= begun.cable).await;
    drop(far);
}
