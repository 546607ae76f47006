//! Elementary functions without branches, so that the compiler vectorises loops over them.
//!
//! They use only basic operations, always in the same order and never fused, so they give the same bits with every instruction
//! set. The bounds of the errors are in units in the last place of the result, for all arguments. Results may be subnormal
//! numbers. The result for NaN is NaN.
//!
//! | function | largest error |
//! |---|---|
//! | [`exp`] | 1 |
//! | [`exp_m1`] | 2 |
//! | [`ln`] | 1 |
//! | [`ln_1p`] | 1 |
//! | [`tanh`] | 2.5 |
//! | [`logistic`] | 2.5 |
//! | [`softplus`], [`softplus_parts`] | 2 |
//! | [`erf`] | 1.5 |

use crate::kernels::scalar::Scalar;

/// Returns `e^x`.
#[inline(always)]
pub(crate) fn exp<T: Scalar>(x: T) -> T {
    let [lowest, highest] = T::EXP_RANGE;
    let (p, n) = reduced_exp_m1(clamp(x, lowest, highest));
    let [a, b] = halves(n);
    (T::one() + p) * a.power_of_two() * b.power_of_two()
}

/// Returns `e^x - 1`, accurate near 0.
#[inline(always)]
pub(crate) fn exp_m1<T: Scalar>(x: T) -> T {
    let (p, n) = reduced_exp_m1(clamp(x, T::EXP_M1_LOWEST, T::EXP_RANGE[1]));
    let [a, b] = halves(n);
    let scale = a.power_of_two();
    ((p * scale + (scale - (-b).power_of_two())) * b.power_of_two()).copysign(x)
}

/// Returns the natural logarithm; NaN below 0.
#[inline(always)]
pub(crate) fn ln<T: Scalar>(x: T) -> T {
    let shift = T::of(T::DIGITS);
    let subnormal = x < T::TINY;
    let (k, m) = (if subnormal { x * shift.power_of_two() } else { x }).split();
    let k = if subnormal { k - shift } else { k };
    with_edges_of_ln(x, reduced_ln(k, m - T::one(), T::zero()))
}

/// Returns `ln(1 + x)`, accurate near 0; NaN below -1.
#[inline(always)]
pub(crate) fn ln_1p<T: Scalar>(x: T) -> T {
    let one = T::one();
    let sum = one + x;
    let (k, m) = sum.split();
    // This is the rounding error of the sum (Dekker, A floating-point technique for extending the available precision, 1971).
    let lost = if x > one { one - (sum - x) } else { x - (sum - one) };
    let small = k == T::zero();
    let (f, lost) = if small { (x, T::zero()) } else { (m - one, lost / sum) };
    with_edges_of_ln(sum, reduced_ln(k, f, lost)).copysign(x)
}

/// Returns the hyperbolic tangent; for `x >= 0` it is `-t / (t + 2)` with `t = exp(-2 x) - 1`.
#[inline(always)]
pub(crate) fn tanh<T: Scalar>(x: T) -> T {
    let t = exp_m1_below_0(-x.abs() - x.abs());
    (t / (t + T::of(2.0))).copysign(x)
}

/// Returns `1 / (1 + exp(-x))`.
#[inline(always)]
pub(crate) fn logistic<T: Scalar>(x: T) -> T {
    softplus_parts(x).1
}

/// Returns `ln(1 + exp(x))`.
#[inline(always)]
pub(crate) fn softplus<T: Scalar>(x: T) -> T {
    let positive = if x < T::zero() { T::zero() } else { x };
    positive + softplus_parts(x).0
}

/// Returns `ln(1 + exp(-|x|))`, the difference of [`softplus`] and `max(x, 0)`, and the derivative [`logistic`] of softplus.
#[inline(always)]
pub(crate) fn softplus_parts<T: Scalar>(x: T) -> (T, T) {
    let one = T::one();
    let e = exp(-x.abs());
    let derivative = (if x < T::zero() { e } else { one }) / (one + e);
    // The sum `1 + e` is at most 2, so it is in the range of the logarithm itself or after it is halved.
    let halved = e > T::of(std::f64::consts::SQRT_2 - 1.0);
    let (k, f) = if halved { (one, T::of(0.5) * (e - one)) } else { (T::zero(), e) };
    (reduced_ln(k, f, T::zero()), derivative)
}

/// Returns the error function, `2 / sqrt(pi)` times the integral of `exp(-t^2)` from 0 to `x`.
#[inline(always)]
pub(crate) fn erf<T: Scalar>(x: T) -> T {
    let size = x.abs();
    let near = x + x * polynomial(x * x, T::ERF);
    let far = exp_m1_below_0(polynomial(clamp(size, T::one(), T::ERF_HIGHEST), T::ERF_TAIL));
    if size < T::one() { near } else { far.copysign(x) }
}

/// Returns `(p, n)` with `e^x = (1 + p) 2^n` and a whole number `n` (Cody and Waite, *Software Manual for the Elementary
/// Functions*, 1980, ch. 6).
#[inline(always)]
fn reduced_exp_m1<T: Scalar>(x: T) -> (T, T) {
    let n = round(x * T::log2_e());
    let r = (x - n * T::LN_2_HIGH) - n * T::LN_2_LOW;
    (r + r * r * polynomial(r, T::EXP), n)
}

/// Returns `e^x - 1` for `x` from minus infinity to 0; the sign of a result of 0 may be wrong.
#[inline(always)]
fn exp_m1_below_0<T: Scalar>(x: T) -> T {
    let (p, n) = reduced_exp_m1(if x < T::EXP_M1_LOWEST { T::EXP_M1_LOWEST } else { x });
    let scale = n.power_of_two();
    p * scale + (scale - T::one())
}

/// Returns `k ln 2 + ln(1 + f) + lost` for `1 + f` from `sqrt(1/2)` to `sqrt(2)`, as Sun's fdlibm (1993) does.
///
/// It uses `ln(1 + f) = f - s (f - r)` with `s = f / (2 + f)` and a series `r` in `s^2`, and adds the large terms last.
#[inline(always)]
fn reduced_ln<T: Scalar>(k: T, f: T, lost: T) -> T {
    let s = f / (T::of(2.0) + f);
    let square = s * s;
    let r = square * polynomial(square, T::LN);
    let half = T::of(0.5) * f * f;
    k * T::LN_2_HIGH - ((half - (s * (half + r) + (k * T::LN_2_LOW + lost))) - f)
}

/// Returns the logarithm of any `x`; `inside` is the logarithm if `x` is positive and finite.
#[inline(always)]
fn with_edges_of_ln<T: Scalar>(x: T, inside: T) -> T {
    let infinity = T::of(f64::INFINITY);
    let positive = if x < infinity { inside } else { infinity };
    let edge = if x == T::zero() { -infinity } else { T::of(f64::NAN) };
    if x > T::zero() { positive } else { edge }
}

/// Returns two whole numbers whose sum is `n`; their powers of two are normal numbers, even if `2^n` is not.
#[inline(always)]
fn halves<T: Scalar>(n: T) -> [T; 2] {
    let half = round(n * T::of(0.5));
    [half, n - half]
}

/// Returns the nearest whole number.
#[inline(always)]
fn round<T: Scalar>(x: T) -> T {
    (x + T::ROUNDER) - T::ROUNDER
}

#[inline(always)]
fn clamp<T: Scalar>(x: T, lowest: T, highest: T) -> T {
    // A NaN is neither less nor greater, so it is returned.
    let x = if x < lowest { lowest } else { x };
    if x > highest { highest } else { x }
}

/// Returns the value of a polynomial; the constant coefficient is first.
///
/// It applies Horner's rule to two coefficients at a time, so that operations wait less for each other and the loop is short
/// enough to be unrolled.
#[inline(always)]
fn polynomial<T: Scalar>(x: T, coefficients: &[T]) -> T {
    let square = x * x;
    let (pairs, rest) = coefficients.as_chunks();
    let mut lines = pairs.iter().rev().map(|&[a, b]| a + b * x);
    let highest = rest.first().copied().or_else(|| lines.next()).unwrap_or(T::zero());
    lines.fold(highest, |sum, line| sum * square + line)
}

/// Returns the cumulative distribution function of the standard normal distribution at `z`, and its density at `z`.
///
/// Both are accurate in both tails.
#[inline(always)]
pub(crate) fn normal<T: Scalar>(z: T) -> (T, T) {
    // The probability beyond |z| is exp(-z^2 / 2) r q(t), where r = 1 / (|z| + 4), and t = 1 - 8 r is from -1 to 1. The
    // Chebyshev polynomial through 48 values of q, cut off at degree 24, has an error of at most 5e-16.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::loops::elementwise::map;
    use crate::kernels::simd::dispatch::tests::with_every_level;

    /// Blocks of the name of a function and lines with the bits of an argument and of the result, in hexadecimal. First are
    /// edge cases, then random arguments, half of them where the argument reduction changes. They were computed by mpmath with
    /// 220 to 2300 bits.
    const REFERENCE: &str = include_str!("math_reference.txt");

    /// The name of a function, the bound of its error in units in the last place, and a loop that applies it.
    type Function<T> = (&'static str, f64, fn(&mut [T]));

    fn functions<T: Scalar>() -> [Function<T>; 8] {
        [
            ("exp", 1.0, |x| map(x, exp)),
            ("exp_m1", 2.0, |x| map(x, exp_m1)),
            ("ln", 1.0, |x| map(x, ln)),
            ("ln_1p", 1.0, |x| map(x, ln_1p)),
            ("tanh", 2.5, |x| map(x, tanh)),
            ("logistic", 2.5, |x| map(x, logistic)),
            ("softplus", 2.0, |x| map(x, softplus)),
            ("erf", 1.5, |x| map(x, erf)),
        ]
    }

    fn reference(name: &str) -> (Vec<f64>, Vec<f64>) {
        let number = |word: &str| f64::from_bits(u64::from_str_radix(word, 16).unwrap());
        let block = REFERENCE.lines().skip_while(|line| *line != name).skip(1);
        block.map_while(|line| line.split_once(' ')).map(|(x, y)| (number(x), number(y))).unzip()
    }

    #[test]
    fn double_precision_agrees_with_a_computation_in_many_digits() {
        for (name, bound, function) in functions::<f64>() {
            let (x, y) = reference(name);
            assert_eq!(x.len(), 120);
            with_every_level(|| {
                let mut found = x.clone();
                function(&mut found);
                for ((x, y), found) in x.iter().zip(&y).zip(found) {
                    // Numbers with the same sign are ordered as their bits. The reference itself is rounded.
                    let apart = y.to_bits().abs_diff(found.to_bits()) as f64;
                    assert!(apart <= bound + 0.5, "{name}({x:e}) is {y:e}, not {found:e}");
                }
            });
        }
    }

    #[test]
    fn single_precision_agrees_with_double_precision() {
        let x: Vec<f32> = (0..=u32::MAX).step_by(10_007).map(f32::from_bits).collect();
        for ((name, bound, single), (_, _, double)) in functions::<f32>().into_iter().zip(functions::<f64>()) {
            let mut exact: Vec<f64> = x.iter().map(|&x| x.into()).collect();
            double(&mut exact);
            let mut found = x.clone();
            single(&mut found);
            for ((x, exact), &found) in x.iter().zip(exact).zip(&found) {
                let rounded = exact as f32;
                if rounded.is_finite() && found.is_finite() {
                    let unit = f64::from(f32::from_bits(rounded.abs().to_bits() + 1)) - f64::from(rounded.abs());
                    assert!((f64::from(found) - exact).abs() <= bound * unit, "{name}({x:e}) is {exact:e}, not {found:e}");
                } else {
                    assert!(found == rounded || found.is_nan() && rounded.is_nan(), "{name}({x:e}) is {exact:e}, not {found:e}");
                }
            }
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        // The count is odd, so that some values do not fill a register.
        let x: Vec<f32> = (0..=u32::MAX).step_by(100_003).map(f32::from_bits).filter(|x| !x.is_nan()).collect();
        for ((name, _, single), (_, _, double)) in functions::<f32>().into_iter().zip(functions::<f64>()) {
            let run = || {
                let (mut single_x, mut double_x) = (x.clone(), x.iter().map(|&x| x.into()).collect::<Vec<f64>>());
                single(&mut single_x);
                double(&mut double_x);
                // The bits of a NaN have no meaning.
                let single_bits = |y: f32| if y.is_nan() { f32::NAN } else { y }.to_bits();
                let double_bits = |y: f64| if y.is_nan() { f64::NAN } else { y }.to_bits();
                let single_x = single_x.into_iter().map(single_bits);
                single_x.zip(double_x.into_iter().map(double_bits)).collect::<Vec<_>>()
            };
            let expected = run();
            with_every_level(|| assert!(run() == expected, "{name}"));
        }
    }

    #[test]
    fn edges_are_right() {
        fn check<T: Scalar>() {
            let infinity = f64::INFINITY;
            let nan = f64::NAN;
            // These are the results for 0, -0, infinity, -infinity, NaN and -1.
            let e = std::f64::consts::E;
            let edges = [
                ("exp", [1.0, 1.0, infinity, 0.0, nan, 1.0 / e]),
                ("exp_m1", [0.0, -0.0, infinity, -1.0, nan, 1.0 / e - 1.0]),
                ("ln", [-infinity, -infinity, infinity, nan, nan, nan]),
                ("ln_1p", [0.0, -0.0, infinity, nan, nan, -infinity]),
                ("tanh", [0.0, -0.0, 1.0, -1.0, nan, (-1f64).tanh()]),
                ("logistic", [0.5, 0.5, 1.0, 0.0, nan, 1.0 / (1.0 + e)]),
                ("softplus", [2f64.ln(), 2f64.ln(), infinity, 0.0, nan, (1.0 / e).ln_1p()]),
                ("erf", [0.0, -0.0, 1.0, -1.0, nan, -0.8427007929497149]),
            ];
            for ((name, expected), (_, _, function)) in edges.into_iter().zip(functions::<T>()) {
                let mut found = [0.0, -0.0, infinity, -infinity, nan, -1.0].map(T::of);
                function(&mut found);
                for (found, expected) in found.into_iter().zip(expected) {
                    let found = found.to_f64();
                    let near = found == expected || (found - expected).abs() <= 1e-7;
                    let same = found.is_nan() == expected.is_nan() && found.is_sign_negative() == expected.is_sign_negative();
                    assert!(expected.is_nan() && found.is_nan() || near && same, "{name}: {found}, not {expected}");
                }
            }
        }
        with_every_level(check::<f32>);
        with_every_level(check::<f64>);
    }
}
