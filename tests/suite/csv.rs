//! Tests CSV files as they come: what is found in them, what is told of it, and what options change.
#![cfg(feature = "csv")]

use layercake::data::{ColumnType, Guess, ReadOptions, Table};
use layercake::{Result, dmatrix, dvector};

fn read(text: &str) -> Result<Table> {
    Table::from_reader(text.as_bytes())
}

fn read_with(text: &str, options: ReadOptions) -> Result<Table> {
    Table::from_reader_with(text.as_bytes(), options)
}

#[track_caller]
fn refuses(result: Result<Table>, text: &str) {
    match result {
        Ok(table) => panic!("accepted: {table:?}"),
        Err(error) => assert_eq!(error.to_string(), text),
    }
}

#[track_caller]
fn guesses(text: &str, expected: &[&str]) -> Table {
    let table = read(text).unwrap();
    let guesses: Vec<String> = table.guesses().iter().map(Guess::to_string).collect();
    assert_eq!(guesses, expected);
    assert_eq!(table.guesses().is_empty(), expected.is_empty());
    table
}

#[test]
fn another_separator_is_found_and_told() -> Result<()> {
    for (separator, shown) in [(";", ";"), ("\t", "\\t"), ("|", "|")] {
        let text = "a,b\n1,2\n3,4\n".replace(',', separator);
        let table = guesses(&text, &[&format!("the separator `{shown}` was found: `ReadOptions::separator` sets another")]);
        assert_eq!(table.features::<f64>(&["a", "b"])?, dmatrix![1.0, 2.0; 3.0, 4.0]);
    }
    assert_eq!(read("a,b\n1,2\n")?.guesses().to_string(), "nothing had to be guessed");
    // what gives all rows the same number of cells wins
    let table = read("size; in cm, or m;b\n1,5;2;3\n")?;
    assert!(table.column_names().eq(["size", "in cm, or m", "b"]));
    assert!(read("\"a;b\",c\nx;y,1\n")?.column_names().eq(["a;b", "c"]));
    Ok(())
}

#[test]
fn a_wrong_separator_is_named_where_rows_do_not_fit() {
    refuses(
        read("a;b\n1;2\n3\n"),
        "CSV input: line 3 has 1 cell(s), but the header has 2: each row needs as many cells as the header; \
         the separator `;` was found: `ReadOptions::separator` sets another",
    );
    let options = ReadOptions::new().separator(',');
    assert!(read_with("a;b\n1;2\n3\n", options).unwrap().column_names().eq(["a;b"]));
}

#[test]
fn the_unnamed_first_column_of_pandas_is_the_index() -> Result<()> {
    let told = "the first column has no name and was read as the index: `ReadOptions::index_column` sets another or none";
    for name in ["", " ", "Unnamed: 0"] {
        let table = guesses(&format!("{name},size\n7,1.5\n3,NA\n5,2.5\n"), &[told]);
        assert!(table.column_names().eq(["size"]));
        assert_eq!(table.index().unwrap_or_default(), ["7", "3", "5"]);
        let mut table = table;
        table.drop_missing();
        assert_eq!(table.index().unwrap_or_default(), ["7", "5"], "the names stay with their rows");
    }
    assert_eq!(read("a\n1\n")?.index(), None);
    // pandas counts columns that have no names
    assert!(guesses(",0,1\n0,5,6\n", &[told]).column_names().eq(["0", "1"]));
    let none = ReadOptions::new().index_column(None);
    refuses(read_with(",b\n1,2\n", none), "CSV input: line 1: column 1 of the header has no name: give each column a name");
    let none = ReadOptions::new().index_column(None);
    assert!(read_with("Unnamed: 0,b\n1,2\n", none)?.column_names().eq(["Unnamed: 0", "b"]));
    let named = ReadOptions::new().index_column("c");
    refuses(read_with("a,b\n1,2\n", named), "there is no column `c`; use the name of one of these columns: `a`, `b`");
    Ok(())
}

#[test]
fn more_words_mean_missing() -> Result<()> {
    let table = guesses("i,v\n1,None\n2,#N/A\n3,<NA>\n4,-\n5,-1\n", &[]);
    assert_eq!(table.missing().to_string(), "column `v`: 4 missing, on lines 2, 3, 4, 5");
    let options = ReadOptions::new().missing(["-999", " none "]);
    let table = read_with("a,b\n-999,none\n-99,?\n", options)?;
    assert_eq!(table.missing().to_string(), "column `a`: 1 missing, on line 2\ncolumn `b`: 2 missing, on lines 2, 3");
    let options = ReadOptions::new().default_missing(false).missing(["x"]);
    let table = read_with("a,b\nNA,x\n,1\n-,2\n", options)?;
    assert_eq!(table.missing().to_string(), "column `a`: 1 missing, on line 3\ncolumn `b`: 1 missing, on line 2");
    Ok(())
}

#[test]
fn digits_with_a_zero_in_front_stay_text() -> Result<()> {
    let told = "column `zip` was read as text because of `00501` on line 3, which begins with a zero: \
                `ReadOptions::column_type` makes it a column of numbers";
    let text = "zip,n\n10001,0\n00501,0.5\n,-0\n";
    let table = guesses(text, &[told]);
    assert!(table.numbers::<f64>("zip").is_err(), "not 501 without a word");
    let mut table = table;
    assert_eq!(table.drop_missing(), 1);
    assert_eq!(table.labels("zip")?.names(), ["00501", "10001"]);
    let mut table = read_with(text, ReadOptions::new().column_type("zip", ColumnType::Number))?;
    table.drop_missing();
    assert_eq!(table.numbers::<f64>("zip")?, dvector![10001.0, 501.0]);
    Ok(())
}

#[test]
fn a_first_row_of_numbers_is_a_missing_header() -> Result<()> {
    let problem = "where the names of the columns are expected: if the file has no header, read it with \
                   `ReadOptions::header(false)`; if these are names, with `header(true)`";
    refuses(read("6,148,72\n1,85,66\n"), &format!("CSV input: line 1 has numbers, such as `6`, {problem}"));
    refuses(read("1\n2\n"), &format!("CSV input: line 1 has numbers, such as `1`, {problem}"));
    refuses(read("\n5.1,3.5,setosa\n"), &format!("CSV input: line 2 has numbers, such as `5.1`, {problem}"));
    refuses(read("1,1,0\n1,0,1\n"), &format!("CSV input: line 1 has numbers, such as `1`, {problem}"));

    let table = read_with("5.1,3.5,setosa\n4.9,x,virginica\n", ReadOptions::new().header(false))?;
    assert!(table.column_names().eq(["0", "1", "2"]));
    assert_eq!(table.numbers::<f64>("0")?, dvector![5.1, 4.9]);
    assert_eq!(
        table.numbers::<f64>("1").unwrap_err().to_string(),
        "column `1`, line 2: found `x`; expected a finite number: correct the cell, encode the column by `one_hot`, or omit it"
    );
    refuses(
        read_with("1,2\n3\n", ReadOptions::new().header(false)),
        "CSV input: line 2 has 1 cell(s), but the first row has 2: each row needs as many cells as the first row",
    );
    let table = read_with("2020,2021\n1,2\n", ReadOptions::new().header(true))?;
    assert!(table.column_names().eq(["2020", "2021"]));
    // columns that some program counted
    guesses("0,1,2\n5,6,7\n", &[]);
    guesses("1,2\n5,6\n", &[]);
    guesses(
        "country,2020,2021\nNorway,1,2\n",
        &["the name `2020` in the header is a number: if the first line is a row, set `ReadOptions::header(false)`"],
    );
    Ok(())
}

#[test]
fn a_column_of_dates_is_named_as_such() {
    for day in ["2024-01-31", "31.01.2024", "1/31/24", "2024-01-31 12:30:00"] {
        let told = format!(
            "column `day` has dates, such as `{day}` on line 3, and was read as text: \
             turn them into numbers, such as days since a first one, or drop the column"
        );
        guesses(&format!("day,n\n,1\n{day},2\n"), &[&told]);
    }
}

#[test]
fn text_among_numbers_is_told_with_its_first_line() -> Result<()> {
    let told = "column `size` was read as text because of `1.6 m` on line 4; 3 of its 5 cells are numbers: \
                `ReadOptions::missing` makes a word a missing cell";
    let table = guesses("size,b\n1.50,1\n,2\n1.6 m,3\n2,4\n1.6 m,5\n+3,6\n", &[told]);
    let mut table = table;
    table.drop_missing();
    // the cells above the first text keep the text that they have in the file
    assert_eq!(table.labels("size")?.names(), ["+3", "1.50", "1.6 m", "2"]);
    guesses("a,b\nx,1\ny,2\n", &[]);
    Ok(())
}

#[test]
fn numbers_with_other_marks_are_told_and_read() -> Result<()> {
    for number in ["1,5", "1.234,50", "1,234.5", "1'234", "1 234,5"] {
        let told = format!(
            "column `p` was read as text because of `{number}` on line 2: \
             if it is a number, set its marks with `ReadOptions::decimal` and `ReadOptions::thousands`"
        );
        guesses(&format!("p,n\n\"{number}\",1\n"), &[&told]);
    }
    let german = ReadOptions::new().decimal(',').thousands('.');
    let table = read_with("a;b\n1.234.567,5;-1,25\n12;+1.000\n", german)?;
    assert_eq!(table.features::<f64>(&["a", "b"])?, dmatrix![1234567.5, -1.25; 12.0, 1000.0]);
    // a mark where none may be leaves the cell as text
    for wrong in ["1.2", "1.2345", ".123", "1,2.345", "1,2,3", "12.34,5"] {
        let table = read_with(&format!("a\n{wrong}\n"), ReadOptions::new().separator(';').decimal(',').thousands('.'))?;
        assert_eq!(table.labels("a")?.names(), [wrong]);
    }
    let english = ReadOptions::new().thousands(',');
    assert_eq!(read_with("a,b\n\"1,234.5\",2\n", english)?.numbers::<f64>("a")?, dvector![1234.5]);
    Ok(())
}

#[test]
fn the_types_of_columns_can_be_set() -> Result<()> {
    let types = || ReadOptions::new().column_type("a", ColumnType::Text).column_type("b", ColumnType::Number);
    let table = read_with("a,b\n1,007\n1.0,8\n", types())?;
    assert_eq!(table.labels("a")?.names(), ["1", "1.0"]);
    assert_eq!(table.numbers::<f64>("b")?, dvector![7.0, 8.0]);
    assert!(table.guesses().is_empty());
    refuses(
        read_with("a,b\n1,2\n1, few\n", types()),
        "CSV input: line 3, column `b`: found `few`; expected a number, as the type of the column was set: \
         correct the cell, or make its text a missing cell with `ReadOptions::missing`",
    );
    refuses(read_with("b,c\n1,2\n", types()), "there is no column `a`; use the name of one of these columns: `b`, `c`");
    Ok(())
}

#[test]
fn options_with_a_character_that_cannot_be_are_refused() {
    let new = ReadOptions::new;
    let mark = "a character that is no letter, digit, sign, quote or line end";
    for (options, text) in [
        (new().separator('é'), "separator = `\\u{e9}` is not allowed; expected an ASCII character that is no quote or line end"),
        (new().separator('"'), "separator = `\\\"` is not allowed; expected an ASCII character that is no quote or line end"),
        (new().decimal('1'), &format!("decimal = `1` is not allowed; expected {mark}")),
        (new().thousands('-'), &format!("thousands = `-` is not allowed; expected {mark}")),
        (new().thousands('.'), "thousands = `.` is not allowed; expected another character than the decimal mark"),
    ] {
        refuses(read_with("a\n1\n", options), &format!("ReadOptions: {text}"));
    }
}

/// A file is read in blocks, and once more where a column turns out to be text; the table is that of a reader in memory.
#[test]
fn a_file_of_many_blocks_is_read_like_its_text() -> Result<()> {
    let rows = (0..30_000).map(|row| match row % 1000 {
        7 => format!("{row},\"a \"\"{row}\"\",\n b\",1.0\n"),
        _ => {
            format!("{row},{},{}\n", ["x", "", "é"][row % 3], if row == 29_990 { "end".to_string() } else { format!("{row}.0") })
        }
    });
    let text: String = std::iter::once("n,text,late\n".to_string()).chain(rows).collect();
    let path = std::env::temp_dir().join(format!("layercake-csv-{}.csv", std::process::id()));
    std::fs::write(&path, &text).unwrap();
    let from_file = Table::read_with(&path, ReadOptions::new());
    std::fs::remove_file(&path).unwrap();
    let (from_file, from_text) = (from_file?, read(&text)?);
    for table in [&from_file, &from_text] {
        assert_eq!(table.numbers::<f64>("n")?.iter().sum::<f64>(), 29_999.0 * 15_000.0);
        assert_eq!(table.missing().count(), 9_990);
        let labels = table.labels("late")?;
        assert_eq!(labels.decode(&labels.classes()[5..9])?, ["5.0", "6.0", "1.0", "8.0"]);
        assert_eq!(labels.decode(&labels.classes()[29_989..29_991])?, ["29989.0", "end"]);
        let told = "column `late` was read as text because of `end` on line 30022; 29999 of its 30000 cells are numbers: \
                    `ReadOptions::missing` makes a word a missing cell";
        assert_eq!(table.guesses().to_string(), told);
    }
    assert_eq!(from_file.missing(), from_text.missing());
    Ok(())
}

/// For any bytes and any options, reading gives a table or an error, and no panic.
#[test]
fn no_bytes_and_options_make_it_panic() {
    let alphabet = b"1230.-e'NAx/: ,;\"\xc3\xa9\n";
    let mut rng = layercake::Rng::new(5);
    let mut tables = 0;
    for _ in 0..20_000 {
        let (columns, usual) = (1 + rng.below(3), 8 + rng.below(12));
        let mut bytes = if rng.below(2) == 0 { b"a,b,0,c"[..2 * columns - 1].to_vec() } else { Vec::new() };
        for cell in 0..columns * rng.below(6) {
            bytes.push(if cell % columns == 0 { b'\n' } else { b',' });
            bytes.extend((0..rng.below(5)).map(|_| alphabet[rng.below(usual)]));
        }
        let mut options = ReadOptions::new();
        for _ in 0..rng.below(4) {
            options = match rng.below(8) {
                0 => options.separator([',', ';', '\t', ' '][rng.below(4)]),
                1 => options.decimal([',', '.', '\u{a0}'][rng.below(3)]),
                2 => options.thousands([',', '.', ' ', '\u{a0}'][rng.below(4)]),
                3 => options.header(rng.below(2) == 0),
                4 => options.missing(["", "x", "1", "0.5"]),
                5 => options.default_missing(false),
                6 => options.index_column([None, Some("0"), Some("1")][rng.below(3)]),
                _ => options.column_type("0", [ColumnType::Number, ColumnType::Text][rng.below(2)]),
            };
        }
        let Ok(mut table) = Table::from_reader_with(bytes.as_slice(), options) else { continue };
        tables += 1;
        let _ = (table.guesses().to_string(), table.missing().to_string(), table.features_without::<f64>(&[]));
        assert!(table.index().is_none_or(|index| index.len() == table.rows()));
        let names: Vec<String> = table.column_names().map(str::to_string).collect();
        for name in &names {
            let _ = (table.labels(name), table.numbers::<f32>(name));
        }
        table.drop_missing();
    }
    assert!(tables > 3_000, "{tables}");
}

/// A table that is written is read as it was, whatever its texts have; missing cells stay missing.
#[test]
fn tables_are_written() {
    let path = std::env::temp_dir().join(format!("layercake-written-{}.csv", std::process::id()));
    let texts = ["plain", "with, comma", "with \"quotes\"", "two\nlines", "a;b|c\td", "NA", "007"];
    let numbers = [1.0, -0.5, 1e300, 1e-300, f64::NAN, 0.1 + 0.2, 16_777_217.0];
    let mut table = Table::new();
    table.add_text("text, or so", texts).unwrap();
    table.add_numbers("number", numbers).unwrap();
    table.write(&path).unwrap();
    let again = Table::read(&path).unwrap();
    assert!(again.column_names().eq(table.column_names()));
    for name in ["text, or so", "number"] {
        assert!(again.column(name).unwrap().cells().eq(table.column(name).unwrap().cells()), "{name}");
    }
    // a missing cell of the only column, and names of rows
    let mut one = Table::new();
    one.add_text("a", ["x", "NA", "y"]).unwrap();
    one.write(&path).unwrap();
    assert_eq!(Table::read(&path).unwrap().missing().to_string(), "column `a`: 1 missing, on line 3");
    let named = ",size\nb,1.5\na,2\n";
    read(named).unwrap().write(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), named);
    let _ = std::fs::remove_file(&path);
}
