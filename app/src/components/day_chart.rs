//! Calls by day: a picture for the eye, its sum in words, and the same numbers as a table behind it.
//!
//! Drawn by the server as SVG, whose shapes are given by attributes and coloured by classes: no script, no inline style.

use leptos::prelude::*;

use crate::{
    model::{ist, restriction, usage::UsageOfDay},
    text::use_text,
};

/// Units of the drawing: a day is ten wide, the tallest day a hundred high.
const DAY: usize = 10;
const TALL: i64 = 100;

/// A day's calls of every kind.
struct Day {
    number: i64,
    passed: i64,
    refused: i64,
}

/// `usage` is sorted by day.
fn by_day(usage: &[UsageOfDay]) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for UsageOfDay { day, passed, refused, .. } in usage {
        match days.last_mut().filter(|last| last.number == *day) {
            Some(last) => (last.passed, last.refused) = (last.passed + passed, last.refused + refused),
            None => days.push(Day { number: *day, passed: *passed, refused: *refused }),
        }
    }
    days
}

#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub(crate) fn DayChart(usage: Vec<UsageOfDay>) -> impl IntoView {
    let days = by_day(&usage);
    let text = use_text();
    let t = &text.control.fetched;
    let named = |day: i64| restriction::start_of(day).map(ist::date).unwrap_or_default();
    let (first, last) = (days.first()?.number, days.last()?.number);
    let most = days.iter().map(|day| day.passed + day.refused).max().unwrap_or_default().max(1);
    let (passed, refused) = days.iter().fold((0, 0), |sum, day| (sum.0 + day.passed, sum.1 + day.refused));
    let between = if first == last { named(first) } else { format!("{} – {}", named(first), named(last)) };
    let words = (t.chart_words)(passed, refused, &between);
    let bars = days.iter().map(|day| bar(day, first, most)).collect_view();
    let rows = days
        .iter()
        .map(|day| {
            view! {
                <tr>
                    <th scope="row">{named(day.number)}</th>
                    <td class="number">{day.passed}</td>
                    <td class="number">{day.refused}</td>
                </tr>
            }
        })
        .collect_view();
    let wide = DAY * usize::try_from(last - first + 1).unwrap_or(1).max(10);
    Some(view! {
        <figure class="chart">
            <figcaption>
                <span class="strong">{t.chart}</span>
                " "
                {words.clone()}
            </figcaption>
            <div class="plot">
                <span class="top" aria-hidden="true">
                    {most}
                </span>
                <svg viewBox=format!("0 0 {wide} {TALL}") preserveAspectRatio="none" role="img" aria-label=words>
                    {bars}
                </svg>
            </div>
            <p class="axis" aria-hidden="true">
                <span>{named(first)}</span>
                <span>{named(last)}</span>
            </p>
            <ul class="legend" aria-hidden="true">
                <li class="passed">{t.passed}</li>
                <li class="refused">{t.refused}</li>
            </ul>
        </figure>
        <details class="more">
            <summary>{t.table}</summary>
            <table class="plain">
                <thead>
                    <tr>
                        <th scope="col">{t.day}</th>
                        <th scope="col" class="number">{t.passed}</th>
                        <th scope="col" class="number">{t.refused}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    })
}

/// One day's bar: what passed at the foot, what was refused on top of it.
fn bar(day: &Day, first: i64, most: i64) -> impl IntoView + use<> {
    let x = DAY * usize::try_from(day.number - first).unwrap_or_default() + 1;
    // A day with any call shows, however small beside the tallest.
    let height = |calls: i64| if calls > 0 { (calls * TALL / most).max(1) } else { 0 };
    let (passed, refused) = (height(day.passed), height(day.refused));
    view! {
        <rect class="passed" x=x y=TALL - passed width=DAY - 2 height=passed></rect>
        <rect class="refused" x=x y=TALL - passed - refused width=DAY - 2 height=refused></rect>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::return_type::ReturnType;

    #[test]
    fn kinds_of_one_day_are_one_bar() {
        let row = |day, returns, passed, refused| UsageOfDay { day, returns, passed, refused };
        let usage =
            [row(7, ReturnType::Gstr1, 3, 0), row(7, ReturnType::Gstr3b, 2, 1), row(9, ReturnType::Gstr1, 1, 0)];
        let days: Vec<_> = by_day(&usage).into_iter().map(|day| (day.number, day.passed, day.refused)).collect();
        assert_eq!(days, [(7, 5, 1), (9, 1, 0)]);
    }
}
