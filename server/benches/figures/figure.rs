//! A figure: what was reached, its floor, their ratio, and what the ratio should be.

use std::path::Path;

use serde_json::json;

use super::turns::Spread;

/// What a ratio should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// More is better.
    AtLeast(f64),
    /// Less is better.
    AtMost(f64),
    /// It is the value itself that should be small, whatever its floor.
    ValueAtMost(f64),
    /// Nobody has said.
    None,
}

/// One figure.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) value: Spread,
    pub(crate) floor: Spread,
    pub(crate) goal: Goal,
    /// What was measured against what, in a line.
    pub(crate) how: String,
}

impl Figure {
    fn ratio(&self) -> f64 {
        assert!(self.floor.median > 0.0, "{}: a floor of nothing gives no ratio", self.name);
        self.value.median / self.floor.median
    }

    fn verdict(&self) -> &'static str {
        let ratio = self.ratio();
        match self.goal {
            Goal::AtLeast(goal) if ratio < goal => "missed",
            Goal::AtMost(goal) if ratio > goal => "missed",
            Goal::ValueAtMost(goal) if self.value.median > goal => "missed",
            Goal::AtLeast(_) | Goal::AtMost(_) | Goal::ValueAtMost(_) => "reached",
            Goal::None => "",
        }
    }
}

#[expect(clippy::print_stdout, reason = "the table is what a benchmark prints")]
pub(crate) fn print_table(figures: &[Figure]) {
    println!("\n{:26} {:>28} {:>28} {:>7}  goal", "", "value (min–max)", "floor (min–max)", "ratio");
    for figure in figures {
        let goal = match figure.goal {
            Goal::AtLeast(goal) => format!("≥ {goal} {}", figure.verdict()),
            Goal::AtMost(goal) => format!("≤ {goal} {}", figure.verdict()),
            Goal::ValueAtMost(goal) => format!("≤ {goal} {unit} {}", figure.verdict(), unit = figure.unit),
            Goal::None => "–".into(),
        };
        let Figure { name, value, floor, unit, how, .. } = figure;
        println!("{name:26} {:>28} {:>28} {:>7.2}  {goal}", value.in_words(), floor.in_words(), figure.ratio());
        println!("{:26} {unit}: {how}", "");
    }
}

pub(crate) fn write_json(figures: &[Figure], file: &Path) {
    let figures: Vec<_> = figures
        .iter()
        .map(|figure| {
            let goal = match figure.goal {
                Goal::AtLeast(goal) | Goal::AtMost(goal) | Goal::ValueAtMost(goal) => Some(goal),
                Goal::None => None,
            };
            json!({
                "name": figure.name,
                "value": figure.value.median,
                "floor": figure.floor.median,
                "ratio": figure.ratio(),
                "goal": goal,
                "unit": figure.unit,
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&figures).expect("figures are plain");
    std::fs::write(file, text + "\n").expect("the file of the figures can be written");
}
