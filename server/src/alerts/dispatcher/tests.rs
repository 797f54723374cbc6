//! The dispatcher against an outbox in memory, a clock that is moved by hand, and channels that answer as told.

use app::model::alert::DeliveryState;
use async_trait::async_trait;

use super::*;
use crate::{
    alerts::{
        channels::{EmailChannel, SmsChannel},
        memory::{MemoryOutbox, Scripted, ground, provider, start, until},
        providers::{
            road::{Ground, Provider, Road},
            tap::{Mains, Rate},
        },
        sms_template::SmsTemplates,
    },
    chance::SeededChance,
    clock::ManualClock,
    store::{StoreError, port::Pace},
};

struct House {
    outbox: Arc<MemoryOutbox>,
    clock: ManualClock,
    wake: Arc<Wake>,
}

impl House {
    fn new() -> Self {
        Self { outbox: Arc::default(), clock: ManualClock::at(start()), wake: Arc::default() }
    }

    fn worker(&self, name: &str, channel: &Arc<Scripted>) -> Dispatcher {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        Dispatcher {
            worker: name.into(),
            outbox: self.outbox.clone(),
            channels: channel.channels(&clock),
            composer: Arc::new(Composer { sms: SmsTemplates::draft().expect("drafts"), return_path: None }),
            schedule: Arc::default(),
            clock,
            chance: Arc::new(SeededChance::new(1)),
            wake: self.wake.clone(),
            limits: Limits { idle: Duration::from_millis(20), stop: Duration::from_millis(50), ..Limits::default() },
        }
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
        self.wake.ring();
    }
}

fn temporary() -> Outcome {
    Outcome::temporary("timed out")
}

fn running(worker: Dispatcher) -> (CancellationToken, tokio::task::JoinHandle<()>) {
    let stop = CancellationToken::new();
    (stop.clone(), tokio::spawn(worker.run(stop)))
}

#[tokio::test]
async fn whatever_is_owed_is_sent_once_on_both_channels() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    for number in 0..200 {
        house.outbox.owe(number, Channel::ALL[usize::from(number % 2 == 0)], start());
    }
    let (stop, first) = running(house.worker("first", &channel));
    let second = tokio::spawn(house.worker("second", &channel).run(stop.clone()));
    until("all is sent", || house.outbox.all_final()).await;
    stop.cancel();
    first.await.expect("first");
    second.await.expect("second");
    let mut sent: Vec<_> = channel.sent.lock().expect("sent").iter().map(|(id, _)| *id).collect();
    sent.sort();
    sent.dedup();
    assert_eq!((sent.len(), channel.count()), (200, 200), "two workers, nothing twice, nothing missed");
}

#[tokio::test]
async fn a_ring_sends_at_once() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    let mut worker = house.worker("only", &channel);
    worker.limits.idle = Duration::from_hours(1);
    let (stop, run) = running(worker);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let id = house.outbox.owe(1, Channel::Sms, start());
    house.wake.ring();
    until("it is sent", || house.outbox.delivery(id).state == DeliveryState::Accepted).await;
    stop.cancel();
    run.await.expect("run");
}

#[tokio::test]
async fn what_a_killed_worker_held_is_sent_when_its_lease_ends_and_not_before() {
    let house = House::new();
    let (hanging, working) = (Arc::new(Scripted { hangs: true, ..Scripted::default() }), Arc::new(Scripted::default()));
    let id = house.outbox.owe(1, Channel::Email, start());
    let (_, killed) = running(house.worker("killed", &hanging));
    until("it is taken", || hanging.count() == 1).await;
    killed.abort();
    assert!(killed.await.is_err_and(|error| error.is_cancelled()));

    let (stop, next) = running(house.worker("next", &working));
    house.pass(59);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(working.count(), 0, "a second worker sent what was still leased");
    house.pass(1);
    until("it is sent", || house.outbox.delivery(id).state == DeliveryState::Accepted).await;
    assert_eq!(working.count(), 1);
    stop.cancel();
    next.await.expect("next");
}

#[tokio::test]
async fn a_stopped_worker_gives_back_what_it_could_not_finish() {
    let (house, hanging) = (House::new(), Arc::new(Scripted { hangs: true, ..Scripted::default() }));
    house.outbox.owe(1, Channel::Email, start());
    let (stop, run) = running(house.worker("stopping", &hanging));
    until("it is taken", || hanging.count() == 1).await;
    assert_eq!(house.outbox.leased_by("stopping"), 1);
    stop.cancel();
    run.await.expect("run");
    assert_eq!(house.outbox.leased_by("stopping"), 0);
}

#[tokio::test]
async fn a_failed_attempt_is_tried_again_when_it_is_due_and_not_before() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    channel.answers.lock().expect("answers").push_back(temporary());
    let id = house.outbox.owe(1, Channel::Email, start());
    let (stop, run) = running(house.worker("only", &channel));
    until("it failed", || house.outbox.delivery(id).state == DeliveryState::TemporaryFailure).await;
    house.pass(4);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(channel.count(), 1);
    house.pass(2);
    until("it is sent", || house.outbox.delivery(id).state == DeliveryState::Accepted).await;
    let attempts = house.outbox.attempts(id);
    assert_eq!((attempts.len(), &attempts[0].outcome, attempts[0].provider.as_str()), (2, &temporary(), "scripted"));
    stop.cancel();
    run.await.expect("run");
}

#[tokio::test]
async fn what_keeps_failing_or_is_refused_becomes_a_dead_letter() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    channel.answers.lock().expect("answers").extend((0..8).map(|_| temporary()));
    let failing = house.outbox.owe(1, Channel::Email, start());
    let (stop, run) = running(house.worker("only", &channel));
    for attempt in 1..=8 {
        until("the next attempt", || house.outbox.attempts(failing).len() == attempt).await;
        house.pass(30_000);
    }
    assert_eq!(house.outbox.delivery(failing).state, DeliveryState::TechnicalFailure);

    let refused = Outcome::Permanent { detail: "SMTP 550 5.1.1".into() };
    channel.answers.lock().expect("answers").push_back(refused);
    let refused = house.outbox.owe(2, Channel::Email, start());
    house.wake.ring();
    until("it is refused", || house.outbox.delivery(refused).state == DeliveryState::PermanentFailure).await;
    house.pass(30_000);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(channel.count(), 9, "a dead letter is never tried again");
    stop.cancel();
    run.await.expect("run");
}

#[tokio::test]
async fn what_is_not_accepted_by_its_deadline_is_late_and_not_before() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    channel.answers.lock().expect("answers").extend((0..4).map(|_| temporary()));
    let id = house.outbox.owe(1, Channel::Email, start());
    let (stop, run) = running(house.worker("only", &channel));
    for attempt in 1..=4 {
        until("the next attempt", || house.outbox.attempts(id).len() == attempt).await;
        assert_eq!(house.outbox.is_late(id), attempt == 4, "{attempt}");
        house.pass(if attempt == 3 { 600 } else { 150 });
    }
    stop.cancel();
    run.await.expect("run");
}

#[tokio::test]
async fn what_no_provider_takes_is_not_tried_and_late_all_the_same() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    let refusals = (0..).map(|_| temporary()).take(100);
    channel.answers.lock().expect("answers").extend(refusals);
    let mut worker = house.worker("only", &channel);
    worker.channels = channel.channels_left_alone_after(1, &worker.clock);
    let first = house.outbox.owe(1, Channel::Email, start());
    let (stop, run) = running(worker);
    until("the breaker opens", || house.outbox.attempts(first).len() == 1).await;
    let second = house.outbox.owe(2, Channel::Email, start());
    house.wake.ring();
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!((channel.count(), house.outbox.attempts(second).len()), (1, 0), "it costs no attempt");
    house.clock.advance(SignedDuration::from_mins(11));
    until("it is told of, or tried", || house.outbox.is_late(second) || !house.outbox.attempts(second).is_empty())
        .await;
    assert!(house.outbox.is_late(second));
    stop.cancel();
    run.await.expect("run");
}

/// Has no tokens.
struct Dry;

#[async_trait]
impl Mains for Dry {
    async fn give_out(&self, _: &str, _: Pace, _: u32, _: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }
}

/// A worker whose mails wait for tokens, of which there are none.
fn dry_worker(house: &House, channel: &Arc<Scripted>) -> Dispatcher {
    let mut worker = house.worker("only", channel);
    let email: Arc<dyn EmailChannel> = channel.clone();
    let paced = Provider { rate: Some(Rate { per_second: 1.0, burst: 1 }), ..provider("scripted", email) };
    let ground = Ground { mains: Arc::new(Dry), ..ground(&worker.clock) };
    worker.channels.email = Arc::new(Road::new("email", vec![paced], ground));
    worker
}

#[tokio::test]
async fn what_gets_no_token_loses_no_attempt_and_is_late_all_the_same() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    let mut worker = dry_worker(&house, &channel);
    worker.limits.send = Duration::from_millis(20);
    let id = house.outbox.owe(1, Channel::Email, start());
    let (stop, run) = running(worker);
    for waited in 0..10 {
        let again_at = house.clock.now() + SignedDuration::from_secs(1);
        until("it is put off", || house.outbox.delivery(id).due_at == again_at).await;
        assert!(!house.outbox.is_late(id), "{waited}");
        house.pass(1);
    }
    house.pass(600);
    until("it is late", || house.outbox.is_late(id)).await;
    let kept = house.outbox.delivery(id);
    assert_eq!((kept.attempts, house.outbox.attempts(id).len(), channel.count()), (0, 0, 0));
    stop.cancel();
    run.await.expect("run");
}

#[tokio::test]
async fn a_provider_that_asks_to_be_left_alone_does_not_hold_a_message_back_from_another() {
    let house = House::new();
    let [a, b] = [(); 2].map(|()| Arc::new(Scripted::default()));
    let busy = Outcome::Temporary { detail: "HTTP 429".into(), retry_after_s: Some(3_600) };
    for channel in [&a, &b] {
        channel.answers.lock().expect("answers").push_back(busy.clone());
    }
    let mut worker = house.worker("only", &a);
    let (to_a, to_b): (Arc<dyn EmailChannel>, Arc<dyn EmailChannel>) = (a.clone(), b.clone());
    let both = vec![provider("a", to_a), provider("b", to_b)];
    worker.channels.email = Arc::new(Road::new("email", both, ground(&worker.clock)));
    let id = house.outbox.owe(1, Channel::Email, start());
    let (stop, run) = running(worker);
    until("it failed", || house.outbox.attempts(id).len() == 1).await;
    let due_at = house.outbox.delivery(id).due_at;
    assert!(due_at <= start() + SignedDuration::from_secs(6), "as the schedule says: {due_at}");
    house.pass(6);
    until("it failed again", || house.outbox.attempts(id).len() == 2).await;
    assert_eq!((a.count(), b.count()), (1, 1));
    let due_at = house.outbox.delivery(id).due_at;
    assert_eq!(due_at.duration_since(house.clock.now()).as_secs(), 3_600, "nobody else is free");
    stop.cancel();
    run.await.expect("run");
}

#[tokio::test]
async fn what_cannot_be_put_together_is_late_by_the_moment_at_which_it_was_owed() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    house.outbox.torn.store(true, std::sync::atomic::Ordering::Relaxed);
    let id = house.outbox.owe(1, Channel::Email, start());
    house.clock.advance(SignedDuration::from_mins(11));
    let (stop, run) = running(house.worker("only", &channel));
    until("it failed", || house.outbox.attempts(id).len() == 1).await;
    assert!(house.outbox.is_late(id));
    stop.cancel();
    run.await.expect("run");
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_told_of_under_the_name_of_its_provider() {
    let (house, hanging) = (House::new(), Arc::new(Scripted { hangs: true, ..Scripted::default() }));
    let mut worker = house.worker("only", &hanging);
    worker.limits.send = Duration::from_millis(20);
    let id = house.outbox.owe(1, Channel::Email, start());
    let (stop, run) = running(worker);
    until("it is given up", || house.outbox.attempts(id).len() == 1).await;
    assert_eq!(house.outbox.attempts(id)[0].provider, "scripted");
    stop.cancel();
    run.await.expect("run");
}

#[tokio::test]
async fn a_look_for_what_is_silent_goes_on_while_it_finds_as_much_as_it_may_and_ends() {
    for (silent, told) in [(0, 0), (3, 3), (200, 200), (403, 403), (5_000, 4_000)] {
        let (house, channel) = (House::new(), Arc::new(Scripted::default()));
        house.outbox.silent.store(silent, std::sync::atomic::Ordering::Relaxed);
        house.worker("only", &channel).look_for_silent().await;
        let left = house.outbox.silent.load(std::sync::atomic::Ordering::Relaxed);
        assert_eq!(silent - left, told);
    }
}

#[tokio::test]
async fn what_waits_for_its_next_attempt_is_late_when_the_deadline_is_over() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    let busy = Outcome::Temporary { detail: "HTTP 429".into(), retry_after_s: Some(3_600) };
    channel.answers.lock().expect("answers").push_back(busy);
    let id = house.outbox.owe(1, Channel::Email, start());
    let (stop, run) = running(house.worker("only", &channel));
    until("it failed", || house.outbox.attempts(id).len() == 1).await;
    house.pass(601);
    until("it is told of", || house.outbox.is_late(id)).await;
    let kept = house.outbox.delivery(id);
    assert_eq!((kept.attempts, kept.due_at), (1, start() + SignedDuration::from_secs(3_600)), "and waits on");
    stop.cancel();
    run.await.expect("run");
}

#[tokio::test]
async fn no_more_is_leased_than_a_slow_rate_lets_through() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    let worker = dry_worker(&house, &channel);
    for number in 0..100 {
        house.outbox.owe(number, Channel::Email, start());
    }
    let (stop, run) = running(worker);
    // Three may be begun, and as many wait for their turn.
    until("they are leased", || house.outbox.leased_by("only") >= 6).await;
    house.wake.ring();
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(house.outbox.leased_by("only"), 6);
    stop.cancel();
    run.await.expect("run");
}

#[tokio::test]
async fn what_fails_together_is_not_tried_again_together() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    channel.answers.lock().expect("answers").extend((0..3).map(|_| temporary()));
    let failing = [1, 2, 3].map(|number| house.outbox.owe(number, Channel::Email, start()));
    let (stop, run) = running(house.worker("only", &channel));
    until("all failed", || failing.iter().all(|id| house.outbox.attempts(*id).len() == 1)).await;
    let mut due_at = failing.map(|id| house.outbox.delivery(id).due_at);
    due_at.sort();
    let planned = start() + SignedDuration::from_secs(5);
    assert!(planned <= due_at[0] && due_at[0] < due_at[1] && due_at[1] < due_at[2], "{due_at:?}");
    stop.cancel();
    run.await.expect("run");
}

#[tokio::test]
async fn a_store_that_fails_for_a_moment_when_it_is_written_down_makes_nobody_send_twice() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    house.outbox.settles_failing.store(1, std::sync::atomic::Ordering::Relaxed);
    let id = house.outbox.owe(1, Channel::Email, start());
    let (stop, run) = running(house.worker("only", &channel));
    until("it is written down", || house.outbox.delivery(id).state == DeliveryState::Accepted).await;
    assert_eq!((channel.count(), house.outbox.attempts(id).len()), (1, 1));
    stop.cancel();
    run.await.expect("run");
}

#[tokio::test]
async fn what_may_take_longer_than_its_lease_is_given_back_and_not_begun() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    let mut worker = house.worker("only", &channel);
    worker.limits.lease = SignedDuration::try_from(worker.limits.send).expect("short") - SignedDuration::from_secs(1);
    let id = house.outbox.owe(1, Channel::Email, start());
    let (stop, run) = running(worker);
    until("it is leased again and again", || house.outbox.leases() >= 3).await;
    stop.cancel();
    run.await.expect("run");
    let kept = house.outbox.delivery(id);
    assert_eq!((channel.count(), kept.attempts, house.outbox.attempts(id).len()), (0, 0, 0));
}

#[tokio::test]
async fn who_takes_messages_and_reports_nothing_of_them_loses_weight() {
    let (house, channel) = (House::new(), Arc::new(Scripted::default()));
    let mut worker = house.worker("only", &channel);
    let sms: Arc<dyn SmsChannel> = channel.clone();
    let both = vec![provider("scripted", sms.clone()), provider("other", sms)];
    worker.channels.sms = Arc::new(Road::new("sms", both, ground(&worker.clock)));
    house.clock.advance(SignedDuration::from_mins(2));
    house.outbox.silent.store(30, std::sync::atomic::Ordering::Relaxed);
    worker.look_for_silent().await;
    let points: Vec<_> = worker.channels.sms.standings().iter().map(|one| one.points).collect();
    assert_eq!(points, [40, 60]);
}
