//! The defaults, the best setting, and ensembles, each scored on the test rows of five outer folds.

use crate::tables::{path, read};
use layercake::layers::Normalization;
use layercake::prelude::*;
use layercake::tuner::{HyperParameters, RandomSearch};

const TABLES: [(&str, &str); 8] = [
    ("breast_cancer", "target"),
    ("heart_disease", "diameter narrowing"),
    ("pima", "diabetes"),
    ("house_votes", "Class"),
    ("titanic", "survived"),
    ("attrition", "Attrition"),
    ("credit_data", "Status"),
    ("telco_churn", "churn"),
];

fn build(hp: &mut HyperParameters) -> layercake::Result<Sequential<f32>> {
    let mut model = Sequential::with_seed(hp.seed());
    model.add(Normalization::default());
    hp.default("layers", 2);
    hp.default("units", 64);
    hp.default("learning_rate", 1e-3);
    hp.default("dropout", 0.1);
    let units = hp.log_int("units", 8..=256);
    let (dropout, l2) = (hp.float("dropout", 0.0..=0.5), L2::new(hp.log_float("l2", 1e-7..=1e-3)));
    for _ in 0..hp.int("layers", 1..=3) {
        model.add(Dense::new(units).activation(Relu).kernel_regularizer(l2));
        model.add(Dropout::new(dropout));
    }
    model.add(Dense::new(1).activation(Sigmoid));
    let rate = hp.log_float("learning_rate", 1e-4..=1e-2);
    model.compile(Adam::default().learning_rate(rate), "binary_crossentropy", "auc")?;
    Ok(model)
}

pub fn run(folder: &str) -> layercake::Result<()> {
    println!("mean AUC and log loss on the test rows of five outer folds; 24 settings on 3 inner folds");
    println!("| table | default | best single | mean of five | greedy, five | selected log loss | its log loss on test rows |");
    println!("|---|---|---|---|---|---|---|");
    let mut means = [[0.0; 2]; 4];
    for (name, target) in TABLES {
        let table = read(&path(folder, name), target, false)?;
        let classes: Vec<usize> = table.y.iter().map(|&y| y as usize).collect();
        let splits = data::KFold::new(5).seed(0).stratify(&classes).split(table.x.nrows())?;
        let (mut sums, mut selected) = ([[0.0; 2]; 4], 0.0);
        for (fold, split) in splits.iter().enumerate() {
            let ((x, x_test), (y, y_test)) = (split.take(&table.x)?, split.take(&table.y)?);
            let search = RandomSearch::new(build).max_trials(24).max_epochs(60).patience(8).folds(3).seed(fold as u64);
            let batch = |hp: &mut HyperParameters| FitOptions::new().batch_size(hp.choice("batch_size", [32, 64, 128]));
            let search = search.below_constant(1.2).fit_options(batch).search(&x, &y)?;
            selected += search.best()?.score().unwrap_or(f64::NAN) / 5.0;
            let scores = [
                search.model(0, &x, &y)?.evaluate(&x_test, &y_test)?,
                search.best_model(&x, &y)?.evaluate(&x_test, &y_test)?,
                search.ensemble(5, &x, &y)?.evaluate(&x_test, &y_test)?,
                search.greedy_ensemble(5, 12, &x, &y)?.evaluate(&x_test, &y_test)?,
            ];
            for (sum, score) in sums.iter_mut().zip(&scores) {
                sum[0] += score["auc"] / 5.0;
                sum[1] += score.loss() / 5.0;
            }
        }
        let cell = |[auc, loss]: [f64; 2]| format!("{auc:.4}, {loss:.4}");
        let cells = sums.map(cell).join(" | ");
        println!("| {name} | {cells} | {selected:.4} | {:.4} |", sums[1][1]);
        for (mean, sum) in means.iter_mut().zip(&sums) {
            (mean[0], mean[1]) = (mean[0] + sum[0] / TABLES.len() as f64, mean[1] + sum[1] / TABLES.len() as f64);
        }
    }
    println!("| mean | {} | | |", means.map(|[auc, loss]| format!("{auc:.4}, {loss:.4}")).join(" | "));
    Ok(())
}
