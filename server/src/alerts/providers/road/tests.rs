//! A road over providers that answer as told, and a tap that two nodes share.

use std::sync::atomic::{AtomicI64, Ordering};

use app::model::alert::Matter;
use async_trait::async_trait;
use uuid::Uuid;

use super::*;
use crate::{
    alerts::{
        memory::{Scripted, ground, notice, provider, recipient, start},
        message::Composer,
        sms_template::SmsTemplates,
    },
    clock::ManualClock,
    store::{StoreError, port::Pace},
};

fn mail() -> Mail {
    let id = app::model::id::DeliveryId(Uuid::from_u128(1));
    let composer = Composer { sms: SmsTemplates::draft().expect("drafts"), return_path: None };
    composer.alert_mail(id, &recipient(), &notice(Matter::ConsentGiven)).expect("mail")
}

fn scripted() -> (Arc<Scripted>, Arc<dyn EmailChannel>) {
    let scripted = Arc::new(Scripted::default());
    (scripted.clone(), scripted)
}

#[tokio::test]
async fn messages_are_shared_and_what_failed_through_one_goes_through_the_other() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(start()));
    let ((a, to_a), (b, to_b)) = (scripted(), scripted());
    let road = Road::new("email", vec![provider("a", to_a), provider("b", to_b)], ground(&clock));
    for _ in 0..100 {
        road.send(&mail(), &Tried::default()).await;
    }
    assert_eq!(a.count() + b.count(), 100);
    assert!((25..=75).contains(&a.count()), "about half: {}", a.count());
    let before = b.count();
    let tried = Tried { last: Some("a".into()), silent: None };
    for _ in 0..20 {
        assert_eq!(road.send(&mail(), &tried).await.provider, "b");
    }
    assert_eq!(b.count(), before + 20);
    assert_eq!(road.send_through("a", &mail()).await.expect("known").provider, "a");
    assert_eq!(road.send_through("c", &mail()).await, None);
}

#[tokio::test]
async fn a_message_that_was_given_up_on_counts_against_its_provider() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(start()));
    let hanging: Arc<dyn EmailChannel> = Arc::new(Scripted { hangs: true, ..Scripted::default() });
    let road = Road::new("email", vec![provider("hanging", hanging)], ground(&clock));
    for _ in 0..5 {
        drop(futures::poll!(Box::pin(road.send(&mail(), &Tried::default()))));
    }
    assert_eq!(road.standings()[0].breaker, BreakerState::Open);
    assert_eq!(road.room(10), 0);
    let refused = road.send(&mail(), &Tried::default()).await;
    assert_eq!(refused.provider, "none");
    let Outcome::Temporary { retry_after_s, .. } = refused.outcome else { panic!("{refused:?}") };
    assert_eq!(retry_after_s, Some(5), "when it may be tried again");
}

#[tokio::test]
async fn who_took_a_message_and_said_nothing_of_it_is_not_asked_again_even_where_the_other_fails() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(start()));
    let ((a, to_a), (b, to_b)) = (scripted(), scripted());
    let road = Road::new("email", vec![provider("a", to_a), provider("b", to_b)], ground(&clock));
    b.answers.lock().expect("answers").extend((0..5).map(|_| Outcome::temporary("busy")));
    let tried = Tried { last: Some("b".into()), silent: Some("a".into()) };
    for _ in 0..5 {
        assert_eq!(road.send(&mail(), &tried).await.provider, "b");
    }
    assert_eq!(road.standings()[1].breaker, BreakerState::Open);
    assert_eq!(road.send(&mail(), &tried).await.provider, NOBODY);
    assert_eq!(a.count(), 0);
}

#[tokio::test]
async fn late_reports_move_weight_away() {
    let clock = ManualClock::at(start());
    let ticking: Arc<dyn Clock> = Arc::new(clock.clone());
    let ((_, to_a), (_, to_b)) = (scripted(), scripted());
    let road = Road::new("email", vec![provider("a", to_a), provider("b", to_b)], ground(&ticking));
    clock.advance(SignedDuration::from_mins(2));
    for _ in 0..30 {
        road.delivered("a", SignedDuration::from_mins(6));
        road.delivered("unknown", SignedDuration::from_mins(6));
    }
    assert_eq!(road.standings().iter().map(|one| one.points).collect::<Vec<_>>(), [40, 60]);
}

/// One bucket for two nodes.
struct Shared(AtomicI64);

#[async_trait]
impl Mains for Shared {
    async fn give_out(&self, _: &str, pace: Pace, count: u32, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let (now, taken) = (now.as_microsecond(), pace.every_micros * i64::from(count));
        let latest = now + pace.every_micros * i64::from(pace.burst) + pace.ahead_micros;
        let after = |until: i64| Some(until.max(now) + taken).filter(|after| *after <= latest);
        let given = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, after);
        Ok(given.ok().and_then(after).and_then(|micros| Timestamp::from_microsecond(micros).ok()))
    }
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the runtime's own time, which this test has stopped")]
async fn two_taps_on_the_same_mains_keep_the_rate_together() {
    let began = time::Instant::now();
    let clock: Arc<dyn Clock> = Arc::new(PausedClock(began));
    let mains: Arc<dyn Mains> = Arc::new(Shared(AtomicI64::new(0)));
    let tap = || Tap::new("gateway".into(), Rate { per_second: 100.0, burst: 20 }, mains.clone(), clock.clone());
    let (one, other) = (tap(), tap());
    let taken = futures::future::join_all((0..220).map(|n| {
        let tap = if n % 2 == 0 { &one } else { &other };
        async move {
            tap.take().await;
            began.elapsed()
        }
    }))
    .await;
    let within = |limit: u64| taken.iter().filter(|at| **at <= Duration::from_millis(limit)).count();
    assert!((20..=21).contains(&within(0)), "a burst at once: {}", within(0));
    for second in 1..=2 {
        let (passed, fair) = (within(second * 1_000), 20 + 100 * usize::try_from(second).expect("few"));
        assert!(passed <= fair + 1 && passed + 25 >= fair, "{passed} in {second} s");
    }
}

/// Goes with the runtime's own time, which a test may stop.
struct PausedClock(time::Instant);

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.0.elapsed()).expect("short");
        start() + SignedDuration::from_micros(i64::try_from(passed.as_micros()).expect("short"))
    }

    fn since_boot(&self) -> Duration {
        self.0.elapsed()
    }
}
