//! The rule, minute by minute, and what holds whatever happens.

use proptest::prelude::*;

use super::*;

const START: Timestamp = Timestamp::UNIX_EPOCH;

fn minute(count: i64) -> Timestamp {
    START + SignedDuration::from_mins(count)
}

fn balancer(weights: &[u32]) -> Balancer {
    Balancer::new(BalanceRules::default(), BreakerRules::default(), weights, START)
}

fn accepted() -> Outcome {
    Outcome::Accepted { provider_ref: None }
}

fn fast() -> SignedDuration {
    SignedDuration::from_millis(200)
}

/// So many messages of each provider in a minute, so many percent of them slow.
fn minute_of(balancer: &mut Balancer, at: i64, slow_percent: &[u32]) {
    for message in 0..100 {
        for (provider, percent) in slow_percent.iter().enumerate() {
            // Spread over the minute: the rule looks at each message.
            let took = if message * percent % 100 < *percent { SignedDuration::from_secs(6) } else { fast() };
            balancer.answered(provider, minute(at), took, &accepted());
        }
    }
}

fn shares(balancer: &mut Balancer, now: Timestamp) -> Vec<u32> {
    let mut taken = vec![0; balancer.points().len()];
    for drawn in 0..100 {
        taken[balancer.pick(now, drawn, &[], &[]).expect("a provider")] += 1;
    }
    taken
}

#[test]
fn messages_are_shared_by_weight() {
    for (weights, points) in [(&[1, 1][..], &[50, 50][..]), (&[7, 3], &[70, 30]), (&[1, 1, 1], &[34, 33, 33])] {
        let mut balancer = balancer(weights);
        assert_eq!(balancer.points(), points);
        assert_eq!(shares(&mut balancer, START), points);
    }
}

#[test]
fn ten_points_move_when_fifteen_percent_are_slow_and_none_when_fourteen_are() {
    for (slow_percent, points) in [(14, [50, 50]), (15, [40, 60])] {
        let mut balancer = balancer(&[1, 1]);
        minute_of(&mut balancer, 0, &[slow_percent, 0]);
        assert_eq!(balancer.points(), [50, 50], "not within the first minute");
        minute_of(&mut balancer, 1, &[slow_percent, 0]);
        assert_eq!(balancer.points(), points, "{slow_percent} %");
    }
}

#[test]
fn ten_points_move_when_fifteen_percent_fail_at_once_and_none_when_fourteen_do() {
    for (failed_percent, points) in [(14, [50, 50]), (15, [40, 60])] {
        let mut balancer = balancer(&[1, 1]);
        for at in 0..=1 {
            assert_eq!(balancer.points(), [50, 50], "not within the first minute");
            for message in 0..100 {
                // Spread over the minute, never two in a row: the breaker stays closed.
                let fails = message * failed_percent % 100 < failed_percent;
                let outcome = if fails { Outcome::temporary("HTTP 500") } else { accepted() };
                balancer.answered(0, minute(at), fast(), &outcome);
                balancer.answered(1, minute(at), fast(), &accepted());
            }
        }
        assert_eq!(balancer.points(), points, "{failed_percent} %");
        assert_eq!(balancer.breakers(minute(1)), [BreakerState::Closed; 2]);
    }
}

#[test]
fn one_that_stays_slow_goes_down_to_what_it_keeps_and_comes_back_when_it_is_well() {
    let mut balancer = balancer(&[1, 1]);
    for at in 0..30 {
        minute_of(&mut balancer, at, &[100, 0]);
    }
    assert_eq!(balancer.points(), [5, 95]);
    for at in 30..300 {
        minute_of(&mut balancer, at, &[0, 0]);
    }
    assert_eq!(balancer.points(), [50, 50]);
}

#[test]
fn when_both_are_slow_there_is_an_alarm_and_no_swing() {
    let mut balancer = balancer(&[1, 1]);
    for at in 0..30 {
        minute_of(&mut balancer, at, &[60, 60]);
    }
    assert!(balancer.alarm());
    let points = balancer.points();
    assert!(points.iter().all(|points| (40..=60).contains(points)), "{points:?}");
    for at in 30..40 {
        minute_of(&mut balancer, at, &[0, 0]);
    }
    assert!(!balancer.alarm());
}

#[test]
fn an_alarm_is_told_once_when_it_begins_and_once_when_it_ends() {
    let mut balancer = balancer(&[1]);
    let mut told = Vec::new();
    for at in 0..20 {
        for _ in 0..50 {
            let took = if at < 10 { SignedDuration::from_secs(60) } else { fast() };
            let shifts = balancer.answered(0, minute(at), took, &accepted());
            told.extend(shifts.into_iter().filter(|shift| matches!(shift, Shift::Alarm(_))));
        }
    }
    assert_eq!(told, [Shift::Alarm(true), Shift::Alarm(false)]);
}

#[test]
fn a_late_delivery_report_counts_like_a_slow_acceptance() {
    let mut balancer = balancer(&[1, 1]);
    for at in 0..=1 {
        for _ in 0..50 {
            balancer.delivered(0, minute(at), SignedDuration::from_secs(301));
            balancer.delivered(1, minute(at), SignedDuration::from_secs(299));
        }
    }
    assert_eq!(balancer.points(), [40, 60]);
}

#[test]
fn one_whose_breaker_is_open_gets_nothing_and_then_one_probe() {
    let mut balancer = balancer(&[1, 1]);
    for _ in 0..5 {
        balancer.answered(0, START, fast(), &Outcome::temporary("HTTP 500"));
    }
    assert_eq!(shares(&mut balancer, START), [0, 100]);
    let later = START + SignedDuration::from_secs(5);
    assert_eq!(shares(&mut balancer, later)[0], 1);
    balancer.answered(0, later, fast(), &accepted());
    assert_eq!(shares(&mut balancer, later), [50, 50]);
}

#[test]
fn one_that_asks_to_be_left_alone_gets_nothing_until_that_is_over() {
    let mut balancer = balancer(&[1, 1]);
    let busy = Outcome::Temporary { detail: "HTTP 429".into(), retry_after_s: Some(60) };
    balancer.answered(0, START, fast(), &busy);
    for seconds in [0, 5, 59] {
        let now = START + SignedDuration::from_secs(seconds);
        assert_eq!(balancer.breakers(now), [BreakerState::Open, BreakerState::Closed], "{seconds} s");
        assert_eq!(shares(&mut balancer, now), [0, 100], "{seconds} s");
    }
    assert_eq!(shares(&mut balancer, minute(1))[0], 1, "and then one probe");
}

#[test]
fn with_all_breakers_open_nothing_is_begun_until_the_first_may_be_probed() {
    let mut balancer = balancer(&[1]);
    assert_eq!(balancer.room(START, 64), 64);
    for _ in 0..5 {
        balancer.answered(0, START, fast(), &Outcome::temporary("HTTP 500"));
    }
    assert_eq!((balancer.room(START, 64), balancer.pick(START, 7, &[], &[])), (0, None));
    let opens = balancer.opens_at().expect("a moment");
    assert_eq!(balancer.room(opens, 64), 1);
}

#[test]
fn what_failed_through_one_goes_through_another_if_there_is_one() {
    let mut two = balancer(&[99, 1]);
    assert!((0..100).all(|drawn| two.pick(START, drawn, &[0], &[]) == Some(1)));
    assert!((0..100).all(|drawn| two.pick(START, drawn, &[1], &[0]) == Some(1)));
    assert_eq!(balancer(&[1]).pick(START, 0, &[0], &[]), Some(0));
    assert_eq!(balancer(&[1]).pick(START, 0, &[], &[0]), None);
}

proptest! {
    #[test]
    fn points_always_add_up_and_nobody_falls_below_what_it_keeps(
        weights in prop::collection::vec(1_u32..1_000, 1..6),
        steps in prop::collection::vec((0_usize..6, 0_i64..400, 0_i64..9, any::<bool>(), any::<u32>()), 0..400),
    ) {
        let mut balancer = balancer(&weights);
        let rest = balancer.points();
        let mut now = START;
        for (provider, passed, took, fails, drawn) in steps {
            now += SignedDuration::from_secs(passed);
            let provider = provider % weights.len();
            let outcome = if fails { Outcome::temporary("HTTP 500") } else { accepted() };
            balancer.answered(provider, now, SignedDuration::from_secs(took), &outcome);
            let points = balancer.points();
            prop_assert_eq!(points.iter().sum::<u32>(), POINTS);
            prop_assert!(points.iter().zip(&rest).all(|(points, rest)| *points >= 5.min(*rest)));
            if let Some(picked) = balancer.pick(now, drawn, &[], &[]) {
                prop_assert!(picked < weights.len());
            } else {
                prop_assert!(balancer.opens_at().is_some_and(|at| at > now));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn left_in_peace_the_weights_come_to_rest(
        weights in prop::collection::vec(1_u32..100, 1..5),
        bad in prop::collection::vec(0_u32..100, 5),
    ) {
        let mut balancer = balancer(&weights);
        let rest = balancer.points();
        for at in 0..20 {
            minute_of(&mut balancer, at, &bad[..weights.len()]);
        }
        let peace = vec![0; weights.len()];
        // A step each ten minutes, at most 95 points back.
        for at in 20..400 {
            minute_of(&mut balancer, at, &peace);
        }
        prop_assert_eq!(balancer.points(), rest);
    }
}

#[test]
fn who_takes_everything_fast_and_delivers_nothing_loses_weight() {
    let mut balancer = balancer(&[50, 50]);
    let later = START + SignedDuration::from_mins(2);
    let taken = Outcome::Accepted { provider_ref: None };
    for _ in 0..1_000 {
        for provider in [0, 1] {
            balancer.answered(provider, later, SignedDuration::from_millis(20), &taken);
        }
    }
    assert_eq!(balancer.points(), [50, 50]);
    for _ in 0..30 {
        balancer.delivered(1, later, SignedDuration::from_secs(4));
        balancer.fell_silent(0, later);
    }
    assert_eq!(balancer.points(), [40, 60], "a thousand fast answers do not hide it");
    assert!(!balancer.alarm());
}
