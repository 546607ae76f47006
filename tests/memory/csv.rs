//! Reading a CSV file needs at most twice the memory of its table.

use crate::counting::{MOST, USED};
use crate::process::alone;
use layercake::data::Table;
use std::fmt::Write;
use std::sync::atomic::Ordering::Relaxed;

#[test]
fn a_csv_file_takes_at_most_twice_the_memory_of_its_table() {
    alone("csv::a_csv_file_takes_at_most_twice_the_memory_of_its_table", ".", reads);
}

fn reads() {
    let path = std::env::temp_dir().join(format!("layercake-csv-memory-{}.csv", std::process::id()));
    for rows in [20_000, 31_000] {
        let mut text = (0..30).map(|column| format!("c{column}")).collect::<Vec<_>>().join(",");
        for row in 0..rows {
            let numbers = |text: &mut String, from: usize| {
                (from..from + 14).for_each(|column| write!(text, "{}.{column},", row * column % 977).unwrap());
            };
            text.push('\n');
            numbers(&mut text, 0);
            // text, then text that follows numbers in its column
            write!(text, "level {},{},", row % 5, if row + 9 > rows { "end".to_string() } else { row.to_string() }).unwrap();
            numbers(&mut text, 14);
            text.pop();
        }
        std::fs::write(&path, &text).unwrap();
        drop(text);
        let before = USED.load(Relaxed);
        MOST.store(before, Relaxed);
        let table = Table::read(&path).unwrap();
        let (most, result) = (MOST.load(Relaxed) - before, USED.load(Relaxed) - before);
        println!("{rows} rows: {result} bytes, read with {most}");
        assert_eq!(table.guesses().iter().count(), 1);
        assert!(result < rows * 30 * 9, "{result} bytes for {rows} rows");
        assert!(most <= 2 * result, "{most} bytes to read {result}");
    }
    let _ = std::fs::remove_file(&path);
}
