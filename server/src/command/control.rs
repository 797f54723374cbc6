//! The settings of `serve` about the control of access: the durations that are offered, and what counts as unusual use.

use app::model::{access_window::WindowSteps, restriction::Hours, unusual::Thresholds};
use clap::{Args, value_parser};
use jiff::SignedDuration;
use server::house::Control;

/// Thresholds and steps.
#[derive(Debug, Clone, Args)]
pub(super) struct ControlSettings {
    /// The durations that API access is offered for, in hours, the shortest first, from 6 to 720
    #[arg(long, env = "ASP_ACCESS_WINDOW_STEPS_HOURS", default_value_t)]
    window_steps_hours: WindowSteps,
    /// The hours in which any call is unusual, on India's clock
    #[arg(long, env = "ASP_ACCESS_UNUSUAL_NIGHT", value_name = "HH:MM-HH:MM", default_value = "23:00-05:00", value_parser = night)]
    unusual_night: Hours,
    /// So many times the calls of a usual day are unusual
    #[arg(long, env = "ASP_ACCESS_UNUSUAL_TIMES", default_value_t = Thresholds::default().times_usual, value_parser = value_parser!(u32).range(2..=1_000))]
    unusual_times: u32,
    /// With fewer calls a day than this, their number is never unusual
    #[arg(long, env = "ASP_ACCESS_UNUSUAL_CALLS_MIN", default_value_t = Thresholds::default().calls_min, value_parser = value_parser!(u32).range(1..=1_000_000))]
    unusual_calls_min: u32,
    /// Days without a call, after which the first one is unusual
    // A consent lasts no longer than 30 days, so that a longer sleep would never be told.
    #[arg(long, env = "ASP_ACCESS_UNUSUAL_SLEEP_DAYS", default_value_t = Thresholds::default().sleep_days, value_parser = value_parser!(u16).range(1..=29))]
    unusual_sleep_days: u16,
    /// Days in which the same sign on a consent is not told again
    #[arg(long, env = "ASP_ACCESS_UNUSUAL_QUIET_DAYS", default_value_t = 7, value_parser = value_parser!(u16).range(1..=365))]
    unusual_quiet_days: u16,
}

impl From<ControlSettings> for Control {
    fn from(settings: ControlSettings) -> Self {
        Self {
            thresholds: Thresholds {
                night: settings.unusual_night,
                times_usual: settings.unusual_times,
                calls_min: settings.unusual_calls_min,
                sleep_days: settings.unusual_sleep_days,
                quiet_for: SignedDuration::from_hours(24 * i64::from(settings.unusual_quiet_days)),
            },
            window_steps: settings.window_steps_hours,
        }
    }
}

/// `23:00-05:00`: from a minute of the day on, up to another one.
fn night(text: &str) -> Result<Hours, String> {
    let minute = |text: &str| {
        let (hours, minutes) = text.trim().split_once(':')?;
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
    };
    let read = || {
        let (from, to) = text.split_once('-')?;
        Hours::new(minute(from)?, minute(to)?).ok()
    };
    read().ok_or_else(|| "a night runs from one time of the day to another, as in 23:00-05:00".into())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Alone {
        #[command(flatten)]
        settings: ControlSettings,
    }

    fn read(arguments: &[&str]) -> Result<Control, String> {
        let arguments = [&["serve"], arguments].concat();
        Alone::try_parse_from(arguments).map(|alone| alone.settings.into()).map_err(|error| error.to_string())
    }

    #[test]
    fn without_settings_the_control_is_the_usual_one() {
        assert_eq!(read(&[]), Ok(Control::default()));
    }

    #[test]
    fn each_setting_arrives_where_it_is_obeyed() {
        let set = read(&[
            "--window-steps-hours=6,48",
            "--unusual-night=22:30-04:15",
            "--unusual-times=5",
            "--unusual-calls-min=50",
            "--unusual-sleep-days=10",
            "--unusual-quiet-days=2",
        ]);
        let thresholds = Thresholds {
            night: Hours::new(22 * 60 + 30, 4 * 60 + 15).expect("hours"),
            times_usual: 5,
            calls_min: 50,
            sleep_days: 10,
            quiet_for: SignedDuration::from_hours(48),
        };
        assert_eq!(set, Ok(Control { thresholds, window_steps: "6,48".parse().expect("steps") }));
    }

    #[test]
    fn a_bad_value_is_refused_with_a_sentence() {
        for (argument, sentence) in [
            ("--window-steps-hours=5", "hours from 6 to 720"),
            ("--unusual-night=23:00", "a night runs from one time of the day to another"),
            ("--unusual-night=25:00-05:00", "a night runs from one time of the day to another"),
            ("--unusual-times=1", "1 is not in 2..=1000"),
            ("--unusual-calls-min=0", "0 is not in 1..=1000000"),
            ("--unusual-sleep-days=30", "30 is not in 1..=29"),
            ("--unusual-quiet-days=0", "0 is not in 1..=365"),
        ] {
            let refused = read(&[argument]).expect_err(argument);
            assert!(refused.contains(sentence), "{argument}: {refused}");
        }
    }
}
