//! What the table models score on real tables, a line for each run, and the paired differences to other methods.
//!
//! ```sh
//! cargo bench --bench tables -- FOLDER                                # the eight tables, seeds 0 to 4
//! cargo bench --bench tables -- FOLDER pima,ames 0,1                  # some tables and seeds
//! cargo bench --bench tables -- FOLDER pima,ames 0,1 members=5,bins=1 # with other settings, see `Recipe`
//! cargo bench --bench tables -- FOLDER pima,ames 0,1 default members=1 # what one setting is worth: paired differences to the first
//! cargo bench --bench tables -- predict 1000000                       # rows per second, and the time of a single row
//! ```
//!
//! `tables_peers.py` beside this file runs CatBoost and LightGBM in turn with this program, for the ratios of their times.
//!
//! `FOLDER` has a CSV file for each table, `tables.json` (task, target, columns), `splits.json` (test rows by table and seed)
//! and `reference.json` (scores of other methods by table, seed and method). A folder of other tables works as well: without
//! reference figures there are no differences.

use layercake::data::{Rows, Table};
use layercake::initializers::Inputs;
use layercake::layers::{EinsumDense, PeriodicEmbedding};
use layercake::prelude::*;
use layercake::saving::Describe;
use layercake::tables::{Categorical, Float, NetworkShape};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

/// The defaults were chosen on the first four tables.
const TABLES: &str = "heart_disease,attrition,telco_churn,ames,pima,credit_data,imports85,slid_wages";
const SEEDS: &str = "0,1,2,3,4";
const OTHERS: [&str; 4] = ["catboost", "lgbm", "plain", "ens5"];

type Anything = Box<dyn std::error::Error>;
type Scores = BTreeMap<&'static str, f64>;

fn main() -> Result<(), Anything> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [folder, rest @ ..] = &arguments[..] else {
        println!("give the folder of the tables");
        return Ok(());
    };
    if folder == "predict" {
        return predict(rest.first().map_or(Ok(1_000_000), |rows| rows.parse())?);
    }
    let folder = Path::new(folder);
    let argument = |place: usize, default: &str| rest.get(place).map_or(default, String::as_str).to_string();
    let recipes = rest.get(2..).unwrap_or_default().iter().map(|recipe| Recipe::parse(recipe)).collect::<Result<Vec<_>, _>>()?;
    let recipes = if recipes.is_empty() { vec![Recipe::default()] } else { recipes };
    let (about, splits, reference) =
        (json(folder, "tables.json")?, json(folder, "splits.json")?, json(folder, "reference.json")?);
    let mut differences = Differences::default();
    let mut worth = vec![Differences::default(); recipes.len()];
    for name in argument(0, TABLES).split(',') {
        let mut all = about.as_array().into_iter().flatten();
        let about = all.find(|about| about["name"] == name).ok_or(format!("tables.json has no {name}"))?;
        let table = Table::read(folder.join(format!("{name}.csv")))?;
        for seed in argument(1, SEEDS).split(',') {
            let test = splits[name][seed].as_array().into_iter().flatten().filter_map(Value::as_u64);
            let test: Vec<usize> = test.map(|row| row as usize).collect();
            let mut first: Option<Scores> = None;
            for (recipe, worth) in recipes.iter().zip(&mut worth) {
                let scores = run(&table, about, &test, seed.parse()?, recipe)?;
                let shown: Vec<String> = scores.iter().map(|(key, value)| format!("{key} {value:.5}")).collect();
                println!("{name} seed {seed} {}: {}", recipe.name, shown.join(", "));
                match &first {
                    Some(first) => worth.add(name, &scores, "the first recipe", &|score| first.get(score).copied()),
                    None => {
                        for other in OTHERS {
                            differences.add(name, &scores, other, &|score| reference[name][seed][other][score].as_f64());
                        }
                        first = Some(scores);
                    }
                }
            }
        }
    }
    differences.print();
    for (recipe, worth) in recipes.iter().zip(&worth).skip(1) {
        println!("\n== {}", recipe.name);
        worth.print();
    }
    Ok(())
}

/// Times predictions for a made-up table of 14 columns of numbers and 6 of text.
fn predict(rows: usize) -> Result<(), Anything> {
    let mut table = Table::new();
    let mut rng = layercake::Rng::new(1);
    for column in 0..14 {
        table.add_numbers(format!("number {column}"), (0..rows).map(|_| rng.uniform() + rng.uniform()).collect::<Vec<_>>())?;
    }
    for column in 0..6 {
        table.add_text(format!("text {column}"), (0..rows).map(|_| format!("level {}", rng.below(8))).collect::<Vec<_>>())?;
    }
    table.add_text("target", (0..rows).map(|_| ["no", "yes"][rng.below(2)]))?;
    let train = table.take_rows(&(0..rows.min(5_000)).collect::<Vec<_>>())?;
    for members in [1, 5, 10] {
        let mut model = TableClassifier::new("target").members(members).seed(1);
        model.fit(&train, TableOptions::new().epochs(2))?;
        let started = Instant::now();
        let x = model.feature_space()?.transform::<f32>(&table)?;
        let features = started.elapsed().as_secs_f64();
        drop(x);
        let started = Instant::now();
        model.predict(&table)?;
        let seconds = started.elapsed().as_secs_f64();
        println!("{members} members: {rows} rows in {seconds:.2} s, of which the features alone {features:.2} s");
        one_row(&model, &table)?;
    }
    Ok(())
}

/// Times the prediction of one row with named cells, and that of the networks alone.
fn one_row(model: &TableClassifier, table: &Table) -> Result<(), Anything> {
    const TIMES: u32 = 5_000;
    let columns: Vec<&str> = model.feature_space()?.columns().collect();
    let mut row = Vec::new();
    for column in columns {
        row.push((column, table.column(column)?.cells().next().unwrap_or(layercake::data::Cell::Missing)));
    }
    let x = model.feature_space()?.transform::<f32>(&table.take_rows(&[0])?)?;
    let (mut out, mut scratch) = (DMatrix::zeros(1, 1), PredictScratch::new());
    let time = |call: &mut dyn FnMut() -> layercake::Result<()>| -> Result<f64, Anything> {
        call()?;
        let started = Instant::now();
        for _ in 0..TIMES {
            call()?;
        }
        Ok(started.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES))
    };
    let named = time(&mut || model.predict_row(&row).map(|_| ()))?;
    let networks = time(&mut || model.networks()?.predict_into(&x, &mut out, &mut scratch))?;
    println!("  a row: {named:.1} us, the networks alone {networks:.1} us");
    Ok(())
}

fn json(folder: &Path, name: &str) -> Result<Value, Anything> {
    Ok(serde_json::from_slice(&std::fs::read(folder.join(name))?)?)
}

/// Settings other than the defaults: `key=value`, separated by commas; `default` is none.
///
/// `from_data=1` is [`UnitVariance`]; `schedule` is 1 for `CosineLog` and 2 for `FlatCosine`; `activation` is 1 for Mish, 2 for Selu and 3 for a `PReLU` layer; `scale`
/// is the learning rate factor of a trained factor for each feature; `periodic` is the standard deviation of the frequencies of
/// a `PeriodicEmbedding` of all features; `smooth` is label smoothing.
#[derive(Default)]
struct Recipe {
    name: String,
    settings: BTreeMap<String, f64>,
}

impl Recipe {
    /// The keys that change the network.
    const OF_NETWORK: [&str; 11] =
        ["units", "layers", "rate", "dropout", "schedule", "activation", "scale", "periodic", "smooth", "decay", "from_data"];
    const KEYS: [&str; 8] = ["members", "bins", "robust", "min_count", "patience", "epochs", "batch", "threads"];

    fn parse(text: &str) -> Result<Self, Anything> {
        let mut settings = BTreeMap::new();
        for pair in text.split(',').filter(|pair| !pair.is_empty() && *pair != "default") {
            let (key, value) = pair.split_once('=').ok_or(format!("{pair} is not key=value"))?;
            if !Self::KEYS.contains(&key) && !Self::OF_NETWORK.contains(&key) {
                return Err(format!("{key} is none of {}, {}", Self::KEYS.join(", "), Self::OF_NETWORK.join(", ")).into());
            }
            settings.insert(key.to_string(), value.parse()?);
        }
        Ok(Self { name: text.to_string(), settings })
    }

    fn get(&self, key: &str) -> Option<f64> {
        self.settings.get(key).copied()
    }

    fn count(&self, key: &str) -> Option<usize> {
        self.get(key).map(|value| value as usize)
    }

    /// The features, if they are not the default ones.
    fn features(&self, train: &Table, target: &str) -> Option<FeatureSpace> {
        if ["bins", "robust", "min_count"].iter().all(|key| self.get(key).is_none()) {
            return None;
        }
        let bins = self.count("bins").unwrap_or((train.rows() / 125).clamp(8, 16));
        let mut space = FeatureSpace::new();
        for name in train.column_names().filter(|name| *name != target) {
            let is_number = train.column(name).is_ok_and(|column| column.is_number());
            space = match (is_number, bins, self.get("robust") == Some(0.0)) {
                (false, ..) => {
                    space.feature(name, Categorical::string().max_tokens(256).min_count(self.count("min_count").unwrap_or(2)))
                }
                (true, ..2, true) => space.float_normalized(name),
                (true, ..2, false) => space.float_robust(name),
                (true, ..) => space.feature(name, Float::piecewise().num_bins(bins)),
            };
        }
        Some(space)
    }

    /// The network, if it is not the default one.
    fn network(&self) -> Option<impl Fn(&NetworkShape) -> layercake::Result<Sequential<f32>> + Send + Sync + 'static> {
        if Self::OF_NETWORK.iter().all(|key| self.get(key).is_none()) {
            return None;
        }
        let recipe = Self { name: String::new(), settings: self.settings.clone() };
        Some(move |shape: &NetworkShape| {
            let (units, layers) = (recipe.count("units").unwrap_or(64), recipe.count("layers").unwrap_or(2));
            let mut model = Sequential::with_seed(shape.seed());
            if let Some(factor) = recipe.get("scale") {
                let kernel = EinsumDense::new("ab,b->ab", [Some(shape.inputs())]).kernel_initializer(Ones);
                model.add(kernel.kernel_learning_rate_factor(factor));
            }
            if let Some(deviation) = recipe.get("periodic") {
                let frequencies = RandomNormal::default().stddev(deviation);
                model.add(PeriodicEmbedding::pbld(16, 4).frequency_initializer(frequencies).learning_rate_factor(0.1));
            }
            for _ in 0..layers {
                let mut dense = Dense::new(units);
                if recipe.get("from_data").is_some() {
                    dense = dense.kernel_initializer(UnitVariance);
                }
                match recipe.count("activation") {
                    Some(1) => model.add(dense.activation(Mish)),
                    Some(2) => model.add(dense.activation(Selu)),
                    Some(3) => {
                        model.add(dense);
                        model.add(PRelu::default());
                    }
                    _ => model.add(dense.activation(Relu)),
                }
                if let Some(rate) = recipe.get("dropout") {
                    model.add(Dropout::new(rate));
                }
            }
            model.add(shape.output_layer());
            let rate = recipe.get("rate").unwrap_or(1e-3);
            let mut optimizer = AdamW::default().weight_decay(recipe.get("decay").unwrap_or(0.0));
            optimizer = match recipe.count("schedule") {
                Some(1) => optimizer.learning_rate(CosineLog::new(rate)),
                Some(2) => optimizer.learning_rate(FlatCosine::new(rate)),
                _ => optimizer.learning_rate(rate),
            };
            match recipe.get("smooth") {
                Some(smooth) if shape.loss() == "binary_crossentropy" => {
                    model.compile(optimizer, BinaryCrossentropy::default().label_smoothing(smooth), ())?;
                }
                _ => model.compile(optimizer, shape.loss(), ())?,
            }
            Ok(model)
        })
    }

    fn options(&self) -> TableOptions<'static> {
        let options = TableOptions::new().threads(self.count("threads").unwrap_or(1));
        let options = options.patience(self.count("patience").unwrap_or(10));
        let options = if let Some(epochs) = self.count("epochs") { options.epochs(epochs) } else { options };
        if let Some(rows) = self.count("batch") { options.batch_size(rows) } else { options }
    }
}

/// Normal weights, scaled so that each unit has variance 1 on a sample of the layer's inputs.
#[derive(Debug, Clone)]
struct UnitVariance;

impl Describe for UnitVariance {}

impl Initializer for UnitVariance {
    fn fill(&self, shape: &[usize], rng: &mut layercake::Rng, values: &mut [f64]) {
        HeNormal::default().fill(shape, rng, values);
    }

    fn sees_inputs(&self) -> bool {
        true
    }

    fn fill_from(&self, inputs: Inputs<'_>, shape: &[usize], rng: &mut layercake::Rng, values: &mut [f64]) {
        self.fill(shape, rng, values);
        for unit in 0..shape[1] {
            let output = |sample: &[f64]| sample.iter().zip(values.iter().skip(unit).step_by(shape[1])).map(|(x, w)| x * w).sum();
            let outputs: Vec<f64> = inputs.values.chunks(inputs.width).map(output).collect();
            let (_, error) = mean_and_error(&outputs);
            let deviation = error * (outputs.len() as f64).sqrt();
            if deviation > 0.0 {
                values.iter_mut().skip(unit).step_by(shape[1]).for_each(|weight| *weight /= deviation);
            }
        }
    }
}

/// Applies a recipe to a classifier or a regressor.
macro_rules! made {
    ($model:ident, $target:expr, $seed:expr, $recipe:expr, $train:expr) => {{
        let mut model = $model::new($target).seed($seed);
        if let Some(members) = $recipe.count("members") {
            model = model.members(members);
        }
        if let Some(space) = $recipe.features($train, $target) {
            model = model.features(space);
        }
        if let Some(network) = $recipe.network() {
            model = model.network(network);
        }
        model
    }};
}

/// The scores of one run by name, with the seconds of training and prediction.
fn run(table: &Table, about: &Value, test: &[usize], seed: u64, recipe: &Recipe) -> Result<Scores, Anything> {
    let target = about["target"].as_str().unwrap_or_default();
    let held_out: BTreeSet<usize> = test.iter().copied().collect();
    let train: Vec<usize> = (0..table.rows()).filter(|row| !held_out.contains(row)).collect();
    let (train, test) = (table.take_rows(&train)?, table.take_rows(test)?);
    let started = Instant::now();
    let (scores, names) = if about["task"] == "regression" {
        let mut model = made!(TableRegressor, target, seed, recipe, &train);
        model.fit(&train, recipe.options())?;
        (model.evaluate(&test)?, [("rmse", "root_mean_squared_error"), ("r2", "r2_score")])
    } else {
        let mut model = made!(TableClassifier, target, seed, recipe, &train);
        model.fit(&train, recipe.options())?;
        (model.evaluate(&test)?, [("auc", "auc"), ("ll", "loss")])
    };
    let scores = names.into_iter().filter_map(|(short, name)| Some((short, scores.get(name)?)));
    Ok(scores.chain([("seconds", started.elapsed().as_secs_f64())]).collect())
}

/// Differences of scores to other methods on the same test rows, by score and method, then by table.
#[derive(Default, Clone)]
struct Differences(BTreeMap<(&'static str, &'static str), BTreeMap<String, Vec<f64>>>);

impl Differences {
    fn add(&mut self, table: &str, own: &Scores, other: &'static str, theirs: &dyn Fn(&'static str) -> Option<f64>) {
        let difference = |score| Some(own.get(score)? - theirs(score)?);
        // RMSE and R2 belong together: 1 - R2 is the square of the RMSE over the variance of the target.
        let log_ratio = || Some(0.5 * ((1.0 - own.get("r2")?) / (1.0 - theirs("r2")?)).ln());
        for (score, value) in [("AUC", difference("auc")), ("log loss", difference("ll")), ("log RMSE", log_ratio())] {
            if let Some(value) = value {
                self.0.entry((score, other)).or_default().entry(table.to_string()).or_default().push(value);
            }
        }
    }

    /// Prints the mean difference over the tables, with its standard error over the runs, and those of each table.
    fn print(&self) {
        for ((score, other), tables) in &self.0 {
            let all: Vec<f64> = tables.values().flatten().copied().collect();
            let (mean, error) = mean_and_error(&all);
            let ratio = if *score == "log RMSE" { format!(", ratio {:.4}", mean.exp()) } else { String::new() };
            println!("\n{score} against {other}: {mean:+.4} ({error:.4}){ratio}");
            for (table, values) in tables {
                let (mean, error) = mean_and_error(values);
                println!("  {table} {mean:+.4} ({error:.4})");
            }
        }
    }
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    (mean, (variance / count).sqrt())
}
