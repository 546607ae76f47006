//! The properties of the two number types that [`math`](super::math) uses: their bits, and polynomials of their precision.
//!
//! The polynomials are minimax approximations. Each was computed with 60 digits by the Remez algorithm (Muller, *Elementary
//! Functions: Algorithms and Implementation*, 2016, ch. 3), which minimizes the relative error of the function that uses it,
//! and then rounded. The coefficient of the lowest degree is first; the comment before a polynomial is the bound of this error.

/// The bits of a binary floating-point number, and the constants of the functions for it.
pub trait Float: Sized + 'static {
    /// The number of binary digits after the first.
    const DIGITS: f64;
    /// A number that rounds: if it is added to a small number and subtracted again, the result is the nearest whole number.
    const ROUNDER: Self;
    /// The high bits of `ln 2`; there are so few that the product with any exponent is exact.
    const LN_2_HIGH: Self;
    /// The difference between `ln 2` and [`LN_2_HIGH`](Float::LN_2_HIGH).
    const LN_2_LOW: Self;
    /// The range of `e^x`, which is 0 below the first number and infinite above the second.
    const EXP_RANGE: [Self; 2];
    /// The number below which `e^x - 1` is -1.
    const EXP_M1_LOWEST: Self;
    /// The smallest normal number.
    const TINY: Self;
    /// The polynomial for `(e^r - 1 - r) / r^2`, for `|r| <= ln(2) / 2`.
    const EXP: &'static [Self];
    /// The polynomial in `s^2` for `(ln((1 + s) / (1 - s)) / s - 2) / s^2`, with `(1 + s) / (1 - s)` from `sqrt(1/2)` to
    /// `sqrt(2)`.
    const LN: &'static [Self];
    /// The polynomial in `x^2` for `erf(x) / x - 1`, for `|x| <= 1`.
    const ERF: &'static [Self];
    /// The polynomial for `ln(1 - erf(x))`, for `x` from 1 to [`ERF_HIGHEST`](Float::ERF_HIGHEST).
    const ERF_TAIL: &'static [Self];
    /// The number above which `erf(x)` is 1.
    const ERF_HIGHEST: Self;

    /// Returns `2^self` for a whole number that is the exponent of a normal number.
    fn power_of_two(self) -> Self;

    /// Returns `(k, m)` with `self = m 2^k` and `m` from `sqrt(1/2)` to `sqrt(2)`, for a positive normal number.
    fn split(self) -> (Self, Self);
}

macro_rules! float {
    ($float:ty, $bits:ty, { $($constant:item)* }) => {
        impl Float for $float {
            const DIGITS: f64 = DIGITS as f64;
            const ROUNDER: Self = (3u64 << (DIGITS - 1)) as $float;
            const TINY: Self = <$float>::MIN_POSITIVE;
            $($constant)*

            #[inline(always)]
            fn power_of_two(self) -> Self {
                // The lowest bits of the sum are the biased exponent.
                Self::from_bits((self + (Self::ROUNDER + BIAS)).to_bits() << DIGITS)
            }

            #[inline(always)]
            fn split(self) -> (Self, Self) {
                const SQRT_HALF: $bits = <$float>::to_bits(std::f64::consts::FRAC_1_SQRT_2 as $float);
                const LOW_BITS: $bits = (1 << DIGITS) - 1;
                // The bits of a small whole number are the lowest bits of its sum with `2^DIGITS`.
                const WHOLE: $float = (1u64 << DIGITS) as $float;
                let shifted = self.to_bits().wrapping_add(Self::to_bits(1.0) - SQRT_HALF);
                let exponent = Self::from_bits(WHOLE.to_bits() | shifted >> DIGITS) - (WHOLE + BIAS);
                (exponent, Self::from_bits((shifted & LOW_BITS) + SQRT_HALF))
            }
        }
    };
}

mod double {
    use super::Float;

    const DIGITS: u32 = f64::MANTISSA_DIGITS - 1;
    const BIAS: f64 = (f64::MAX_EXP - 1) as f64;

    float!(f64, u64, {
        const LN_2_HIGH: Self = 0.6931471803691238;
        const LN_2_LOW: Self = 1.9082149292705877e-10;
        const EXP_RANGE: [Self; 2] = [-746.0, 710.0];
        const EXP_M1_LOWEST: Self = -40.0;
        // 2^-57.9
        const EXP: &'static [Self] = &[
            0.5000000000000011,
            0.1666666666666641,
            0.041666666666529725,
            0.008333333333494982,
            0.0013888888943760225,
            0.00019841269505767618,
            2.480149294935911e-5,
            2.7557586807971833e-6,
            2.763030634758801e-7,
            2.5000017846119357e-8,
        ];
        // 2^-59.5
        const LN: &'static [Self] = &[
            0.6666666666666735,
            0.3999999999940749,
            0.2857142874414192,
            0.2222219837843319,
            0.18183575167319138,
            0.15313755723023942,
            0.14799066381447268,
        ];
        // 2^-56.9
        const ERF: &'static [Self] = &[
            0.12837916709551256,
            -0.3761263890318352,
            0.11283791670944185,
            -0.026866170643111458,
            0.005223977606118393,
            -0.0008548325929310457,
            0.00012055293576777468,
            -1.4924712299609983e-5,
            1.6447131541262487e-6,
            -1.620631352519064e-7,
            1.3710979372067498e-8,
            -7.779466538474252e-10,
        ];
        // 2^-57.0
        const ERF_TAIL: &'static [Self] = &[
            -5.028939758027525e-7,
            -1.1283740890558704,
            -0.6366436299410239,
            -0.10270343448594936,
            0.01899016941792412,
            0.00041064089512184414,
            -0.0019159569735538741,
            0.0007706543591560413,
            -0.00013505755081817629,
            -2.0263007595050947e-5,
            2.2821039525313436e-5,
            -8.666705701922576e-6,
            2.13556622910152e-6,
            -3.732823840349514e-7,
            4.6420116437781255e-8,
            -3.934001936370998e-9,
            2.0448157352399164e-10,
            -4.928236062984087e-12,
        ];
        const ERF_HIGHEST: Self = 6.0;
    });
}

mod single {
    use super::Float;

    const DIGITS: u32 = f32::MANTISSA_DIGITS - 1;
    const BIAS: f32 = (f32::MAX_EXP - 1) as f32;

    float!(f32, u32, {
        const LN_2_HIGH: Self = 0.69314575;
        const LN_2_LOW: Self = 1.4286068e-6;
        const EXP_RANGE: [Self; 2] = [-105.0, 89.0];
        const EXP_M1_LOWEST: Self = -20.0;
        // 2^-28.3
        const EXP: &'static [Self] = &[0.49999994, 0.16666521, 0.04166839, 0.008368745, 0.0013814539];
        // 2^-30.2
        const LN: &'static [Self] = &[0.66666776, 0.3997745, 0.29874426];
        // 2^-29.6
        const ERF: &'static [Self] =
            &[0.12837917, -0.37612626, 0.112835854, -0.026853811, 0.0051883277, -0.0008010193, 7.85386e-5];
        // 2^-29.8
        const ERF_TAIL: &'static [Self] =
            &[-0.00034152518, -1.1270891, -0.63814485, -0.10310674, 0.021838054, -0.0029476553, 0.00018637885];
        const ERF_HIGHEST: Self = 4.0;
    });
}
