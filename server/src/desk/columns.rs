//! Text in columns for a terminal: plain, so that it can be searched and cut.

/// The longest that a cell may be: what a provider says can be a page.
const CELL_MAX: usize = 72;

/// Rows of cells under a heading, each column as wide as its widest cell; two spaces between them. From one column on they
/// are numbers, which end below each other.
pub(super) fn columns<const N: usize>(heading: [&str; N], rows: &[[String; N]], numbers_from: usize) -> String {
    let heading = heading.map(str::to_owned);
    let lines = || std::iter::once(&heading).chain(rows);
    let widths: [usize; N] =
        std::array::from_fn(|column| lines().map(|cells| width(&cells[column])).max().unwrap_or_default());
    let mut text = String::new();
    for cells in lines() {
        let padded = cells.iter().zip(widths).enumerate().map(|(column, (cell, wide))| {
            let space = " ".repeat(wide - width(cell));
            if column < numbers_from { format!("{cell}{space}") } else { format!("{space}{cell}") }
        });
        text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// What somebody else wrote, in one line and no longer than a cell: a line of theirs must not pass for one of ours, nor may it
/// steer the terminal.
pub(super) fn tamed(text: &str) -> String {
    let plain: String = text.chars().map(|letter| if steers(letter) { ' ' } else { letter }).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if width(&plain) <= CELL_MAX {
        return plain;
    }
    plain.chars().take(CELL_MAX - 1).chain(['…']).collect()
}

/// Whether a letter does something to a terminal besides standing there: controls, and what turns or hides text. Joiners stay:
/// Hindi is written with them.
fn steers(letter: char) -> bool {
    let hidden = ['\u{200b}', '\u{200e}', '\u{200f}', '\u{feff}'];
    letter.is_control()
        || hidden.contains(&letter)
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

/// `12,345`
pub(super) fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The same, where the counting may have stopped before its end, or before it came to any.
pub(super) fn counted(seen: u32, more: bool) -> String {
    if more && seen == 0 {
        "not counted".into()
    } else if more {
        format!("at least {}", grouped(seen))
    } else {
        grouped(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_is_as_wide_as_its_widest_cell_and_numbers_end_below_each_other() {
        let rows = [["one".to_owned(), "é".to_owned(), "7".to_owned()], ["1".into(), "two".into(), "1,234".into()]];
        assert_eq!(columns(["A", "B", "C"], &rows, 2), "A    B        C\none  é        7\n1    two  1,234\n");
        assert_eq!(columns(["A", "B", "C"], &rows, 3), "A    B    C\none  é    7\n1    two  1,234\n");
    }

    #[test]
    fn what_others_wrote_stays_one_line_and_steers_no_terminal() {
        assert_eq!(tamed("550 no\r\n\u{1b}[2Jsuch\tuser "), "550 no [2Jsuch user");
        assert_eq!(tamed("550 \u{202e}no\u{2069} such\u{feff}user"), "550 no such user");
        let long = tamed(&"अ".repeat(500));
        assert_eq!(width(&long), CELL_MAX);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn numbers_are_read_by_their_thousands() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (100_000, "100,000"), (u32::MAX, "4,294,967,295")]
        {
            assert_eq!(grouped(number), text);
        }
        assert_eq!((counted(7, false), counted(7, true)), ("7".into(), "at least 7".into()));
        assert_eq!((counted(0, false), counted(0, true)), ("0".into(), "not counted".into()));
    }
}
