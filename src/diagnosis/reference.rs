//! What the data can give: a ridge regression and the five nearest neighbours, in closed form, the second of the two controls.

use super::skill::Skill;
use super::targets::{Values, moments};
use crate::kernels::{self, Sizes};
use nalgebra::DMatrix;

/// The largest numbers of rows and columns of the reference.
pub(super) const MOST_ROWS: usize = 2_000;
pub(super) const MOST_TESTED: usize = 1_000;
pub(super) const MOST_COLUMNS: usize = 500;

/// The factors of the penalty that are tried.
const PENALTIES: [f64; 3] = [1.0, 30.0, 1_000.0];

const NEIGHBOURS: usize = 5;

/// The skill of models that need no training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reference {
    pub(super) linear: Skill,
    pub(super) neighbours: Skill,
    /// By how many standard deviations the correlation of the linear predictions with their targets is above 0.
    pub(super) signal: f64,
}

impl Reference {
    /// Fits both models to some rows and scores them on others; `None` if the targets of one side do not vary.
    pub(super) fn new(train: (&DMatrix<f64>, &Values), test: (&DMatrix<f64>, &Values)) -> Option<Self> {
        let columns = train.0.ncols().min(MOST_COLUMNS);
        let (x, tested) = standardised(train.0, test.0, columns);
        let (linear, held) = ridge(&x, train.1, &tested);
        let neighbours = nearest(&x, train.1, &tested);
        // on rows of both sides, which are independent
        let signal = (held + correlation(&linear, test.1)) / 2.0_f64.sqrt();
        let linear = predictions(train.1, tested.nrows(), |row, column| linear[(row, column)]);
        Some(Self { linear: Skill::new(&linear, test.1)?, neighbours: Skill::new(&neighbours, test.1)?, signal })
    }

    /// Returns the better of the two.
    pub(super) fn best(&self) -> Skill {
        if self.neighbours.value > self.linear.value { self.neighbours } else { self.linear }
    }
}

/// Standardises the first columns by the training rows; a constant column becomes 0.
fn standardised(train: &DMatrix<f64>, test: &DMatrix<f64>, columns: usize) -> (DMatrix<f64>, DMatrix<f64>) {
    let (mut x, mut tested) = (train.columns(0, columns).into_owned(), test.columns(0, columns).into_owned());
    for column in 0..columns {
        let (mean, deviation) = moments(x.column(column).as_slice());
        let factor = if deviation > 0.0 { 1.0 / deviation } else { 0.0 };
        for matrix in [&mut x, &mut tested] {
            matrix.column_mut(column).iter_mut().for_each(|value| *value = (*value - mean) * factor);
        }
    }
    (x, tested)
}

/// Returns the targets as columns, one for each class or one of numbers, and their means.
fn target_columns(targets: &Values) -> DMatrix<f64> {
    match targets {
        Values::Classes(classes, count) => {
            DMatrix::from_fn(classes.len(), *count, |row, class| f64::from(u8::from(classes[row] == class)))
        }
        Values::Numbers(numbers) => DMatrix::from_column_slice(numbers.len(), 1, numbers),
    }
}

/// Predicts with the ridge regression whose penalty has the smallest error on every fourth training row; also returns the
/// correlation there.
fn ridge(x: &DMatrix<f64>, targets: &Values, tested: &DMatrix<f64>) -> (DMatrix<f64>, f64) {
    let (kept, held): (Vec<usize>, Vec<usize>) = (0..x.nrows()).partition(|row| row % 4 != 3);
    let (of_kept, of_held) = (targets.take(&kept), targets.take(&held));
    let trials = ridge_predictions(&x.select_rows(&kept), &of_kept, &x.select_rows(&held));
    let columns = target_columns(&of_held);
    let errors = trials.iter().map(|predicted| (predicted - &columns).norm_squared());
    let best = errors.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(best, _)| best);
    let correlation = correlation(&trials[best], &of_held);
    (ridge_predictions(x, targets, tested).swap_remove(best), correlation)
}

/// Returns the correlation of predictions with targets times the square root of the number of rows; of classes the largest.
fn correlation(predicted: &DMatrix<f64>, actual: &Values) -> f64 {
    let actual = target_columns(actual);
    let of_column = |column: usize| {
        let (one, other) = (predicted.column(column), actual.column(column));
        let ((mean, deviation), (other_mean, other_deviation)) = (moments(one.as_slice()), moments(other.as_slice()));
        let product: f64 = one.iter().zip(other.iter()).map(|(a, b)| (a - mean) * (b - other_mean)).sum();
        let scale = deviation * other_deviation * (actual.nrows() as f64).sqrt();
        if scale > 0.0 { product / scale } else { 0.0 }
    };
    (0..actual.ncols().min(predicted.ncols())).map(of_column).fold(f64::NEG_INFINITY, f64::max)
}

/// Predicts with each of the penalties: `W = (X^T X + p I)^-1 X^T (T - mean T)`; there is a column for each class.
fn ridge_predictions(x: &DMatrix<f64>, targets: &Values, tested: &DMatrix<f64>) -> Vec<DMatrix<f64>> {
    let columns = x.ncols();
    let mut centred = target_columns(targets);
    let means: Vec<f64> = (0..centred.ncols()).map(|column| moments(centred.column(column).as_slice()).0).collect();
    means.iter().enumerate().for_each(|(column, mean)| centred.column_mut(column).add_scalar_mut(-mean));
    // the kernels take one sample after the other
    let (samples, wanted) = (x.transpose(), centred.transpose());
    let product = |left: &DMatrix<f64>| {
        let mut product = DMatrix::zeros(left.nrows(), columns);
        let sizes = Sizes { units: left.nrows(), inputs: columns, count: x.nrows() };
        kernels::weight_gradient(product.as_mut_slice(), left.as_slice(), samples.as_slice(), sizes);
        product
    };
    let (squares, mixed) = (product(&samples), product(&wanted).transpose());
    let solve = |penalty: f64| {
        let mut matrix = squares.clone();
        (0..columns).for_each(|column| matrix[(column, column)] += penalty);
        let weights = matrix.cholesky().map_or(DMatrix::zeros(columns, means.len()), |factors| factors.solve(&mixed));
        let mut predicted = tested * weights;
        means.iter().enumerate().for_each(|(column, mean)| predicted.column_mut(column).add_scalar_mut(*mean));
        predicted
    };
    PENALTIES.iter().map(|&penalty| solve(penalty)).collect()
}

/// Turns scores of each class into classes, and numbers into numbers.
fn predictions(targets: &Values, rows: usize, score: impl Fn(usize, usize) -> f64) -> Values {
    match targets {
        Values::Classes(_, count) => {
            let best = |row: usize| (0..*count).max_by(|&a, &b| score(row, a).total_cmp(&score(row, b)).then(b.cmp(&a)));
            Values::Classes((0..rows).map(|row| best(row).unwrap_or(0)).collect(), *count)
        }
        Values::Numbers(_) => Values::Numbers((0..rows).map(|row| score(row, 0)).collect()),
    }
}

/// Predicts the mean, or the commonest class, of the five nearest training rows.
fn nearest(x: &DMatrix<f64>, targets: &Values, tested: &DMatrix<f64>) -> Values {
    let (rows, columns) = x.shape();
    let norms: Vec<f64> = (0..rows).map(|row| -0.5 * x.row(row).norm_squared()).collect();
    // a . b - |b|^2 / 2 is largest for the nearest b
    let samples = tested.transpose();
    let mut closeness = vec![0.0; rows * tested.nrows()];
    let sizes = Sizes { units: rows, inputs: columns, count: tested.nrows() };
    kernels::forward(&mut closeness, x.as_slice(), &norms, samples.as_slice(), sizes);
    let columns = target_columns(targets);
    let near: Vec<Vec<usize>> = closeness
        .chunks_exact(rows.max(1))
        .map(|closeness| {
            let mut order: Vec<usize> = (0..rows).collect();
            let count = NEIGHBOURS.min(rows);
            let by_closeness = |&a: &usize, &b: &usize| closeness[b].total_cmp(&closeness[a]).then(a.cmp(&b));
            order.select_nth_unstable_by(count - 1, by_closeness);
            order.truncate(count);
            order
        })
        .collect();
    let mean = |row: usize, column: usize| near[row].iter().map(|&other| columns[(other, column)]).sum::<f64>();
    predictions(targets, tested.nrows(), |row, column| mean(row, column) / NEIGHBOURS.min(rows).max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    fn uniform(rows: usize, columns: usize, rng: &mut Rng) -> DMatrix<f64> {
        DMatrix::from_fn(rows, columns, |_, _| 2.0 * rng.uniform() - 1.0)
    }

    #[test]
    fn each_model_finds_what_it_can() {
        let mut rng = Rng::new(3);
        let (x, tested) = (uniform(400, 3, &mut rng), uniform(100, 3, &mut rng));
        let linear = |x: &DMatrix<f64>| Values::Numbers(x.row_iter().map(|row| 3.0 * row[0] - row[2] + 5.0).collect());
        let reference = Reference::new((&x, &linear(&x)), (&tested, &linear(&tested))).unwrap();
        assert!(reference.linear.value > 0.999, "{reference:?}");
        let circle =
            |x: &DMatrix<f64>| Values::Classes(x.row_iter().map(|row| usize::from(row.norm_squared() > 1.0)).collect(), 2);
        let reference = Reference::new((&x, &circle(&x)), (&tested, &circle(&tested))).unwrap();
        assert!(reference.neighbours.value > 0.6 && reference.linear.value < 0.3, "{reference:?}");
        assert_eq!(reference.best(), reference.neighbours);
        let mut coin = Rng::new(9);
        let mut noise = |rows: usize| Values::Classes((0..rows).map(|_| coin.below(2)).collect(), 2);
        let reference = Reference::new((&x, &noise(400)), (&tested, &noise(100))).unwrap();
        assert!(reference.best().value < 0.25 && reference.signal < 3.0, "{reference:?}");
    }

    #[test]
    fn a_ridge_regression_is_the_solution_of_its_equations() {
        let mut rng = Rng::new(4);
        let x = uniform(50, 4, &mut rng);
        let y: Vec<f64> = (0..50).map(|_| rng.uniform()).collect();
        let predicted = ridge_predictions(&x, &Values::Numbers(y.clone()), &x).swap_remove(1);
        let mean = y.iter().sum::<f64>() / 50.0;
        let centred = DMatrix::from_fn(50, 1, |row, _| y[row] - mean);
        let weights = (x.transpose() * &x + DMatrix::identity(4, 4) * 30.0).try_inverse().unwrap() * x.transpose() * centred;
        let expected = &x * weights;
        (0..50).for_each(|row| approx::assert_relative_eq!(predicted[row], expected[row] + mean, epsilon = 1e-12));
    }
}
