//! Predicts the price of a hotel room with an `Embedding` for each of three text columns that have 64 to 90 levels, and compares
//! it with a network that reads these columns one-hot, on five random splits.
use layercake::prelude::*;
use layercake::tables::Categorical;

const TARGET: &str = "avg_price_per_room";
const WIDE: [&str; 3] = ["country", "agent", "company"];
const SPLITS: u64 = 5;

fn main() -> layercake::Result<()> {
    let mut table = data::Table::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/hotel_rates.csv"))?;
    table.fill_missing("country", data::Fill::Text("not_known"))?;
    let mut mean = (0.0, 0.0);
    for seed in 1..=SPLITS {
        let (embedded, one_hot) = scores(&table, seed)?;
        println!("split {seed}: entity embeddings: R2 {embedded:.3}, one-hot net: R2 {one_hot:.3}");
        mean = (mean.0 + embedded / SPLITS as f64, mean.1 + one_hot / SPLITS as f64);
    }
    println!("mean:    entity embeddings: R2 {:.3}, one-hot net: R2 {:.3}", mean.0, mean.1);
    Ok(())
}

/// Trains both networks on the training rows of a split, and returns their R2 on its test rows.
fn scores(table: &data::Table, seed: u64) -> layercake::Result<(f64, f64)> {
    let (train, test) = table.split(data::SplitOptions::new().test_size(0.25).seed(seed))?;
    let (scaler, y_train) = data::StandardScaler::fit_transform(&train.features::<f32>(&[TARGET])?)?;
    let y_test = scaler.transform(&test.features(&[TARGET])?)?;

    // Each wide column is an input of its own with the number of the level; the embedding learns 8 numbers for each level.
    let narrow = WIDE.iter().fold(FeatureSpace::new().leave_out(TARGET), |space, &column| space.leave_out(column));
    let narrow = narrow.infer(&train)?.adapt(&train)?;
    let (mut x_train, mut x_test) = (vec![narrow.transform(&train)?], vec![narrow.transform(&test)?]);
    let mut inputs = vec![Node::input("narrow", narrow.width())];
    let mut parts = inputs.clone();
    for column in WIDE {
        // 0 stands for a level that no training row has
        let level = Categorical::string().output_mode(layers::OutputMode::Int);
        let levels = FeatureSpace::new().feature(column, level).adapt(&train)?;
        x_train.push(levels.transform(&train)?);
        x_test.push(levels.transform(&test)?);
        let input = Node::input(column, 1);
        parts.push(input.then(Embedding::new(levels.vocabulary_size(column)?, 8)).then(Flatten));
        inputs.push(input);
    }
    let hidden = Concatenate::new().of(parts).then(Dense::new(64).activation(Relu));
    let mut embedded = Functional::with_seed(seed, inputs, &hidden.then(Dense::new(1)))?;
    embedded.compile("adam", "mse", R2Score::default())?;
    embedded.fit(&x_train, &y_train, options())?;

    // The same layers without embeddings; `infer` makes a text column one-hot.
    let all = FeatureSpace::new().leave_out(TARGET).infer(&train)?.adapt(&train)?;
    let mut one_hot = Sequential::with_seed(seed);
    one_hot.add(Dense::new(64).activation(Relu));
    one_hot.add(Dense::new(1));
    one_hot.compile("adam", "mse", R2Score::default())?;
    one_hot.fit(&all.transform::<f32>(&train)?, &y_train, options())?;
    let of_one_hot = one_hot.evaluate(&all.transform(&test)?, &y_test)?;
    Ok((embedded.evaluate(&x_test, &y_test)?["r2_score"], of_one_hot["r2_score"]))
}

/// The settings of both trainings.
fn options() -> FitOptions<'static, f32> {
    let stop = EarlyStopping::new("val_loss").patience(5).restore_best_weights(true);
    FitOptions::new().epochs(60).validation_split(0.15).callback(stop)
}
