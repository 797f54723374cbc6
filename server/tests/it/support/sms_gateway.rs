//! An SMS gateway in this process, in the shape of C-DAC's, over a real port.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use axum::{body::to_bytes, extract::State, middleware::map_response_with_state, response::Response};
use server::{
    alerts::{channels::sms_cdac::CdacConfig, secret::Secret},
    chance::Chance,
    clock::SystemClock,
    demo::{
        inbox::Inbox,
        sms_sink::{BASE_PATH, SmsSink},
    },
};
use tokio::net::TcpListener;

use super::serve::{SMS_PASSWORD, SMS_SECURE_KEY, SMS_USER};

const ANSWER_BYTES_MAX: usize = 1024;

/// The references that it gave to what it took.
#[derive(Clone, Default)]
pub(crate) struct Taken(Arc<Mutex<HashSet<String>>>);

impl Taken {
    pub(crate) fn holds(&self, reference: &str) -> bool {
        self.0.lock().expect("lock").contains(reference)
    }

    /// Reads an answer on its way out.
    async fn note(State(taken): State<Self>, answer: Response) -> Response {
        let (parts, body) = answer.into_parts();
        let said = to_bytes(body, ANSWER_BYTES_MAX).await.expect("a short answer");
        if let Some(reference) = str::from_utf8(&said).expect("text").strip_prefix("402,MsgID = ") {
            taken.0.lock().expect("lock").insert(reference.to_owned());
        }
        Response::from_parts(parts, said.into())
    }
}

/// Starts it; where it is. What it takes lands in the inbox.
pub(crate) async fn start(inbox: Inbox, chance: Arc<dyn Chance>) -> String {
    start_noting(inbox, chance, Taken::default()).await
}

/// The same; under which references it took what, is noted.
pub(crate) async fn start_noting(inbox: Inbox, chance: Arc<dyn Chance>, taken: Taken) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let url = format!("http://{}{BASE_PATH}", listener.local_addr().expect("address"));
    let account = CdacConfig {
        base_url: url.clone(),
        username: SMS_USER.into(),
        password: Secret::new(SMS_PASSWORD),
        secure_key: Secret::new(SMS_SECURE_KEY),
    };
    let router =
        SmsSink { inbox, account: Arc::new(account), clock: Arc::new(SystemClock), chance, reporter: None }.router();
    let router = router.layer(map_response_with_state(taken, Taken::note));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}
