//! Names for the n-th of anything: well-formed, different from each other, and nobody's.

use app::model::gstin::{Gstin, check_character};

/// State codes of GSTINs, with the share of taxpayers (in thousands) that is registered there, roughly.
const STATES: [(u8, u64); 24] = [
    (2, 12),
    (3, 40),
    (6, 50),
    (7, 80),
    (8, 80),
    (9, 170),
    (10, 60),
    (16, 3),
    (18, 22),
    (19, 70),
    (20, 20),
    (21, 32),
    (22, 17),
    (23, 52),
    (24, 115),
    (27, 160),
    (29, 95),
    (30, 4),
    (32, 40),
    (33, 105),
    (36, 50),
    (37, 40),
    (38, 1),
    (11, 2),
];
const LETTERS: u64 = 26;
const NUMBERS: u64 = 10_000;
/// PANs of one state that this makes: three letters, the fifth letter, four digits.
const PANS: u64 = LETTERS * LETTERS * LETTERS * LETTERS * NUMBERS;
/// The fourth letter of a PAN: persons, companies, firms, families.
const HOLDERS: &[u8; 8] = b"PPPPPCFH";

const FIRST: [&str; 16] = [
    "Anand", "Bharat", "Chandra", "Deccan", "Ekta", "Ganga", "Himalaya", "Jaya", "Kaveri", "Lakshmi", "Malabar",
    "Narmada", "Om", "Pooja", "Shakti", "Vindhya",
];
const TRADE: [&str; 12] = [
    "Agencies",
    "Ceramics",
    "Chemicals",
    "Electricals",
    "Foods",
    "Garments",
    "Handicrafts",
    "Hardware",
    "Logistics",
    "Steels",
    "Textiles",
    "Traders",
];
const PEOPLE: [&str; 12] = [
    "Aarti", "Deepak", "Farida", "Gopal", "Harpreet", "Imran", "Joseph", "Kavita", "Manoj", "Nisha", "Ramesh", "Sunita",
];

/// The n-th GSTIN of so many, spread over the states as taxpayers are.
///
/// # Panics
/// For an `n` that is not below `of`, and where more are asked for than a state has PANs.
pub fn gstin(n: u64, of: u64) -> Gstin {
    let all: u64 = STATES.iter().map(|(_, share)| share).sum();
    let (mut share_before, mut states) = (0, STATES);
    states.sort_unstable();
    for (code, share) in states {
        let (first, end) = (of * share_before / all, of * (share_before + share) / all);
        if n < end {
            return in_state(code, (n - first) * (PANS / (end - first)));
        }
        share_before += share;
    }
    panic!("the {n}-th of {of} does not exist")
}

fn in_state(code: u8, place: u64) -> Gstin {
    let letter = |number: u64| b'A' + u8::try_from(number % LETTERS).unwrap_or(0);
    let digits = place % NUMBERS;
    let rest = place / NUMBERS;
    let (fifth, third, second, first) = (rest, rest / LETTERS, rest / LETTERS.pow(2), rest / LETTERS.pow(3));
    let holder = char::from(HOLDERS[usize::try_from(third % 8).unwrap_or(0)]);
    let text = format!(
        "{code:02}{}{}{}{holder}{}{digits:04}{}1Z",
        char::from(letter(first)),
        char::from(letter(second)),
        char::from(letter(third)),
        char::from(letter(fifth)),
        char::from(letter(digits + fifth)),
    );
    let first: &[u8; 14] = text.as_bytes().try_into().expect("fourteen characters");
    let check = check_character(first).map_or('0', char::from);
    format!("{text}{check}").parse().expect("a well-formed GSTIN")
}

/// The n-th business.
pub(super) fn business(n: u64) -> String {
    let first = FIRST[usize::try_from(n % 16).unwrap_or(0)];
    let trade = TRADE[usize::try_from(n / 16 % 12).unwrap_or(0)];
    format!("{first} {trade} {}", n / 192 + 1)
}

/// The n-th person.
pub(super) fn person(n: u64) -> String {
    format!("{} {}", PEOPLE[usize::try_from(n % 12).unwrap_or(0)], FIRST[usize::try_from(n / 12 % 16).unwrap_or(0)])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn many_gstins_are_well_formed_different_and_in_order() {
        for of in [1, 24, 1_000, 20_000] {
            let made: Vec<_> = (0..of).map(|n| gstin(n, of)).collect();
            assert!(made.is_sorted(), "they are loaded in the order of the key");
            assert_eq!(made.iter().collect::<BTreeSet<_>>().len() as u64, of);
        }
    }
}
