//! What befalls the next messages, as whoever plays asks for it: how the screen tells of bad days.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use app::model::alert::Channel;
use serde::Deserialize;

/// Messages that can be bespoken at once, a channel.
pub const BESPOKEN_MAX: usize = 20;
/// How long a provider takes over a message that is to be late: less than the server waits for.
pub const DELAY: Duration = Duration::from_secs(5);

/// What befalls a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It arrives.
    #[default]
    Arrives,
    /// The provider does not take it over: it is sent again.
    Fails,
    /// The provider takes it over late.
    Delayed,
    /// The provider takes it over, and it comes back: the mailbox is full, the number is blocked.
    Bounces,
    /// The provider takes it over and says nothing more of it.
    Silent,
}

/// The fates of the messages to come. Cheap to clone; all clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Fates(Arc<Mutex<[VecDeque<Fate>; 2]>>);

impl Fates {
    /// So many of the next messages of a channel meet this.
    pub fn bespeak(&self, channel: Channel, fate: Fate, count: usize) {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = &mut queues[channel as usize];
        let room = BESPOKEN_MAX.saturating_sub(queue.len());
        queue.extend(std::iter::repeat_n(fate, count.min(room)));
    }

    /// What befalls the next message of a channel.
    pub fn next(&self, channel: Channel) -> Fate {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues[channel as usize].pop_front().unwrap_or_default()
    }

    /// How many messages of a channel are bespoken.
    pub fn bespoken(&self, channel: Channel) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[channel as usize].len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fates_are_met_in_their_order_and_bounded() {
        let fates = Fates::default();
        fates.bespeak(Channel::Sms, Fate::Fails, 1);
        fates.bespeak(Channel::Sms, Fate::Bounces, 100);
        assert_eq!(fates.next(Channel::Email), Fate::Arrives);
        assert_eq!([fates.next(Channel::Sms), fates.next(Channel::Sms)], [Fate::Fails, Fate::Bounces]);
        assert_eq!(fates.bespoken(Channel::Sms), BESPOKEN_MAX - 2);
    }
}
