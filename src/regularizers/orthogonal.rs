use super::Regularizer;
use super::l1_l2::FACTOR;
use crate::base::Lines;
use crate::base::{EPSILON, Error, Result};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// A penalty on rows or columns of a weight that are not orthogonal: `factor` times the mean of `|cos(u, v)|` over all
/// pairs of them. [Keras](https://keras.io/api/layers/regularizers/#orthogonalregularizer-class)
///
/// The columns of a `Dense` kernel, `inputs x units`, are its units. The length of a row or column is taken as at least
/// 1e-7.
///
/// # Errors
///
/// Building the model fails if the weight does not have exactly two axes, or if it has only one row, or column, to compare.
///
/// ```
/// use layercake::prelude::*;
///
/// let apart = OrthogonalRegularizer::new(0.1).mode(OrthogonalMode::Columns);
/// let mut model = Sequential::new();
/// model.add(Dense::new(4).kernel_regularizer(apart));
/// model.compile("adam", "mse", ())?;
/// model.fit(&dmatrix![1.0, 2.0], &dmatrix![1.0, 0.0, 1.0, 0.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrthogonalRegularizer {
    factor: f64,
    mode: OrthogonalMode,
}

/// The vectors of a weight that an [`OrthogonalRegularizer`] compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrthogonalMode {
    /// The rows of the weight.
    Rows,
    /// The columns of the weight.
    Columns,
}

impl OrthogonalRegularizer {
    /// Creates a penalty on the rows of a weight with this factor, at least 0 (Keras' default is 0.01).
    pub fn new(factor: f64) -> Self {
        Self { factor, mode: OrthogonalMode::Rows }
    }

    /// Sets whether rows or columns are compared (default: rows).
    pub fn mode(mut self, mode: OrthogonalMode) -> Self {
        self.mode = mode;
        self
    }

    fn lines(&self, shape: &[usize]) -> Lines {
        Lines::along(if self.mode == OrthogonalMode::Columns { 0 } else { 1 }, shape)
    }

    /// Returns the factor of the cosine of each pair: `factor` divided by the number of pairs.
    fn factor_of_a_pair<T: Scalar>(&self, lines: Lines) -> T {
        T::of(self.factor / (lines.count * (lines.count - 1) / 2) as f64)
    }
}

impl Default for OrthogonalRegularizer {
    fn default() -> Self {
        Self::new(0.01)
    }
}

impl Describe for OrthogonalRegularizer {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("factor", &mut self.factor, FACTOR);
        arguments.choice("mode", &mut self.mode, &[("rows", OrthogonalMode::Rows), ("columns", OrthogonalMode::Columns)]);
    }
}

impl<T: Scalar> Regularizer<T> for OrthogonalRegularizer {
    crate::part::compiled!(Regularizer<T> for OrthogonalRegularizer);

    fn penalty(&self, weight: &[T], shape: &[usize]) -> T {
        let lines = self.lines(shape);
        let mut sum = T::zero();
        for i in 0..lines.count {
            let u = Direction::of(weight, lines, i);
            for j in i + 1..lines.count {
                let v = Direction::of(weight, lines, j);
                sum += dot(weight, lines, i, j).abs() * u.scale * v.scale;
            }
        }
        self.factor_of_a_pair::<T>(lines) * sum
    }

    fn add_gradient(&self, weight: &[T], shape: &[usize], gradient: &mut [T]) {
        let lines = self.lines(shape);
        let factor: T = self.factor_of_a_pair(lines);
        for i in 0..lines.count {
            let u = Direction::of(weight, lines, i);
            for j in i + 1..lines.count {
                let v = Direction::of(weight, lines, j);
                let cosine = dot(weight, lines, i, j) * u.scale * v.scale;
                // d|cos|/du = sign(cos) (v / (|u| |v|) - cos u / |u|^2) and likewise for v, where the sign of 0 is 0.
                let signed = if cosine > T::zero() {
                    factor
                } else if cosine < T::zero() {
                    -factor
                } else {
                    T::zero() * cosine
                };
                let across = signed * u.scale * v.scale;
                for (a, b) in lines.places(i).zip(lines.places(j)) {
                    gradient[a] += across * weight[b] - signed * cosine * u.turning * weight[a];
                    gradient[b] += across * weight[a] - signed * cosine * v.turning * weight[b];
                }
            }
        }
    }

    fn check(&self, shape: &[usize]) -> Result<()> {
        if shape.len() == 2 && self.lines(shape).count > 1 {
            return Ok(());
        }
        let allowed = "a weight with two axes, and with several rows or columns, according to the mode";
        Err(Error::argument("OrthogonalRegularizer", "shape", format!("{shape:?}"), allowed))
    }
}

/// The factors that normalize a row or column `u` to length 1.
struct Direction<T> {
    /// `1 / |u|`, but at most 1e7.
    scale: T,
    /// `1 / |u|^2`, or 0 if `scale` does not depend on `u`.
    turning: T,
}

impl<T: Scalar> Direction<T> {
    fn of(weight: &[T], lines: Lines, line: usize) -> Self {
        let norm = dot(weight, lines, line, line).sqrt();
        if norm < T::of(EPSILON) {
            return Self { scale: T::of(1.0 / EPSILON), turning: T::zero() };
        }
        let scale = norm.recip();
        Self { scale, turning: scale * scale }
    }
}

/// Returns the dot product of two rows or columns.
fn dot<T: Scalar>(weight: &[T], lines: Lines, i: usize, j: usize) -> T {
    lines.places(i).zip(lines.places(j)).map(|(a, b)| weight[a] * weight[b]).sum()
}
