//! Elementary functions, one value at a time.

use crate::Scalar;

/// `e^x`
#[inline(always)]
pub(crate) fn exp<T: Scalar>(x: T) -> T {
    x.exp()
}

/// `e^x - 1`, accurate near 0.
#[inline(always)]
pub(crate) fn exp_m1<T: Scalar>(x: T) -> T {
    x.exp_m1()
}

/// The natural logarithm.
#[inline(always)]
pub(crate) fn ln<T: Scalar>(x: T) -> T {
    x.ln()
}

/// `ln(1 + x)`, accurate near 0.
#[inline(always)]
pub(crate) fn ln_1p<T: Scalar>(x: T) -> T {
    x.ln_1p()
}

/// The hyperbolic tangent.
#[inline(always)]
pub(crate) fn tanh<T: Scalar>(x: T) -> T {
    x.tanh()
}

/// `1 / (1 + exp(-x))`, accurate for large `|x|` of either sign: the exponent is never positive.
#[inline(always)]
pub(crate) fn logistic<T: Scalar>(x: T) -> T {
    let e = exp(-x.abs());
    let small = e / (T::one() + e);
    if x < T::zero() { small } else { T::one() / (T::one() + e) }
}

/// `ln(1 + exp(x))`, accurate for large `|x|` of either sign.
#[inline(always)]
pub(crate) fn softplus<T: Scalar>(x: T) -> T {
    let positive = if x < T::zero() { T::zero() } else { x };
    positive + ln_1p(exp(-x.abs()))
}

/// The error function, `2 / sqrt(pi)` times the integral of `exp(-t^2)` from 0 to `x`.
#[inline(always)]
pub(crate) fn erf<T: Scalar>(x: T) -> T {
    let (size, x) = (x.abs().to_f64(), x.to_f64());
    if size.is_nan() {
        return T::of(x);
    }
    if size < 1.5 {
        // exp(-x^2) times a series whose terms have one sign, so that nothing cancels
        let (mut term, mut sum, mut n) = (x, x, 0.0);
        while term.abs() > 1e-18 * sum.abs() {
            n += 1.0;
            term *= x * x / (n + 0.5);
            sum += term;
        }
        return T::of(std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() * sum);
    }
    // the continued fraction of the complement
    let fraction = (1..150).rev().fold(size, |rest, n| size + f64::from(n) / 2.0 / rest);
    let complement = if size > 7.0 { 0.0 } else { (-size * size).exp() / fraction / std::f64::consts::PI.sqrt() };
    T::of((1.0 - complement).copysign(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_function_has_all_digits() {
        let known: [(f64, f64); 9] = [
            (0.0, 0.0),
            (1e-300, 1.1283791670955126e-300),
            (0.1, 0.1124629160182849),
            (0.5, 0.5204998778130465),
            (1.0, 0.8427007929497149),
            (1.6, 0.976348383344644),
            (2.0, 0.9953222650189527),
            (3.0, 0.9999779095030014),
            (9.0, 1.0),
        ];
        for (x, y) in known {
            assert!((erf(x) - y).abs() <= 4.0 * f64::EPSILON * y, "{x}: {}", erf(x));
            assert_eq!(erf(-x), -erf(x));
            assert!((erf(x as f32) - y as f32).abs() <= 2.0 * f32::EPSILON * y as f32);
        }
        assert!(erf(f64::NAN).is_nan());
    }
}
