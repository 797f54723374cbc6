//! An SMS gateway in this process, in the shape of C-DAC's, over a real port.

use std::sync::Arc;

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

/// Starts it; where it is. What it takes lands in the inbox.
pub(crate) async fn start(inbox: Inbox, chance: Arc<dyn Chance>) -> String {
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
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}
