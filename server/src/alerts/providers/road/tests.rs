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

const TURN: Turn = Turn { within: Duration::from_secs(20), urgent: false };

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
        road.send(&mail(), &Tried::default(), TURN).await.expect("asked");
    }
    assert_eq!(a.count() + b.count(), 100);
    assert!((25..=75).contains(&a.count()), "about half: {}", a.count());
    let before = b.count();
    let tried = Tried { last: Some("a".into()), silent: None };
    for _ in 0..20 {
        assert_eq!(road.send(&mail(), &tried, TURN).await.expect("asked").provider, "b");
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
        drop(futures::poll!(Box::pin(road.send(&mail(), &Tried::default(), TURN))));
    }
    assert_eq!(road.standings()[0].breaker, BreakerState::Open);
    assert_eq!(road.room(10), 0);
    let refused = road.send(&mail(), &Tried::default(), TURN).await;
    let opens_at = start() + SignedDuration::from_secs(5);
    assert_eq!(refused, Err(Unasked { again_at: opens_at }), "when it may be tried again");
}

#[tokio::test]
async fn who_took_a_message_and_said_nothing_of_it_is_not_asked_again_even_where_the_other_fails() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(start()));
    let ((a, to_a), (b, to_b)) = (scripted(), scripted());
    let road = Road::new("email", vec![provider("a", to_a), provider("b", to_b)], ground(&clock));
    b.answers.lock().expect("answers").extend((0..5).map(|_| Outcome::temporary("busy")));
    let tried = Tried { last: Some("b".into()), silent: Some("a".into()) };
    for _ in 0..5 {
        assert_eq!(road.send(&mail(), &tried, TURN).await.expect("asked").provider, "b");
    }
    assert_eq!(road.standings()[1].breaker, BreakerState::Open);
    let opens_at = start() + SignedDuration::from_secs(5);
    assert_eq!(road.send(&mail(), &tried, TURN).await, Err(Unasked { again_at: opens_at }));
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

#[tokio::test]
async fn who_took_a_message_and_said_nothing_of_it_is_asked_again_where_there_is_no_other() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(start()));
    let (_, to_only) = scripted();
    let road = Road::new("email", vec![provider("only", to_only)], ground(&clock));
    let tried = Tried { last: Some("only".into()), silent: Some("only".into()) };
    assert_eq!(road.send(&mail(), &tried, TURN).await.expect("asked").provider, "only");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_hangs_is_given_up_on_under_its_own_name() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(start()));
    let hanging: Arc<dyn EmailChannel> = Arc::new(Scripted { hangs: true, ..Scripted::default() });
    let road = Road::new("email", vec![provider("hanging", hanging)], ground(&clock));
    let sent = road.send(&mail(), &Tried::default(), TURN).await.expect("asked");
    assert_eq!((sent.provider.as_str(), sent.other_free), ("hanging", false));
    assert_eq!(sent.outcome, Outcome::temporary("the attempt took too long"));
}

/// Gives each token so much later than it is asked for.
struct Slow(SignedDuration);

#[async_trait]
impl Mains for Slow {
    async fn give_out(&self, _: &str, pace: Pace, _: u32, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        Ok(Some(now + self.0 + SignedDuration::from_micros(pace.every_micros * i64::from(pace.burst))))
    }
}

fn paced(name: &str, channel: Arc<dyn EmailChannel>) -> Provider<dyn EmailChannel> {
    Provider { rate: Some(Rate { per_second: 1.0, burst: 1 }), ..provider(name, channel) }
}

#[tokio::test]
async fn a_message_whose_token_comes_too_late_goes_to_nobody_and_loses_no_token() {
    let clock = ManualClock::at(start());
    let ticking: Arc<dyn Clock> = Arc::new(clock.clone());
    let wait = SignedDuration::from_mins(1);
    let (channel, to_it) = scripted();
    let ground = Ground { mains: Arc::new(Slow(wait)), ..ground(&ticking) };
    let road = Road::new("email", vec![paced("slow", to_it)], ground);
    let ready_at = start() + wait;
    for _ in 0..3 {
        assert_eq!(road.send(&mail(), &Tried::default(), TURN).await, Err(Unasked { again_at: ready_at }));
    }
    clock.advance(wait);
    assert_eq!(road.send(&mail(), &Tried::default(), TURN).await.expect("asked").provider, "slow");
    assert_eq!(channel.count(), 1);
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the runtime's own time, which this test has stopped")]
async fn where_the_rate_of_one_is_used_up_the_next_message_goes_through_the_other_at_once() {
    let began = time::Instant::now();
    let clock: Arc<dyn Clock> = Arc::new(PausedClock(began));
    let ((a, to_a), (b, to_b)) = (scripted(), scripted());
    let ground = Ground { mains: Arc::new(Slow(SignedDuration::from_mins(1))), ..ground(&clock) };
    let road = Road::new("email", vec![Provider { weight: 1_000, ..paced("a", to_a) }, provider("b", to_b)], ground);
    for _ in 0..10 {
        assert_eq!(road.send(&mail(), &Tried::default(), TURN).await.expect("asked").provider, "b");
    }
    assert_eq!((a.count(), b.count(), began.elapsed()), (0, 10, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_full_is_joined_by_nobody_but_who_is_urgent_has_one_of_their_own() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(start()));
    let (_, to_it) = scripted();
    let ground = Ground { mains: Arc::new(Slow(SignedDuration::from_secs(5))), ..ground(&clock) };
    let road = Road::new("email", vec![paced("slow", to_it)], ground);
    let (mail, tried) = (mail(), Tried::default());
    let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(road.send(&mail, &tried, TURN))).collect();
    for one in &mut waiting {
        assert!(futures::poll!(one.as_mut()).is_pending());
    }
    let soon = start() + SignedDuration::from_secs(1);
    assert_eq!(road.send(&mail, &tried, TURN).await, Err(Unasked { again_at: soon }));
    let urgent = road.send(&mail, &tried, Turn { urgent: true, ..TURN });
    assert_eq!(urgent.await.expect("asked").provider, "slow");
}

#[tokio::test]
async fn it_is_said_whether_another_provider_is_free() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(start()));
    let ((a, to_a), (b, to_b)) = (scripted(), scripted());
    let road = Road::new("email", vec![provider("a", to_a), provider("b", to_b)], ground(&clock));
    let busy = Outcome::Temporary { detail: "HTTP 429".into(), retry_after_s: Some(3_600) };
    for channel in [&a, &b] {
        channel.answers.lock().expect("answers").push_back(busy.clone());
    }
    let first = road.send(&mail(), &Tried::default(), TURN).await.expect("asked");
    assert!(first.other_free);
    let tried = Tried { last: Some(first.provider.clone()), silent: None };
    let second = road.send(&mail(), &tried, TURN).await.expect("asked");
    assert!(second.provider != first.provider && !second.other_free, "the first one is left alone");
    assert!(matches!(road.send(&mail(), &tried, TURN).await, Err(Unasked { .. })), "and now both are");
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
            tap.take(Duration::from_secs(60)).await.expect("in time");
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

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the runtime's own time, which this test has stopped")]
async fn after_a_long_silence_two_taps_send_one_burst_together() {
    let began = time::Instant::now();
    let clock: Arc<dyn Clock> = Arc::new(PausedClock(began));
    let mains: Arc<dyn Mains> = Arc::new(Shared(AtomicI64::new(0)));
    let tap = || Tap::new("gateway".into(), Rate { per_second: 100.0, burst: 20 }, mains.clone(), clock.clone());
    let (one, other) = (tap(), tap());
    for tap in [&one, &other] {
        tap.take(Duration::from_secs(60)).await.expect("in time");
    }
    time::advance(Duration::from_mins(10)).await;
    let ended = began.elapsed();
    let taken = futures::future::join_all((0..60).map(|n| {
        let tap = if n % 2 == 0 { &one } else { &other };
        async move {
            tap.take(Duration::from_secs(60)).await.expect("in time");
            began.elapsed()
        }
    }))
    .await;
    let at_once = taken.iter().filter(|at| **at == ended).count();
    assert!((20..=21).contains(&at_once), "a burst at once: {at_once}");
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
