//! What one consent was used for: by day, by return and period, what was refused and why, what it never needed.

use leptos::prelude::*;

use super::{DayChart, Moment};
use crate::{
    model::{
        Timestamp,
        decide::RefuseReason,
        restriction::Restriction,
        return_type::ReturnType,
        usage::{Fetched, UsageOfDay},
    },
    text::{control::words as control_words, use_text, words},
};

#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub(crate) fn FetchedOf(usage: Vec<UsageOfDay>, fetched: Vec<Fetched>, restriction: Restriction) -> impl IntoView {
    let text = use_text();
    let t = &text.control.fetched;
    let body = if fetched.is_empty() {
        view! { <p class="empty">{text.consent.no_calls}</p> }.into_any()
    } else {
        let unused = never_used(&fetched, &restriction);
        let unused = (!unused.is_empty())
            .then(|| view! { <p>{(t.never_used)(&control_words::kinds(text, unused.into_iter()))}</p> });
        let named = |told: Option<String>| told.map_or_else(|| t.no_period.to_owned(), period);
        let passed: Vec<Counted> =
            passed(&fetched).into_iter().map(|row| (row.kind, named(row.period), row.calls, row.last_at)).collect();
        let outcome = |reason| words::outcome(text, Some(reason)).to_owned();
        let refused: Vec<Counted> =
            refused(&fetched).into_iter().map(|row| (row.kind, outcome(row.reason), row.calls, row.last_at)).collect();
        view! {
            <DayChart usage />
            <Counts id="matrix" title=t.matrix second=t.period rows=passed />
            <Counts id="refusals" title=t.refusals second=t.reason rows=refused />
            {unused}
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="fetched">
            <h2 id="fetched">{t.title}</h2>
            {body}
        </section>
    }
}

/// Calls of one kind and period that passed.
struct Passed {
    kind: ReturnType,
    period: Option<String>,
    calls: i64,
    last_at: Timestamp,
}

/// Calls of one kind that were refused for one reason.
struct Refused {
    kind: ReturnType,
    reason: RefuseReason,
    calls: i64,
    last_at: Timestamp,
}

fn passed(fetched: &[Fetched]) -> Vec<Passed> {
    let mut rows: Vec<Passed> = Vec::new();
    for one in fetched.iter().filter(|one| one.refused.is_none()) {
        match rows.iter_mut().find(|row| row.kind == one.returns && row.period == one.period) {
            Some(row) => (row.calls, row.last_at) = (row.calls + one.calls, row.last_at.max(one.last_at)),
            None => rows.push(Passed {
                kind: one.returns,
                period: one.period.clone(),
                calls: one.calls,
                last_at: one.last_at,
            }),
        }
    }
    rows.sort_by_key(|row| (row.kind, std::cmp::Reverse(row.last_at)));
    rows
}

fn refused(fetched: &[Fetched]) -> Vec<Refused> {
    let mut rows: Vec<Refused> = Vec::new();
    for (one, reason) in fetched.iter().filter_map(|one| Some((one, one.refused?))) {
        match rows.iter_mut().find(|row| row.kind == one.returns && row.reason == reason) {
            Some(row) => (row.calls, row.last_at) = (row.calls + one.calls, row.last_at.max(one.last_at)),
            None => rows.push(Refused { kind: one.returns, reason, calls: one.calls, last_at: one.last_at }),
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.last_at));
    rows
}

/// Kinds that may pass, and of which none ever did.
fn never_used(fetched: &[Fetched], restriction: &Restriction) -> Vec<ReturnType> {
    let used = |kind| fetched.iter().any(|one| one.returns == kind && one.refused.is_none());
    let may = |kind| restriction.returns.is_none_or(|returns| returns.contains(kind));
    ReturnType::ALL.into_iter().filter(|kind| may(*kind) && !used(*kind)).collect()
}

/// One row of a table of counts: the kind, what tells it from others of its kind, how often, and when last.
type Counted = (ReturnType, String, i64, Timestamp);

/// A table of counts; none where there is no row. `second` heads the column that tells rows of one kind apart.
#[component]
fn Counts(id: &'static str, title: &'static str, second: &'static str, rows: Vec<Counted>) -> impl IntoView {
    let text = use_text();
    let t = &text.control.fetched;
    if rows.is_empty() {
        return None;
    }
    let rows = rows
        .into_iter()
        .map(|(kind, what, calls, last_at)| {
            view! {
                <tr role="row">
                    <th role="rowheader" scope="row">{control_words::kind(text, kind)}</th>
                    <td role="cell" data-label=second>{what}</td>
                    <td role="cell" class="number" data-label=t.times>{calls}</td>
                    <td role="cell" data-label=t.last>
                        <Moment at=last_at />
                    </td>
                </tr>
            }
        })
        .collect_view();
    Some(view! {
        <h3 id=id>{title}</h3>
        <table class="cards" role="table" aria-labelledby=id>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">{t.what}</th>
                    <th role="columnheader" scope="col">{second}</th>
                    <th role="columnheader" scope="col" class="number">{t.times}</th>
                    <th role="columnheader" scope="col">{t.last}</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    })
}

/// A return period as people write it: `07/2026` for `072026`; anything else as it came.
fn period(text: String) -> String {
    match text.split_at_checked(2) {
        Some((month, year)) if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{month}/{year}")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(returns: ReturnType, action: &str, period: &str, refused: Option<RefuseReason>, second: i64) -> Fetched {
        Fetched {
            returns,
            api: "returns".into(),
            action: action.into(),
            period: Some(period.into()),
            refused,
            calls: 2,
            last_at: Timestamp::from_second(second).expect("moment"),
        }
    }

    #[test]
    fn calls_of_one_kind_and_period_are_one_row_and_refused_ones_are_told_by_their_reason() {
        let full = Some(RefuseReason::DayFull);
        let fetched = [
            one(ReturnType::Gstr1, "B2B", "072026", None, 9),
            one(ReturnType::Gstr1, "B2CS", "072026", None, 5),
            one(ReturnType::Gstr1, "B2B", "062026", None, 7),
            one(ReturnType::Gstr3b, "RETSUM", "072026", full, 8),
            one(ReturnType::Gstr3b, "RETSUM", "062026", full, 6),
        ];
        let rows: Vec<_> =
            passed(&fetched).into_iter().map(|row| (row.period, row.calls, row.last_at.as_second())).collect();
        assert_eq!(rows, [(Some("072026".into()), 4, 9), (Some("062026".into()), 2, 7)]);
        let rows: Vec<_> =
            refused(&fetched).into_iter().map(|row| (row.reason, row.calls, row.last_at.as_second())).collect();
        assert_eq!(rows, [(RefuseReason::DayFull, 4, 8)]);
    }

    #[test]
    fn what_is_allowed_and_never_passed_is_never_used() {
        let fetched = [
            one(ReturnType::Gstr1, "B2B", "072026", None, 9),
            one(ReturnType::Ledgers, "CASH", "072026", Some(RefuseReason::ReturnNotAllowed), 9),
        ];
        let returns = Some([ReturnType::Gstr1, ReturnType::Gstr3b].into_iter().collect());
        let restriction = Restriction { returns, ..Restriction::default() };
        assert_eq!(never_used(&fetched, &restriction), [ReturnType::Gstr3b]);
        assert_eq!(never_used(&fetched, &Restriction::default()).len(), 7);
    }

    #[test]
    fn a_period_is_written_as_people_do() {
        for (came, shown) in [("072026", "07/2026"), ("2026-27", "2026-27"), ("", ""), ("०७२०", "०७२०")]
        {
            assert_eq!(period(came.to_owned()), shown);
        }
    }
}
