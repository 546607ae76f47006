//! Trains on the table of wines twice, once with two faults and once well, prints what the diagnosis says, tries its remedies, writes
//! each report as a page of HTML to the folder for temporary files, and compares the two.
use layercake::diagnosis;
use layercake::prelude::*;

fn model(rate: f64) -> layercake::Result<Sequential<f64>> {
    let mut model = Sequential::with_seed(3);
    model.add(Dense::new(32).activation(Relu));
    model.add(Dense::new(3).activation(Softmax));
    model.compile(Adam::default().learning_rate(rate), "sparse_categorical_crossentropy", "accuracy")?;
    Ok(model)
}

fn main() -> layercake::Result<()> {
    let table = data::Table::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/wine.csv"))?;
    let (x, labels): (DMatrix<f64>, _) = (table.features_without(&["target"])?, table.labels("target")?);

    // The rows of the file are sorted by class, and its columns have scales from 0.1 to 1,000.
    println!("before a training on the file as it is:\n");
    let names: Vec<&str> = table.column_names().filter(|name| *name != "target").collect();
    let options = FitOptions::new().epochs(30).validation_split(0.2);
    let checks = diagnosis::CheckOptions::new().columns(names.iter().copied());
    for finding in model(0.003)?.check_with(&x, labels.classes(), &options, &checks)? {
        println!("{finding}\n");
    }

    let split = data::SplitOptions::new().test_size(0.2).seed(1).stratify(labels.classes());
    let (x_train, x_val, y_train, y_val) = data::train_test_split(&x, labels.classes(), split)?;
    let (scaler, scaled) = data::StandardScaler::fit_transform(&x_train)?;
    let scaled_val = scaler.transform(&x_val)?;
    let mut reports = Vec::new();
    for (title, rate, x_train, x_val) in [("unscaled", 1.0, &x_train, &x_val), ("scaled", 0.003, &scaled, &scaled_val)] {
        println!("after a training on {title} columns with a rate of {rate}:\n");
        let mut watch = Diagnosis::new().columns(names.iter().copied());
        let options = FitOptions::new().epochs(30).validation_data(x_val, &y_val).callback(&mut watch);
        model(rate)?.fit(x_train, &y_train, options)?;
        let report = watch.report();
        println!("{report}\n");
        let page = std::env::temp_dir().join(format!("layercake-{title}.html"));
        report.save_html(&page)?;
        println!("the same with plots: {}\n", page.display());
        reports.push(report);
        // each remedy in a training of its own, beside one without it
        let options = || FitOptions::new().epochs(30).validation_data(x_val, &y_val);
        let setup = diagnosis::Setup::new(|| model(rate), options).data(x_train, &y_train);
        println!("{}\n", setup.try_remedies(&watch, std::time::Duration::from_secs(5))?);
    }
    println!("{}", reports[0].compare(&reports[1]));
    Ok(())
}
