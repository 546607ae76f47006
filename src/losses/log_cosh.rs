use super::{Loss, LossGradient, Reduction, only_reduction_argument, pointwise};
use crate::base::Batch;
use crate::kernels::Scalar;
use crate::kernels::math;

/// The mean of the logarithm of the hyperbolic cosine of the errors: `sum(ln cosh(p - t)) / K` over the `K` outputs of a
/// sample. [Keras](https://keras.io/api/losses/regression_losses/#logcosh-class)
///
/// The loss of an error `e` is close to `e^2 / 2` if the error is small, and to `|e| - ln 2` if it is large.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LogCosh {
    reduction: Reduction,
}

only_reduction_argument!(LogCosh);

impl<T: Scalar> Loss<T> for LogCosh {
    crate::part::compiled!(Loss<T> for LogCosh);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        pointwise(predicted, target, losses, gradient, |p, t| (log_cosh(p - t), math::tanh(p - t)));
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}

/// Computes `ln cosh x`, which is accurate near 0 and finite for every finite `x`.
#[inline(always)]
fn log_cosh<T: Scalar>(x: T) -> T {
    let (one, two, size) = (T::one(), T::of(2.0), x.abs());
    let less = math::exp_m1(-size);
    let e = one + less;
    // the two forms follow from cosh x - 1 = (e^-|x| - 1)^2 / (2 e^-|x|), and cosh x = e^|x| (1 + e^-2|x|) / 2
    if size < one { math::ln_1p(less * less / (two * e)) } else { size + math::ln_1p(e * e) - T::ln_2() }
}

#[cfg(test)]
mod tests {
    use super::log_cosh;

    #[test]
    fn it_is_accurate_near_zero_and_far_away() {
        assert_eq!(log_cosh(0.0), 0.0);
        for x in [1e-12, -1e-9, 3e-5] {
            assert!((log_cosh(x) / (x * x / 2.0) - 1.0f64).abs() < 1e-9, "{x}");
        }
        for x in [0.3, 0.999_999, 1.0, -2.5, 20.0] {
            assert!((log_cosh(x) / f64::cosh(x).ln() - 1.0).abs() < 1e-14, "{x}");
        }
        assert_eq!(log_cosh(-700.0), 700.0 - std::f64::consts::LN_2);
        assert_eq!(log_cosh(80.0f32), 80.0 - std::f32::consts::LN_2);
        assert!(log_cosh(f64::NAN).is_nan());
    }
}
