//! Tests tables, encoding, splitting and scaling, and the text of each of their errors.

use layercake::data::{
    Fill, Labels, MinMaxScaler, Rows, SplitOptions, StandardScaler, Table, confusion_matrix, one_hot, to_classes,
    train_test_split,
};
use layercake::{DMatrix, DVector, Result, Rng, Scalar, dmatrix, dvector};

#[track_caller]
fn refuses<V: std::fmt::Debug>(result: Result<V>, text: &str) {
    match result {
        Ok(value) => panic!("accepted: {value:?}"),
        Err(error) => assert_eq!(error.to_string(), text),
    }
}

/// A table with a missing age on line 3 and missing cities on lines 4 and 6.
fn people() -> Result<Table> {
    let mut table = Table::new();
    table.add_numbers("age", [31.0, f64::NAN, 20.0, 45.0, 20.0])?;
    table.add_text("city", ["Rome", "Oslo", "", "Oslo", " NA "])?;
    table.add_numbers("price", [1u8, 2, 3, 4, 5])?;
    Ok(table)
}

#[cfg(feature = "csv")]
mod reading {
    use super::*;
    use layercake::Error;

    fn read(text: &str) -> Result<Table> {
        Table::from_reader(text.as_bytes())
    }

    #[track_caller]
    fn problem(text: impl AsRef<[u8]>, expected: &str) {
        refuses(Table::from_reader(text.as_ref()), &format!("CSV input: {expected}"));
    }

    #[test]
    fn numbers_and_text_are_told_apart() -> Result<()> {
        let table = read("a,b,c\n1,x,-1e3\n.5, y ,+2\n")?;
        assert!(table.column_names().eq(["a", "b", "c"]));
        assert_eq!(table.rows(), 2);
        assert_eq!(table.features::<f64>(&["c", "a"])?, dmatrix![-1000.0, 1.0; 2.0, 0.5]);
        assert_eq!(table.labels("b")?.names(), ["x", "y"]);
        Ok(())
    }

    #[test]
    fn byte_order_mark_crlf_quotes_and_blanks_are_understood() -> Result<()> {
        let table = read("\u{feff}\"first, name\",n\r\n\"O\"\"Neil, \nA.\", 1 \r\n\r\nB, NA\r\n")?;
        assert!(table.column_names().eq(["first, name", "n"]));
        assert_eq!(table.labels("first, name")?.names(), ["B", "O\"Neil, \nA."]);
        // the first row spans lines 2 and 3, and line 4 is blank
        assert_eq!(table.missing().to_string(), "column `n`: 1 missing, on line 5");
        assert_eq!(read("a\r1\r2\r")?.numbers::<f64>("a")?, dvector![1.0, 2.0]);
        assert_eq!(read("a\n1\n2")?.numbers::<f64>("a")?, dvector![1.0, 2.0], "no newline at the end");
        Ok(())
    }

    #[test]
    fn every_way_to_write_nothing_is_missing() -> Result<()> {
        let table = read("i,v\n1,\n2,  \n3,NA\n4,N/A\n5,n/a\n6,NaN\n7,NAN\n8,nan\n9,NULL\n10,null\n11,?\n12,7\n")?;
        let missing = table.missing();
        assert_eq!(missing.count(), 11);
        assert_eq!(missing.to_string(), "column `v`: 11 missing, on lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 1 more");
        let mut table = table;
        assert_eq!(table.drop_missing(), 11);
        assert_eq!(table.features::<f32>(&["i", "v"])?, dmatrix![12.0, 7.0]);
        Ok(())
    }

    #[test]
    fn a_table_without_rows_or_header_is_refused() {
        problem("", "the file is empty: it needs a header line with the names of the columns, and a line for each row");
        problem(
            "\u{feff}\n\n",
            "the file is empty: it needs a header line with the names of the columns, and a line for each row",
        );
        problem("a,b", "the file has only a header: add at least one row below it");
        problem("a,b\r\n\r\n", "the file has only a header: add at least one row below it");
    }

    #[test]
    fn a_header_names_every_column_once() {
        problem("a,b, a\n1,2,3\n", "line 1: two columns are named `a`: give each column its own name");
        problem("\na,\n1,2\n", "line 2: column 2 of the header has no name: give each column a name");
    }

    #[test]
    fn a_ragged_row_is_named() {
        problem("a,b\n1,2\n3\n", "line 3 has 1 cell(s), but the header has 2: each row needs as many cells as the header");
        problem(
            "a,b\r\n\r\n\"1\n2\",2\r\n\r\n3,4,5\r\n",
            "line 6 has 3 cell(s), but the header has 2: each row needs as many cells as the header",
        );
        problem("a,b\n1,2\n   \n", "line 3 has 1 cell(s), but the header has 2: each row needs as many cells as the header");
    }

    #[test]
    fn a_quote_that_swallows_rows_is_named() {
        let text = "are read as one row, because a quote `\"` is not closed: close it, or write `\"\"` for a quote in the text";
        problem("a,b\n1,x\n2,\"y\n3,z\n", &format!("lines 3 to 4 {text}"));
        problem("a,b\n\n1,\"x\n2,y\n3,z", &format!("lines 3 to 5 {text}"));
        problem("\"a,b\n1,2\n", &format!("lines 1 to 2 {text}"));
        problem("a,b\r\n1,\"x\r\n2,\"y\"\r\n3,z\r\n", &format!("lines 2 to 3 {text}"));
        assert_eq!(read("a,b\n1,3\" pipe\n").unwrap().labels("b").unwrap().names(), ["3\" pipe"]);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_named() {
        let text = "the text is not valid UTF-8: save the file in the encoding UTF-8";
        problem(b"a,b\n1,x\n2,M\xfcnchen\n", &format!("line 3, column `b`: {text}"));
        problem(b"a,\xff\n1,2\n", &format!("line 1, column 2: {text}"));
        problem(b"\xff\xfea\0,\0b\0\n\0", &format!("line 1, column 1: {text}"));
        problem(b"a\n1,\xff\n", &format!("line 2, column 2: {text}"));
    }

    #[test]
    fn text_in_a_column_of_numbers_is_named_with_its_line() -> Result<()> {
        let expected = "expected a finite number: correct the cell, encode the column by `one_hot`, or omit it";
        let table = read("a,b\n1,2\n\n,4\n1.2.3,5\n1,6\n")?;
        refuses(table.features::<f64>(&["b", "a"]), &format!("column `a`, line 5: found `1.2.3`; {expected}"));
        refuses(table.numbers::<f32>("a"), &format!("column `a`, line 5: found `1.2.3`; {expected}"));
        for not_finite in ["inf", "-inf", "Infinity", "1e999", "-nan"] {
            let table = read(&format!("a\n1\n{not_finite}\n"))?;
            refuses(table.numbers::<f64>("a"), &format!("column `a`, line 3: found `{not_finite}`; {expected}"));
        }
        let long = read(&format!("a\n1\n\"x\ty\n{}\"\n", "z".repeat(50)))?;
        let shown = format!("x\\ty\\n{}...", "z".repeat(36));
        refuses(long.numbers::<f64>("a"), &format!("column `a`, line 3: found `{shown}`; {expected}"));
        Ok(())
    }

    #[test]
    fn lines_stay_with_their_rows() -> Result<()> {
        let mut table = read("a,b\n1,\n2,x\n?,y\n3,z\n")?;
        assert_eq!(table.drop_missing(), 2);
        refuses(
            table.take_rows(&[1, 0])?.numbers::<f64>("b"),
            "column `b`, line 5: found `z`; expected a finite number: correct the cell, encode the column by `one_hot`, or omit it",
        );
        Ok(())
    }

    #[test]
    fn text_that_turns_out_to_be_numbers_can_be_used_as_such() -> Result<()> {
        let mut table = read("a,b\n1,7\nx,\n2,9\n")?;
        table.drop_missing();
        assert_eq!(table.features::<f64>(&["a", "b"])?, dmatrix![1.0, 7.0; 2.0, 9.0]);
        Ok(())
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        match Table::read("no/such/file.csv") {
            Err(error @ Error::Io { .. }) => {
                assert!(error.to_string().starts_with("no/such/file.csv could not be read or written: "), "{error}")
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(Table::read("/"), Err(Error::Io { .. })), "a directory");

        struct Broken;
        impl std::io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("the line went dead"))
            }
        }
        refuses(Table::from_reader(Broken), "CSV input could not be read or written: the line went dead");
    }

    /// For any bytes, reading them and using each method of the table gives a value or an error, and no panic.
    #[test]
    fn no_bytes_make_it_panic() {
        let alphabet = b",,,\n\n\r\"\"1230.eNA? x\xff\xef\xbb\xbf";
        let mut rng = Rng::new(3);
        for _ in 0..20_000 {
            let bytes: Vec<u8> = (0..rng.below(40)).map(|_| alphabet[rng.below(alphabet.len())]).collect();
            let Ok(mut table) = Table::from_reader(bytes.as_slice()) else { continue };
            let names: Vec<String> = table.column_names().map(str::to_string).collect();
            let _ = (table.missing().to_string(), table.features_without::<f32>(&[]));
            for (place, name) in names.iter().enumerate() {
                let fill = [Fill::Mean, Fill::Median, Fill::MostFrequent, Fill::Constant(1.0), Fill::Text("t")][place % 5];
                let _ = (table.labels(name), table.fill_missing(name, fill));
                let _ = (table.labels(name), table.one_hot(name));
            }
            table.drop_missing();
            let _ = table.features_without::<f64>(&[]);
        }
    }

    #[test]
    fn the_real_tables_are_read() -> Result<()> {
        let path = |name: &str| format!("{}/examples/data/{name}.csv", env!("CARGO_MANIFEST_DIR"));
        for (name, rows, features, classes) in
            [("iris", 150, 4, 3), ("wine", 178, 13, 3), ("breast_cancer", 569, 30, 2), ("digits", 1797, 64, 10)]
        {
            if !std::path::Path::new(&path(name)).exists() {
                continue;
            }
            let table = Table::read(path(name))?;
            assert!(table.missing().is_empty());
            let labels = table.labels("target")?;
            assert_eq!((labels.count(), labels.classes().len()), (classes, rows), "{name}");
            assert!(labels.names().iter().map(String::as_str).eq((0..classes).map(|c| c.to_string())), "in numeric order");
            let x: DMatrix<f32> = table.features_without(&["target"])?;
            assert_eq!(x.shape(), (rows, features), "{name}");

            let options = SplitOptions::new().test_size(0.2).seed(42).stratify(labels.classes());
            let (x_train, x_test, y_train, y_test) = train_test_split(&x, labels.classes(), options)?;
            assert_eq!((x_test.nrows(), y_train.len()), (rows.div_ceil(5), x_train.nrows()), "{name}");
            for class in 0..classes {
                let count = |list: &[usize]| list.iter().filter(|&&other| other == class).count() as f64;
                assert!((count(&y_test) - count(labels.classes()) * y_test.len() as f64 / rows as f64).abs() < 1.0, "{name}");
            }
            let (scaler, scaled) = StandardScaler::fit_transform(&x_train)?;
            assert!(scaled.iter().chain(scaler.transform(&x_test)?.iter()).all(|value| value.is_finite()), "{name}");
        }
        if std::path::Path::new(&path("diabetes")).exists() {
            let y: DVector<f64> = Table::read(path("diabetes"))?.numbers("target")?;
            assert_eq!((y.len(), y.min(), y.max()), (442, 25.0, 346.0));
        }
        Ok(())
    }
}

mod tables {
    use super::*;

    #[test]
    fn missing_cells_are_reported_and_dropped() -> Result<()> {
        let mut table = people()?;
        let missing = table.missing();
        assert_eq!(missing.to_string(), "column `age`: 1 missing, on line 3\ncolumn `city`: 2 missing, on lines 4, 6");
        assert!(missing.columns().eq([("age", &[3][..]), ("city", &[4, 6][..])]));
        assert_eq!((missing.count(), missing.is_empty()), (3, false));
        assert_eq!(table.drop_missing(), 3);
        assert_eq!(table.features::<f64>(&["age", "price"])?, dmatrix![31.0, 1.0; 45.0, 4.0]);
        assert_eq!(table.missing().to_string(), "no cell is missing");
        assert!(table.missing().is_empty());
        Ok(())
    }

    #[test]
    fn missing_cells_are_filled() -> Result<()> {
        for (fill, expected) in
            [(Fill::Mean, 29.0), (Fill::Median, 25.5), (Fill::MostFrequent, 20.0), (Fill::Constant(-1.5), -1.5)]
        {
            let mut table = people()?;
            table.fill_missing("age", fill)?;
            assert_eq!(table.numbers::<f64>("age")?, dvector![31.0, expected, 20.0, 45.0, 20.0], "{fill:?}");
        }
        for (fill, expected) in [(Fill::MostFrequent, "Oslo"), (Fill::Text(" Bern "), "Bern")] {
            let mut table = people()?;
            table.fill_missing("city", fill)?;
            let labels = table.labels("city")?;
            assert_eq!(labels.decode(labels.classes())?, ["Rome", "Oslo", expected, "Oslo", expected]);
        }
        Ok(())
    }

    #[test]
    fn fillings_have_their_edges() -> Result<()> {
        let mut table = Table::new();
        table.add_numbers("tied", [f64::NAN, 2.0, 1.0, 2.0, 1.0])?;
        table.add_numbers("huge", [f64::NAN, f64::MAX, f64::MAX, f64::MAX, f64::MAX])?;
        table.add_numbers("odd", [f64::NAN, 9.0, 1.0, 4.0, f64::NAN])?;
        table.add_text("tied words", ["", "b", "a", "b", "a"])?;
        table.add_text("unknown", [""; 5])?;
        table.add_numbers("empty", [f64::NAN; 5])?;
        table.fill_missing("tied", Fill::MostFrequent)?;
        table.fill_missing("tied words", Fill::MostFrequent)?;
        table.fill_missing("odd", Fill::Median)?;
        table.fill_missing("unknown", Fill::Constant(1.0))?;
        table.fill_missing("empty", Fill::Text("none"))?;
        assert_eq!(table.numbers::<f64>("tied")?[0], 1.0, "the smallest of equally frequent numbers");
        assert_eq!(table.labels("tied words")?.classes()[0], 0);
        assert_eq!(table.numbers::<f64>("odd")?, dvector![4.0, 9.0, 1.0, 4.0, 4.0]);
        assert_eq!(table.numbers::<f64>("unknown")?, DVector::from_element(5, 1.0));
        assert_eq!(table.labels("empty")?.names(), ["none"]);
        for fill in [Fill::Mean, Fill::Median] {
            let mut table = table.clone();
            table.fill_missing("huge", fill)?;
            assert_eq!(table.numbers::<f64>("huge")?[0], f64::MAX, "{fill:?} without an overflow");
        }
        Ok(())
    }

    #[test]
    fn a_filling_that_does_not_fit_is_refused() -> Result<()> {
        let mut table = people()?;
        table.add_numbers("empty", [f64::NAN; 5])?;
        table.add_text("no words", ["?"; 5])?;
        let mut refuses = |column, fill, text: &str| refuses(table.fill_missing(column, fill), text);
        let columns = "`age`, `city`, `price`, `empty`, `no words`";
        let no_such = format!("there is no column `height`; use the name of one of these columns: {columns}");
        refuses("height", Fill::Mean, &no_such);
        refuses(
            "city",
            Fill::Mean,
            "column `city`, line 2: found `Rome`; expected a finite number: \
             correct the cell, encode the column by `one_hot`, or omit it",
        );
        let unknown = "is not allowed; expected a column in which not every cell is missing, or a constant to fill it with";
        for fill in [Fill::Mean, Fill::Median, Fill::MostFrequent] {
            refuses("empty", fill, &format!("fill_missing: column = `empty` {unknown}"));
            refuses("no words", fill, &format!("fill_missing: column = `no words` {unknown}"));
        }
        refuses("age", Fill::Constant(f64::NAN), "fill_missing: Fill::Constant = NaN is not allowed; expected a finite number");
        refuses(
            "age",
            Fill::Text("old"),
            "fill_missing: Fill::Text = `old` is not allowed; expected `Fill::Constant` with a number, as column `age` \
             holds numbers",
        );
        refuses(
            "city",
            Fill::Text("NA"),
            "fill_missing: Fill::Text = `NA` is not allowed; expected a text that does not itself mean missing",
        );
        assert_eq!(table.missing().count(), 13, "as it was");
        Ok(())
    }

    #[test]
    fn features_are_chosen_by_name() -> Result<()> {
        let mut table = people()?;
        table.drop_column("city")?;
        table.fill_missing("age", Fill::Constant(0.0))?;
        assert_eq!(table.features_without::<f32>(&["age"])?, dmatrix![1.0; 2.0; 3.0; 4.0; 5.0]);
        assert_eq!(table.features_without::<f64>(&[])?.shape(), (5, 2));
        assert_eq!(table.features::<f32>(&["price", "age"])?.row(1), dmatrix![2.0, 0.0].row(0));
        Ok(())
    }

    #[test]
    fn features_that_cannot_be_are_refused() -> Result<()> {
        let mut table = people()?;
        let no_such = "there is no column `prize`; use the name of one of these columns: `age`, `city`, `price`";
        refuses(table.features::<f64>(&["age", "prize"]), no_such);
        refuses(table.features_without::<f64>(&["prize"]), no_such);
        refuses(table.numbers::<f64>("prize"), no_such);
        refuses(table.labels("prize"), no_such);
        refuses(table.one_hot("prize"), no_such);
        refuses(table.drop_column("prize"), no_such);
        let nothing = "found nothing; expected a value in every cell: call `drop_missing` or `fill_missing` first";
        refuses(table.features::<f64>(&["price", "age"]), &format!("column `age`, line 3: {nothing}"));
        refuses(table.labels("city"), &format!("column `city`, line 4: {nothing}"));
        refuses(table.labels("age"), &format!("column `age`, line 3: {nothing}"));
        refuses(table.one_hot("city"), &format!("column `city`, line 4: {nothing}"));
        let empty = "the table is empty: at least one row and one column are needed";
        refuses(table.features::<f64>(&[]), empty);
        refuses(table.features_without::<f64>(&["age", "city", "price"]), empty);
        refuses(table.take_rows(&[])?.features::<f64>(&["price"]), empty);
        refuses(table.take_rows(&[])?.labels("price"), empty);
        refuses(Table::new().features_without::<f64>(&[]), empty);
        refuses(Table::new().features::<f64>(&["a"]), "there is no column `a`; use the name of one of these columns: none");

        let mut huge = Table::new();
        huge.add_numbers("a", [1.0, -1e300])?;
        assert_eq!(huge.numbers::<f64>("a")?[1], -1e300);
        let expected = "expected a number that the type of the matrix can hold: take `f64`, or scale the column";
        refuses(huge.numbers::<f32>("a"), &format!("column `a`, line 3: found `-1e300`; {expected}"));
        Ok(())
    }

    #[test]
    fn columns_that_do_not_fit_are_refused() -> Result<()> {
        let mut table = people()?;
        let name = "is not allowed; expected a name that is not empty and that no other column has";
        refuses(table.add_numbers("age", [1.0; 5]), &format!("Table: column = `age` {name}"));
        refuses(table.add_text("", ["a"; 5]), &format!("Table: column = `` {name}"));
        let text = "the new column has 2 rows, but the table has 5: both need one row per sample";
        refuses(table.add_numbers("b", [1.0, 2.0]), text);
        refuses(table.add_text("b", ["a", "b"]), text);
        let text = "column `b`, line 3: found inf; expected a finite number, or NaN for a missing one";
        refuses(table.add_numbers("b", [0.0, f64::INFINITY]), text);
        refuses(Table::new().add_numbers("b", [0.0, f64::INFINITY]), text);
        assert!(table.column_names().eq(["age", "city", "price"]));
        Ok(())
    }

    #[test]
    fn categories_become_columns_in_order() -> Result<()> {
        let mut table = Table::new();
        table.add_numbers("size", [10.0, 9.0, -0.5, 0.0, -0.0])?;
        table.add_text("zip", ["02", "1", "02", "1", "02"])?;
        table.add_numbers("y", [1.0, 2.0, 3.0, 4.0, 5.0])?;
        assert_eq!(table.one_hot("zip")?, ["02", "1"], "text stays text");
        assert_eq!(table.one_hot("size")?, ["-0.5", "0", "9", "10"], "numbers in their order, 0 and -0 being one");
        assert!(table.column_names().eq(["size=-0.5", "size=0", "size=9", "size=10", "zip=02", "zip=1", "y"]));
        let x: DMatrix<f64> = table.features_without(&["zip=02", "zip=1", "y"])?;
        assert_eq!(
            x,
            dmatrix![0.0, 0.0, 0.0, 1.0; 0.0, 0.0, 1.0, 0.0; 1.0, 0.0, 0.0, 0.0; 0.0, 1.0, 0.0, 0.0; 0.0, 1.0, 0.0, 0.0]
        );
        Ok(())
    }

    #[test]
    fn a_name_that_one_hot_would_use_twice_is_refused() -> Result<()> {
        let mut table = Table::new();
        table.add_text("a", ["x", "y"])?;
        table.add_text("a=y", ["p", "q"])?;
        refuses(table.one_hot("a"), "Table: column = `a=y` is not allowed; expected a name that no other column has");
        assert!(table.column_names().eq(["a", "a=y"]), "as it was");
        Ok(())
    }

    #[test]
    fn a_second_table_is_encoded_like_the_first() -> Result<()> {
        let mut table = Table::new();
        table.add_numbers("grade", [3.0, 1.0])?;
        table.add_text("city", ["Oslo", "Rome"])?;
        assert_eq!(table.labels_as("grade", &["1", "2", "3.0"])?.classes(), [2, 0], "3 and 3.0 are one number");
        assert_eq!(table.labels_as("city", &["Rome", "Oslo"])?.classes(), [1, 0]);
        let expected = "expected one of the values that were given";
        refuses(table.labels_as("grade", &["1", "2"]), &format!("column `grade`, line 2: found `3`; {expected}"));
        refuses(table.one_hot_as("city", &["Oslo"]), &format!("column `city`, line 3: found `Rome`; {expected}"));
        let twice = "is not allowed; expected every value once";
        refuses(table.labels_as("city", &["Oslo", "Oslo"]), &format!("Table: values = `Oslo`, twice {twice}"));
        refuses(table.labels_as("grade", &["3", "3.0"]), &format!("Table: values = `3.0`, twice {twice}"));
        table.one_hot_as("city", &["Bern", "Oslo", "Rome"])?;
        assert_eq!(table.features_without::<f32>(&["grade"])?, dmatrix![0.0, 1.0, 0.0; 0.0, 0.0, 1.0]);
        Ok(())
    }

    #[test]
    fn labels_keep_their_names() -> Result<()> {
        let mut table = Table::new();
        table.add_numbers("n", [10.0, 9.0, 10.0, 2.5])?;
        let labels = table.labels("n")?;
        assert_eq!(labels.classes(), [2, 1, 2, 0]);
        assert_eq!(labels.names(), ["2.5", "9", "10"]);
        assert_eq!(labels.count(), 3);
        assert_eq!(labels.decode(&[0, 2])?, ["2.5", "10"]);
        refuses(labels.decode(&[0, 3]), "Labels: class = 3 is not allowed; expected a class below 3, the number of classes");
        let labels = Labels::new(["b", "a", "b"]);
        assert_eq!((labels.classes(), labels.count()), (&[1, 0, 1][..], 2));
        assert_eq!(Labels::new([""; 0]).count(), 0);
        Ok(())
    }
}

mod encoding {
    use super::*;

    #[test]
    fn classes_go_to_one_hot_rows_and_back() -> Result<()> {
        fn both_ways<T: Scalar>() -> Result<()> {
            let classes = [3, 0, 1, 3];
            let encoded: DMatrix<T> = one_hot(&classes, 5)?;
            assert_eq!(encoded.shape(), (4, 5));
            assert_eq!(encoded.sum(), T::of(4.0));
            assert_eq!(to_classes(&encoded)?, classes);
            Ok(())
        }
        both_ways::<f32>()?;
        both_ways::<f64>()
    }

    #[test]
    fn one_hot_refuses_what_it_cannot_encode() {
        refuses(
            one_hot::<f64>(&[0, 3, 9], 3),
            "one_hot: classes[1] = 3 is not allowed; expected a class below 3, the number of classes",
        );
        refuses(
            one_hot::<f64>(&[0], 0),
            "one_hot: classes[0] = 0 is not allowed; expected a class below 0, the number of classes",
        );
        refuses(one_hot::<f64>(&[], 3), "classes is empty: at least one row and one column are needed");
        for count in [usize::MAX, usize::MAX / 2, usize::MAX / 8] {
            let text = "a number of classes for which 2 rows fit into memory";
            refuses(one_hot::<f64>(&[0, 1], count), &format!("one_hot: count = {count} is not allowed; expected {text}"));
        }
    }

    #[test]
    fn the_first_of_the_largest_is_the_class() -> Result<()> {
        assert_eq!(to_classes(&dmatrix![0.2, 0.4, 0.4; -3.0, -1.0, -2.0; 1.0, 1.0, 1.0])?, [1, 1, 0]);
        assert_eq!(to_classes(&dmatrix![f64::INFINITY, 1.0; f64::NEG_INFINITY, -1e300])?, [0, 1]);
        assert_eq!(to_classes(&dmatrix![0.5f32; 0.500001; 0.0])?, [0, 1, 0]);
        refuses(
            to_classes(&dmatrix![1.0, 0.0; 0.0, f64::NAN]),
            "to_classes: prediction of row 1 = NaN is not allowed; expected a number: a model that predicts NaN has diverged, \
             often from a learning rate that is too high",
        );
        let empty = "predictions is empty: at least one row and one column are needed";
        refuses(to_classes(&DMatrix::<f32>::zeros(0, 3)), empty);
        refuses(to_classes(&DMatrix::<f32>::zeros(3, 0)), empty);
        Ok(())
    }

    #[test]
    fn confusions_are_counted() -> Result<()> {
        let matrix = confusion_matrix(&[0, 1, 2, 2, 2], &[0, 2, 2, 2, 0], 4)?;
        assert_eq!(matrix, dmatrix![1, 0, 0, 0; 0, 0, 1, 0; 1, 0, 2, 0; 0, 0, 0, 0]);
        let text = "is not allowed; expected a class below 2, the number of classes";
        refuses(confusion_matrix(&[0, 2], &[0, 1], 2), &format!("confusion_matrix: actual[1] = 2 {text}"));
        refuses(confusion_matrix(&[0, 1], &[7, 1], 2), &format!("confusion_matrix: predicted[0] = 7 {text}"));
        refuses(confusion_matrix(&[0], &[], 2), "predicted has 0 rows, but actual has 1: both need one row per sample");
        refuses(confusion_matrix(&[], &[], 2), "actual is empty: at least one row and one column are needed");
        assert!(confusion_matrix(&[0], &[0], 1 << 40).is_err());
        Ok(())
    }
}

mod splitting {
    use super::*;

    /// Every row is on exactly one side.
    fn is_partition(train: &[usize], test: &[usize], rows: usize) -> bool {
        let mut all = [train, test].concat();
        all.sort_unstable();
        all.into_iter().eq(0..rows)
    }

    #[test]
    fn inputs_and_targets_stay_together() -> Result<()> {
        fn together<T: Scalar>() -> Result<()> {
            let x = DMatrix::from_fn(50, 2, |row, column| T::of((10 * row + column) as f64));
            let classes: Vec<usize> = (0..50).collect();
            let y = DVector::from_fn(50, |row, _| T::of(row as f64));
            let options = SplitOptions::new().test_size(0.3).seed(5);
            let (x_train, x_test, y_train, y_test) = train_test_split(&x, &classes, options)?;
            assert_eq!((x_train.nrows(), x_test.nrows()), (35, 15));
            assert!(is_partition(&y_train, &y_test, 50));
            assert_ne!(y_test, (0..15).collect::<Vec<_>>(), "shuffled");
            for (x, y) in [(x_train, &y_train), (x_test.clone(), &y_test)] {
                assert!(x.row_iter().zip(y).all(|(row, &y)| row[0] == T::of(10.0 * y as f64) && row[1] == row[0] + T::one()));
            }
            let (_, same_x_test, _, same_y_test) = train_test_split(&x, &y, options)?;
            assert_eq!(same_x_test, x_test, "the same seed gives the same split");
            assert!(same_y_test.iter().zip(&y_test).all(|(&a, &b)| a == T::of(b as f64)));
            let (_, other_x_test, ..) = train_test_split(&x, &x, options.seed(6))?;
            assert_ne!(other_x_test, x_test);
            Ok(())
        }
        together::<f32>()?;
        together::<f64>()
    }

    #[test]
    fn sizes_are_those_of_scikit_learn() -> Result<()> {
        for (rows, share, test) in [(2, 0.5, 1), (5, 0.2, 1), (5, 0.21, 2), (150, 0.25, 38), (10, 0.01, 1), (10, 0.9, 9)] {
            let split = SplitOptions::new().test_size(share).split(rows)?;
            assert_eq!((split.test.len(), split.train.len()), (test, rows - test));
            assert!(is_partition(&split.train, &split.test, rows));
        }
        assert_eq!(SplitOptions::default().split(100)?.test.len(), 25);
        Ok(())
    }

    #[test]
    fn without_a_seed_each_split_is_another() -> Result<()> {
        assert_ne!(SplitOptions::new().split(1000)?, SplitOptions::new().split(1000)?);
        Ok(())
    }

    #[test]
    fn each_class_gets_its_share() -> Result<()> {
        let mut rng = Rng::new(11);
        for seed in 0..300 {
            let kinds = 1 + rng.below(6);
            let mut classes: Vec<usize> = (0..2 * kinds).map(|row| 7 * (row % kinds)).collect();
            classes.extend((0..rng.below(80)).map(|_| 7 * rng.below(kinds).min(rng.below(kinds))));
            let (rows, share) = (classes.len(), 0.05 + 0.9 * rng.uniform());
            let test_rows = (rows as f64 * share).ceil() as usize;
            let options = SplitOptions::new().test_size(share).seed(seed).stratify(&classes);
            if test_rows < kinds || rows - test_rows < kinds {
                assert!(options.split(rows).is_err());
                continue;
            }
            let split = options.split(rows)?;
            assert_eq!(split, options.split(rows)?);
            assert_eq!(split.test.len(), test_rows);
            assert!(is_partition(&split.train, &split.test, rows));
            for class in (0..kinds).map(|kind| 7 * kind) {
                let count = |rows: &mut dyn Iterator<Item = usize>| rows.filter(|&row| classes[row] == class).count() as f64;
                let exact = count(&mut (0..rows)) * test_rows as f64 / rows as f64;
                let got = count(&mut split.test.iter().copied());
                assert!((got - exact).abs() < 1.0, "class {class} of {rows}: {got} instead of {exact}");
            }
        }
        Ok(())
    }

    #[test]
    fn a_row_left_over_goes_to_each_class_now_and_then() -> Result<()> {
        let classes = [0, 0, 0, 1, 1, 1];
        let zeros = |seed| -> Result<usize> {
            let split = SplitOptions::new().test_size(0.5).seed(seed).stratify(&classes).split(6)?;
            Ok(split.test.iter().filter(|&&row| classes[row] == 0).count())
        };
        let counts = (0..50).map(zeros).collect::<Result<Vec<_>>>()?;
        assert!(counts.contains(&1) && counts.contains(&2) && counts.iter().all(|count| (1..=2).contains(count)), "{counts:?}");
        Ok(())
    }

    #[test]
    fn a_split_that_cannot_be_is_refused() -> Result<()> {
        let x = dmatrix![1.0; 2.0; 3.0; 4.0];
        let split = |options: SplitOptions<'_>| train_test_split(&x, &[0, 0, 1, 1], options);
        for (share, shown) in [(0.0, "0"), (1.0, "1"), (-0.5, "-0.5"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
            let text = format!("train_test_split: test_size = {shown} is not allowed; expected a number > 0 and < 1");
            refuses(split(SplitOptions::new().test_size(share)), &text);
        }
        let sides = |rows, share| {
            let allowed = format!("a share that leaves at least one of the {rows} rows on each side");
            format!("train_test_split: test_size = {share} is not allowed; expected {allowed}")
        };
        refuses(split(SplitOptions::new().test_size(0.9)), &sides(4, 0.9));
        refuses(SplitOptions::new().split(0), &sides(0, 0.25));
        refuses(SplitOptions::new().split(1), &sides(1, 0.25));
        refuses(
            split(SplitOptions::new().stratify(&[0, 0, 1, 1])),
            "train_test_split: test_size = 0.25 is not allowed; expected a share that leaves each side at least 2 rows, one \
             per class; found 3 to train on and 1 to test with",
        );
        refuses(
            split(SplitOptions::new().test_size(0.5).stratify(&[0, 0, 0, 9])),
            "train_test_split: stratify = class 9 with 1 row is not allowed; expected at least 2 rows of each class, one for \
             each side",
        );
        refuses(
            split(SplitOptions::new().stratify(&[0, 0, 1])),
            "stratify has 3 rows, but x has 4: both need one row per sample",
        );
        refuses(
            train_test_split(&x, &[1.0, 2.0], SplitOptions::new()),
            "y has 2 rows, but x has 4: both need one row per sample",
        );
        refuses(
            SplitOptions::new().split(4)?.take(&[1, 2, 3]),
            "the data has 3 rows, but what was split has 4: both need one row per sample",
        );
        Ok(())
    }

    #[test]
    fn rows_are_taken_from_everything() -> Result<()> {
        let rows = [2, 0, 2];
        assert_eq!(dmatrix![1, 2; 3, 4; 5, 6].take_rows(&rows)?, dmatrix![5, 6; 1, 2; 5, 6]);
        assert_eq!(dvector![1.0, 2.0, 3.0].take_rows(&rows)?, dvector![3.0, 1.0, 3.0]);
        assert_eq!(vec!['a', 'b', 'c'].take_rows(&rows)?, ['c', 'a', 'c']);
        assert_eq!([1, 2, 3][..].take_rows(&rows)?, [3, 1, 3]);
        assert_eq!(people()?.take_rows(&rows)?.numbers::<f64>("price")?, dvector![3.0, 1.0, 3.0]);
        assert_eq!(dmatrix![1.0, 2.0].take_rows(&[])?.shape(), (0, 2));
        let text = "take_rows: row = 5 is not allowed; expected a row below 5, the number of rows";
        refuses(people()?.take_rows(&[0, 5]), text);
        refuses([0; 5].take_rows(&[5]), text);
        refuses(DMatrix::<f64>::zeros(5, 2).take_rows(&[5]), text);
        refuses(DVector::<f64>::zeros(5).take_rows(&[5]), text);
        let (train, test) = SplitOptions::new().seed(1).split(5)?.take(&people()?)?;
        assert_eq!((train.rows(), test.rows()), (3, 2));
        Ok(())
    }
}

mod scaling {
    use super::*;

    /// Columns of very different sizes, the last of them constant.
    fn data<T: Scalar>(rows: usize) -> DMatrix<T> {
        let mut rng = Rng::new(2);
        let scales = [(0.0, 1.0), (1e6, 3.0), (-5.0, 1e-4), (3.0, 2e5)];
        DMatrix::from_fn(rows, 5, |_, column| match scales.get(column) {
            Some((offset, scale)) => T::of(offset + scale * rng.uniform()),
            None => T::of(0.1),
        })
    }

    fn close<T: Scalar>(one: &DMatrix<T>, two: &DMatrix<T>, tolerance: f64) -> bool {
        let close = |(a, b): (&T, &T)| (a.to_f64() - b.to_f64()).abs() <= tolerance * b.to_f64().abs().max(1.0);
        one.shape() == two.shape() && one.iter().zip(two.iter()).all(close)
    }

    #[test]
    fn columns_come_to_mean_0_and_deviation_1() -> Result<()> {
        fn standard<T: Scalar>(tolerance: f64) -> Result<()> {
            let x = data::<T>(101);
            let (scaler, scaled) = StandardScaler::fit_transform(&x)?;
            for (place, column) in scaled.column_iter().enumerate() {
                let mean = column.iter().map(|value| value.to_f64()).sum::<f64>() / 101.0;
                let variance = column.iter().map(|value| (value.to_f64() - mean).powi(2)).sum::<f64>() / 101.0;
                // the mean of column 1 is near 1e6, where neighbouring numbers differ by 1e-10
                assert!(mean.abs() < tolerance.max(1e-10), "{mean}");
                assert!((variance - if place == 4 { 0.0 } else { 1.0 }).abs() < tolerance, "{variance}");
            }
            assert!(scaled.column(4).iter().all(|value| *value == T::zero()), "constant, whatever it is");
            assert_eq!((scaler.mean()[4], scaler.scale()[4]), (T::of(0.1).to_f64(), 1.0));
            assert!(close(&scaler.inverse_transform(&scaled)?, &x, tolerance));
            Ok(())
        }
        standard::<f32>(1e-6)?;
        standard::<f64>(1e-12)
    }

    #[test]
    fn columns_come_to_their_range() -> Result<()> {
        fn min_max<T: Scalar>(tolerance: f64) -> Result<()> {
            let x = data::<T>(101);
            let (scaler, scaled) = MinMaxScaler::fit_transform(&x)?;
            for (low, high, scaler) in [(0.0, 1.0, scaler.clone()), (-2.0, 5.0, scaler.feature_range(-2.0, 5.0)?)] {
                let scaled = scaler.transform(&x)?;
                for column in scaled.column_iter().take(4) {
                    assert!((column.min().to_f64() - low).abs() < tolerance && (column.max().to_f64() - high).abs() < tolerance);
                }
                assert!(scaled.column(4).iter().all(|value| value.to_f64() == low), "constant: the low end");
                assert!(close(&scaler.inverse_transform(&scaled)?, &x, tolerance));
            }
            assert_eq!(scaled.column(0).min().to_f64(), 0.0);
            Ok(())
        }
        min_max::<f32>(1e-6)?;
        min_max::<f64>(1e-12)
    }

    /// The numbers are from scikit-learn's documentation of these scalers.
    #[test]
    fn the_examples_of_scikit_learn_come_out() -> Result<()> {
        let x = dmatrix![0.0, 0.0; 0.0, 0.0; 1.0, 1.0; 1.0, 1.0];
        let scaler = StandardScaler::fit(&x)?;
        assert_eq!(scaler.mean(), [0.5, 0.5]);
        assert_eq!(scaler.transform(&x)?, dmatrix![-1.0, -1.0; -1.0, -1.0; 1.0, 1.0; 1.0, 1.0]);
        assert_eq!(scaler.transform(&dmatrix![2.0, 2.0])?, dmatrix![3.0, 3.0]);
        let x = dmatrix![-1.0, 2.0; -0.5, 6.0; 0.0, 10.0; 1.0, 18.0];
        let scaler = MinMaxScaler::fit(&x)?;
        assert_eq!((scaler.min(), scaler.range()), (&[-1.0, 2.0][..], &[2.0, 16.0][..]));
        assert_eq!(scaler.transform(&x)?, dmatrix![0.0, 0.0; 0.25, 0.25; 0.5, 0.5; 1.0, 1.0]);
        assert_eq!(scaler.transform(&dmatrix![2.0, 2.0])?, dmatrix![1.5, 0.0]);
        Ok(())
    }

    #[test]
    fn a_single_row_is_constant() -> Result<()> {
        let x = dmatrix![3.0, -7.0];
        assert_eq!(StandardScaler::fit_transform(&x)?.1, dmatrix![0.0, 0.0]);
        assert_eq!(MinMaxScaler::fit_transform(&x)?.1, dmatrix![0.0, 0.0]);
        Ok(())
    }

    #[test]
    fn data_that_cannot_be_scaled_are_refused() -> Result<()> {
        let x = dmatrix![1.0, 2.0; 3.0, 5.0; 4.0, 9.0];
        let (standard, min_max) = (StandardScaler::fit(&x)?, MinMaxScaler::fit(&x)?);

        let wider = dmatrix![1.0, 2.0, 3.0];
        let text = "columns of x = 3 is not allowed; expected 2, as many as the scaler was fitted to";
        refuses(standard.transform(&wider), &format!("StandardScaler: {text}"));
        refuses(standard.inverse_transform(&wider), &format!("StandardScaler: {text}"));
        refuses(min_max.transform(&wider), &format!("MinMaxScaler: {text}"));
        refuses(min_max.inverse_transform(&wider), &format!("MinMaxScaler: {text}"));
        let text = format!("StandardScaler: {text}; x looks transposed: samples are rows");
        refuses(standard.transform(&x.transpose()), &text);

        let empty = "x is empty: at least one row and one column are needed";
        for nothing in [DMatrix::<f64>::zeros(0, 2), DMatrix::zeros(2, 0), DMatrix::zeros(0, 0)] {
            refuses(StandardScaler::fit(&nothing), empty);
            refuses(MinMaxScaler::fit(&nothing), empty);
            refuses(standard.transform(&nothing), empty);
            refuses(min_max.inverse_transform(&nothing), empty);
        }

        for (value, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
            let bad = dmatrix![1.0, 2.0; 3.0, value];
            let text = format!("x has {shown} at row 1, column 1 (counted from 0): clean or fill it, see `layercake::data`");
            refuses(StandardScaler::fit(&bad), &text);
            refuses(MinMaxScaler::fit(&bad), &text);
            refuses(standard.transform(&bad), &text);
            refuses(min_max.transform(&bad.map(|value| value as f32)), &text);
        }

        let huge = dmatrix![1.0, -1.5e308; 2.0, 1.5e308];
        let text = "column 1 of x = too large is not allowed; expected values whose sum and squares are finite numbers: \
                    divide the column by a constant first";
        refuses(StandardScaler::fit(&huge), &format!("StandardScaler: {text}"));
        refuses(MinMaxScaler::fit(&huge), &format!("MinMaxScaler: {text}"));

        for (low, high) in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (-f64::MAX, f64::MAX)] {
            let text =
                format!("feature_range = {low} to {high} is not allowed; expected two finite numbers, the smaller one first");
            refuses(min_max.clone().feature_range(low, high), &format!("MinMaxScaler: {text}"));
        }
        Ok(())
    }
}
