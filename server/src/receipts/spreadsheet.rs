//! Comma-separated values (RFC 4180) that no spreadsheet takes for formulas.

/// What a cell must not begin with: spreadsheets would calculate it, or take it apart.
const BEGINS_FORMULA: [char; 12] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\0'];

/// A row: each cell in quotes, and where it could be a formula behind an apostrophe, which spreadsheets read as "text".
pub(super) fn row(cells: &[&str]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

fn quoted(cell: &str) -> String {
    // Some programs skip spaces before they look.
    let begins_formula = cell.trim_start_matches([' ', '\u{a0}', '\u{feff}']).starts_with(BEGINS_FORMULA);
    let apostrophe = if begins_formula { "'" } else { "" };
    format!("\"{apostrophe}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_be_a_formula_is_text() {
        for (cell, written) in [
            ("Munshi", "\"Munshi\""),
            ("=HYPERLINK(\"http://evil.example\";\"x\")", "\"'=HYPERLINK(\"\"http://evil.example\"\";\"\"x\"\")\""),
            ("+91", "\"'+91\""),
            ("-1", "\"'-1\""),
            ("@sum", "\"'@sum\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("  =1", "\"'  =1\""),
            ("＝1", "\"'＝1\""),
            ("a=1", "\"a=1\""),
            ("A, \"B\"", "\"A, \"\"B\"\"\""),
            ("", "\"\""),
        ] {
            assert_eq!(row(&[cell]), format!("{written}\r\n"), "{cell:?}");
        }
    }

    proptest! {
        #[test]
        fn no_cell_begins_with_what_a_spreadsheet_calculates(cell in ".{0,20}") {
            let row = row(&[&cell]);
            let inside = row.trim_start_matches('"').trim_start_matches([' ', '\u{a0}', '\u{feff}']);
            prop_assert!(!inside.starts_with(BEGINS_FORMULA) || cell.is_empty() || cell.starts_with('"'), "{:?}", row);
        }
    }
}
