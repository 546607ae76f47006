//! Classifies wines of three cultivars by 13 measurements; shows how to fill gaps in a table, use text labels and print
//! predictions by name.
use layercake::prelude::*;

fn main() -> layercake::Result<()> {
    let mut table = data::Table::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/wine.csv"))?;

    // The file is complete, so a small table with gaps shows how to clean incomplete data.
    let gaps = "alcohol,malic_acid,ash\n13.2,,2.1\n12.9,1.8,NA\n13.1,2.0,2.3\n";
    let mut incomplete = data::Table::from_reader(gaps.as_bytes())?;
    println!("cells missing in a table with gaps:\n{}", incomplete.missing());
    incomplete.fill_missing("malic_acid", data::Fill::Median)?;
    println!("rows dropped for what is still missing: {}\n", incomplete.drop_missing());

    // Labels can be any text; here the numbers of the file are replaced by names.
    let cultivars = ["Barolo", "Grignolino", "Barbera"];
    let numbers = table.labels("target")?;
    table.drop_column("target")?;
    table.add_text("cultivar", numbers.classes().iter().map(|&number| cultivars[number]))?;
    let labels = table.labels("cultivar")?;

    let x: DMatrix<f64> = table.features_without(&["cultivar"])?;
    let split = data::SplitOptions::new().test_size(0.25).seed(1).stratify(labels.classes());
    let (x_train, x_test, y_train, y_test) = data::train_test_split(&x, labels.classes(), split)?;
    let (scaler, x_train) = data::MinMaxScaler::fit_transform(&x_train)?;
    let x_test = scaler.transform(&x_test)?;

    let mut model = Sequential::with_seed(3);
    model.add(Dense::new(16).activation("tanh"));
    model.add(Dense::new(labels.count()).activation("softmax"));
    model.compile(Adam::default().learning_rate(0.01), "sparse_categorical_crossentropy", ["accuracy"])?;
    // Class 0 is the rarest cultivar, Barbera, and gets more weight.
    let options = FitOptions::new().epochs(60).batch_size(16).class_weight([(0, 1.5)]);
    let history = model.fit(&x_train, &y_train, options)?;
    println!("training accuracy {:.3}", history["accuracy"].last().copied().unwrap_or_default());
    println!("test: {}", model.evaluate(&x_test, &y_test)?);

    let predicted = data::to_classes(&model.predict(&x_test)?)?;
    println!("{:>12} | predicted as", "cultivar");
    for (actual, predicted) in labels.decode(&y_test)?.iter().zip(labels.decode(&predicted)?).take(8) {
        println!("{actual:>12} | {predicted}");
    }
    Ok(())
}
