//! Predicts which loans go bad with a wide and a deep part: one-hot columns go straight to the output, while embeddings and
//! numbers go through hidden layers. Compares the AUC with that of a network that reads all columns one-hot, on five splits.
use layercake::prelude::*;
use layercake::tables::Categorical;

const WIDE: [&str; 2] = ["addr_state", "sub_grade"];
const SPLITS: u64 = 5;

fn main() -> layercake::Result<()> {
    let table = data::Table::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/lending_club.csv"))?;
    let mut mean = (0.0, 0.0);
    for seed in 1..=SPLITS {
        let (joined, one_hot) = scores(&table, seed)?;
        println!("split {seed}: wide and deep: AUC {joined:.3}, one-hot net: AUC {one_hot:.3}");
        mean = (mean.0 + joined / SPLITS as f64, mean.1 + one_hot / SPLITS as f64);
    }
    println!("mean:    wide and deep: AUC {:.3}, one-hot net: AUC {:.3}", mean.0, mean.1);
    Ok(())
}

/// Trains both networks on the training rows of a split, and returns their AUC on its test rows.
fn scores(table: &data::Table, seed: u64) -> layercake::Result<(f64, f64)> {
    let (train, test) = table.split(data::SplitOptions::new().test_size(0.25).seed(seed).stratify_by("Class"))?;
    let (y_train, y_test) = (train.labels_as("Class", &["good", "bad"])?, test.labels_as("Class", &["good", "bad"])?);

    let wide = WIDE.iter().fold(FeatureSpace::new(), |space, &column| space.string_categorical(column)).adapt(&train)?;
    let narrow = WIDE.iter().fold(FeatureSpace::new().leave_out("Class"), |space, &column| space.leave_out(column));
    let narrow = narrow.infer(&train)?.adapt(&train)?;
    let (mut x_train, mut x_test) = (vec![], vec![]);
    for space in [&wide, &narrow] {
        x_train.push(space.transform(&train)?);
        x_test.push(space.transform(&test)?);
    }
    let mut inputs = vec![Node::input("wide", wide.width()), Node::input("narrow", narrow.width())];
    let mut parts = vec![inputs[1].clone()];
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
    let deep = Concatenate::new().of(parts).then(Dense::new(32).activation(Relu)).then(Dense::new(16).activation(Relu));
    let sum = layers::Add::new().of([&inputs[0].then(Dense::new(1)), &deep.then(Dense::new(1))]);
    let mut joined = Functional::with_seed(seed, inputs, &sum.then(layers::Activation::new(Sigmoid)))?;
    joined.compile("adam", "binary_crossentropy", Auc::default())?;
    joined.fit(&x_train, y_train.classes(), options())?;

    // The deep part alone, without embeddings; `infer` makes a text column one-hot.
    let all = FeatureSpace::new().leave_out("Class").infer(&train)?.adapt(&train)?;
    let mut one_hot = Sequential::with_seed(seed);
    one_hot.add(Dense::new(32).activation(Relu));
    one_hot.add(Dense::new(16).activation(Relu));
    one_hot.add(Dense::new(1).activation(Sigmoid));
    one_hot.compile("adam", "binary_crossentropy", Auc::default())?;
    one_hot.fit(&all.transform::<f32>(&train)?, y_train.classes(), options())?;
    let of_one_hot = one_hot.evaluate(&all.transform(&test)?, y_test.classes())?;
    Ok((joined.evaluate(&x_test, y_test.classes())?["auc"], of_one_hot["auc"]))
}

/// The settings of both trainings.
fn options() -> FitOptions<'static, f32> {
    let stop = EarlyStopping::new("val_loss").patience(5).restore_best_weights(true);
    FitOptions::new().epochs(60).validation_split(0.15).callback(stop)
}
