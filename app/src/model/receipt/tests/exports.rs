//! Exported files with their signed list of hashes, whole and changed.

use super::given::{keys, sealed};
use crate::model::receipt::{
    Block, BlockHasher, Check, Checked, Fault, FileFormat, HashList, Place, Step, Told, check,
};

fn list_line(format: FileFormat, blocks: Vec<Block>) -> String {
    let about = vec![("gstin".to_owned(), "27GSPMH0992G1ZF".to_owned())];
    format.line(&sealed(HashList { about, format, blocks }.content(), 1).canonical())
}

/// Seven rows in blocks of three.
fn rows(format: FileFormat, row: fn(usize) -> String) -> Vec<u8> {
    let (mut hasher, mut file) = (BlockHasher::default(), String::new());
    for number in 1..=7 {
        let row = row(number);
        hasher.add(row.as_bytes(), 1);
        file.push_str(&row);
        if number % 3 == 0 {
            hasher.end_block();
        }
    }
    file.push_str(&list_line(format, hasher.finish()));
    file.into_bytes()
}

fn csv() -> Vec<u8> {
    rows(FileFormat::Csv, |number| format!("{number},\"A \"\"GST\"\" firm\"\r\n"))
}

fn json_lines() -> Vec<u8> {
    rows(FileFormat::JsonLines, |number| format!("{{\"row\":{number}}}\n"))
}

fn pdf() -> Vec<u8> {
    let (head, tail) = ("%PDF-1.7\nobjects\n".repeat(3), "startxref\n9\n%%EOF");
    let mut hasher = BlockHasher::default();
    hasher.add(head.as_bytes(), 0);
    hasher.end_block();
    hasher.add(tail.as_bytes(), 0);
    format!("{head}{}{tail}", list_line(FileFormat::Pdf, hasher.finish())).into_bytes()
}

fn fault(file: &[u8]) -> Fault {
    check(file, &keys(&[1])).expect_err("a bad file")
}

#[test]
fn a_whole_file_is_good_and_says_how_many_rows_it_has() {
    for (file, format, count) in
        [(csv(), FileFormat::Csv, 7), (json_lines(), FileFormat::JsonLines, 7), (pdf(), FileFormat::Pdf, 0)]
    {
        let Checked { told: Told::HashList(list), .. } = check(&file, &keys(&[1])).expect("good") else {
            panic!("a list of hashes")
        };
        assert_eq!((list.format, list.rows()), (format, count));
        assert_eq!(list.about, [("gstin".to_owned(), "27GSPMH0992G1ZF".to_owned())]);
    }
}

#[test]
fn an_export_without_a_row_is_good() {
    for format in FileFormat::ALL {
        let tail = if format == FileFormat::Pdf { "%%EOF" } else { "" };
        let mut hasher = BlockHasher::default();
        hasher.add(tail.as_bytes(), 0);
        let file = format!("{}{tail}", list_line(format, hasher.finish()));
        assert!(check(file.as_bytes(), &keys(&[1])).is_ok(), "{file}");
    }
}

#[test]
fn one_changed_byte_anywhere_fails() {
    for file in [csv(), json_lines(), pdf()] {
        for place in 0..file.len() {
            for bit in [0x01, 0x20, 0x80] {
                let mut changed = file.clone();
                changed[place] ^= bit;
                assert!(check(&changed, &keys(&[1])).is_err(), "byte {place} ^ {bit:#x}");
            }
        }
    }
}

#[test]
fn the_rows_and_bytes_that_were_changed_are_named() {
    let mut file = csv();
    let place = String::from_utf8_lossy(&file).find("\r\n5,").expect("row 5") + 2;
    file[place] = b'6';
    let block = String::from_utf8_lossy(&csv()).find("\r\n4,").expect("row 4") as u64 + 2;
    let until = String::from_utf8_lossy(&csv()).find("\r\n7,").expect("row 7") as u64 + 2;
    assert_eq!(fault(&file), Fault::Bytes(Place { from: block, until, rows: Some((4, 6)) }));
    let mut file = pdf();
    file[4] = b'X';
    assert_eq!(fault(&file), Fault::Bytes(Place { from: 0, until: 51, rows: None }));
}

#[test]
fn a_file_that_was_cut_or_grew_is_refused() {
    let file = json_lines();
    let list_at = String::from_utf8_lossy(&file).find("{\"content\"").expect("the list");
    assert_eq!(fault(&file[..list_at]), Fault::NoSeal);
    assert_eq!(fault(&file[..file.len() - 20]), Fault::NoSeal);
    // A whole row more, right before the list.
    let grown = [&file[..list_at], b"{\"row\":8}\n", &file[list_at..]].concat();
    assert_eq!(fault(&grown), Fault::Length { signed: 70, found: 80 });
    let without_last = [&file[..list_at - 10], &file[list_at..]].concat();
    assert!(matches!(fault(&without_last), Fault::Bytes(Place { rows: Some((7, 7)), .. })));
    // One line break closes the file and is no part of the list; with two, the first is the byte of the list that differs.
    assert_eq!(fault(&[&file[..], b"\n"].concat()), Fault::Reformatted { at: (file.len() - list_at - 1) as u64 });
}

#[test]
fn of_a_file_that_is_none_of_ours_one_mebibyte_is_asked_for_whatever_its_size() {
    for (size, byte) in [(100 * 1024 * 1024, b'{'), (u64::MAX, b' '), (1024 * 1024 + 1, 0xff)] {
        let keys = keys(&[1]);
        let (mut check, step) = Check::begin(size, &keys);
        let Step::Read(asked) = step else { panic!("asks for the end") };
        assert_eq!((asked.end, asked.end - asked.start), (size, 1024 * 1024));
        let Step::Done(done) = check.read(&vec![byte; 1024 * 1024]) else { panic!("asks for more") };
        assert_eq!(*done, Err(Fault::TooLarge { bytes: size }));
    }
}

#[test]
fn a_large_export_is_read_block_by_block() {
    let block = vec![b'x'; 1024 * 1024];
    let mut hasher = BlockHasher::default();
    for _ in 0..3 {
        hasher.add(&block, 1);
        hasher.end_block();
    }
    let line = format!("\n{}", list_line(FileFormat::Csv, hasher.finish())).into_bytes();
    // The line begins after the last row's end.
    let mut file = block.repeat(3);
    file.truncate(3 * block.len() - 1);
    file.extend_from_slice(&line);
    let keys = keys(&[1]);
    let (mut check, mut step) = Check::begin(file.len() as u64, &keys);
    let mut largest = 0;
    let done = loop {
        match step {
            Step::Done(done) => break *done,
            Step::Read(asked) => {
                let asked = usize::try_from(asked.start).expect("small")..usize::try_from(asked.end).expect("small");
                largest = largest.max(asked.len());
                step = check.read(&file[asked]);
            }
        }
    };
    assert_eq!(largest, 1024 * 1024);
    // The last byte of the third block is a line break here, which was signed as an x.
    assert!(matches!(done, Err(Fault::Bytes(Place { rows: Some((3, 3)), .. }))), "{done:?}");
}
