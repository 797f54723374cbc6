//! What the demo's mail relay and SMS gateway took in, kept in memory so that a person or a test can read it.

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use app::model::{
    Timestamp,
    alert::Channel,
    contact::{Email, Mobile},
    otp::DIGITS,
};
use tokio::sync::Notify;

use super::fate::Fates;

/// Items kept; the oldest go first.
pub const ITEMS_MAX: usize = 200;

/// A mail or an SMS that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// When.
    pub at: Timestamp,
    /// By which road.
    pub channel: Channel,
    /// The address or the number.
    pub to: String,
    /// A mail's subject.
    pub subject: Option<String>,
    /// The text (of a mail: its text part).
    pub text: String,
    /// A mail's HTML part.
    pub html: Option<String>,
}

#[derive(Debug, Default)]
struct Kept {
    items: VecDeque<Item>,
    /// How many went before them: with it, each item has a number of its own.
    gone: usize,
}

/// The inbox. Cheap to clone; all clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    kept: Arc<Mutex<Kept>>,
    arrivals: Arc<Notify>,
    fates: Fates,
}

impl Inbox {
    /// Puts an item in.
    pub fn put(&self, item: Item) {
        let mut kept = self.kept();
        if kept.items.len() == ITEMS_MAX {
            kept.items.pop_front();
            kept.gone += 1;
        }
        kept.items.push_back(item);
        drop(kept);
        self.arrivals.notify_waiters();
    }

    /// What befalls the next messages.
    pub fn fates(&self) -> &Fates {
        &self.fates
    }

    /// The oldest item that is such a one, now or as soon as it arrives.
    pub async fn first(&self, is_such: impl Fn(&Item) -> bool) -> Item {
        loop {
            let mut arrival = pin!(self.arrivals.notified());
            // Before the look: what arrives in between rings, too.
            arrival.as_mut().enable();
            let found = self.kept().items.iter().find(|item| is_such(item)).cloned();
            match found {
                Some(item) => return item,
                None => arrival.await,
            }
        }
    }

    /// Everything, newest first.
    pub fn all(&self) -> Vec<Item> {
        self.kept().items.iter().rev().cloned().collect()
    }

    /// Everything with its number, newest first.
    pub fn numbered(&self) -> Vec<(usize, Item)> {
        let kept = self.kept();
        kept.items.iter().enumerate().rev().map(|(place, item)| (kept.gone + place, item.clone())).collect()
    }

    /// The item of a number, where it is still kept.
    pub fn item(&self, number: usize) -> Option<Item> {
        let kept = self.kept();
        kept.items.get(number.checked_sub(kept.gone)?).cloned()
    }

    /// The newest item for an address or a number.
    pub fn latest_for(&self, to: &str) -> Option<Item> {
        self.kept().items.iter().rev().find(|item| item.to == to).cloned()
    }

    /// The OTP in the newest SMS to this number that holds one.
    pub fn otp_for(&self, mobile: &Mobile) -> Option<String> {
        let kept = self.kept();
        let mut texts =
            kept.items.iter().rev().filter(|item| item.channel == Channel::Sms && item.to == mobile.as_str());
        texts.find_map(|item| otp_in(&item.text))
    }

    /// The OTP in the newest mail to this address that holds one.
    pub fn otp_by_mail(&self, email: &Email) -> Option<String> {
        let kept = self.kept();
        let mut texts =
            kept.items.iter().rev().filter(|item| item.channel == Channel::Email && item.to == email.as_str());
        texts.find_map(|item| otp_in(&item.text))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Six digits that stand alone, in a text that speaks of an OTP.
fn otp_in(text: &str) -> Option<String> {
    let words = || text.split_whitespace();
    let is_otp = |word: &&str| word.len() == DIGITS as usize && word.bytes().all(|byte| byte.is_ascii_digit());
    words().find(is_otp).filter(|_| words().any(|word| word.starts_with("OTP"))).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sms(to: &str, text: &str) -> Item {
        let at = Timestamp::UNIX_EPOCH;
        Item { at, channel: Channel::Sms, to: to.into(), subject: None, text: text.into(), html: None }
    }

    #[test]
    fn the_newest_otp_is_found_among_other_messages() {
        let (inbox, mobile) = (Inbox::default(), "9876543243".parse().expect("mobile"));
        assert_eq!(inbox.otp_for(&mobile), None);
        for text in ["111111 is the OTP to let", "222222 is the OTP to let", "GSTIN 27: got OTP consent at 24/11/2026"]
        {
            inbox.put(sms("9876543243", text));
        }
        inbox.put(sms("9876543244", "333333 is the OTP to let"));
        assert_eq!(inbox.otp_for(&mobile).as_deref(), Some("222222"));
        assert!(inbox.latest_for("9876543243").is_some_and(|item| item.text.contains("consent")));
    }

    #[test]
    fn the_inbox_keeps_the_newest_two_hundred() {
        let inbox = Inbox::default();
        for number in 0..300 {
            inbox.put(sms("9876543243", &number.to_string()));
        }
        let all = inbox.all();
        assert_eq!((all.len(), all[0].text.as_str(), all[199].text.as_str()), (200, "299", "100"));
        assert!(inbox.numbered().iter().all(|(number, item)| item.text == number.to_string()));
        assert_eq!(inbox.item(100).map(|item| item.text).as_deref(), Some("100"));
        assert!(inbox.item(99).is_none() && inbox.item(300).is_none());
    }
}
