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
    let scale = std::f64::consts::FRAC_2_SQRT_PI;
    if size < 2.5 {
        let (mut term, mut sum, mut n) = (x, x, 0.0);
        while term.abs() > 1e-18 * sum.abs() {
            n += 1.0;
            term *= -x * x / n;
            sum += term / (2.0 * n + 1.0);
        }
        return T::of(scale * sum);
    }
    // the continued fraction of the complement
    let fraction = (1..60).rev().fold(size, |rest, n| size + f64::from(n) / 2.0 / rest);
    let complement = if size > 7.0 { 0.0 } else { (-size * size).exp() / fraction / std::f64::consts::PI.sqrt() };
    T::of((1.0 - complement).copysign(x))
}

/// The share of the standard normal distribution below `z`, and its density at `z`, accurate in both tails.
#[inline(always)]
pub(crate) fn normal<T: Scalar>(z: T) -> (T, T) {
    // The tail beyond |z| is exp(-z^2 / 2) r q(t), where r = 1 / (|z| + 4), t = 1 - 8 r runs from -1 to 1, and q is so
    // smooth that the Chebyshev polynomial through 48 of its values, cut off at degree 24, is exact to 5e-16.
    const Q: [f64; 25] = [
        0.7552851304157515,
        -0.6078966419718923,
        0.3871374007422149,
        -0.1865218579596366,
        0.060396574890917876,
        -0.007540188967386312,
        -0.0034796923670479736,
        0.0016308184674099085,
        0.00013334430941183256,
        -0.00023109501736277426,
        -1.908246351414571e-06,
        3.514511190283765e-05,
        7.166587641195121e-07,
        -5.921611045923978e-06,
        -6.298367338492369e-07,
        1.0247851016552774e-06,
        2.7246296951145873e-07,
        -1.597739614223922e-07,
        -8.686647015997893e-08,
        1.7844927772981415e-08,
        2.1427603843452355e-08,
        -5.873626764987191e-10,
        -3.73064508186837e-09,
        -1.1997782031253095e-10,
        3.403312308649495e-10,
    ];
    let e = exp(-(z * z) * T::of(0.5));
    let r = (z.abs() + T::of(4.0)).recip();
    let t = T::one() - T::of(8.0) * r;
    let q = Q.iter().rev().fold(T::zero(), |q, &coefficient| q * t + T::of(coefficient));
    let tail = e * (r * q);
    let below = if z > T::zero() { T::one() - tail } else { tail };
    (below, e * T::of(0.398_942_280_401_432_7))
}
