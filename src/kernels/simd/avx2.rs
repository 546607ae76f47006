//! The vector registers of AVX2 and FMA.

use super::lanes::Lanes;
use std::arch::x86_64::*;

/// Returns the sums of four registers, with half the instructions of four single sums.
#[inline(always)]
unsafe fn store_sums_ps([a, b, c, d]: [__m256; 4], to: *mut f32) {
    unsafe {
        let sums = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
        _mm_storeu_ps(to, _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps::<1>(sums)));
    }
}

#[inline(always)]
unsafe fn store_sums_pd([a, b, c, d]: [__m256d; 4], to: *mut f64) {
    unsafe {
        for (index, sums) in [_mm256_hadd_pd(a, b), _mm256_hadd_pd(c, d)].into_iter().enumerate() {
            let sums = _mm_add_pd(_mm256_castpd256_pd128(sums), _mm256_extractf128_pd::<1>(sums));
            _mm_storeu_pd(to.add(2 * index), sums);
        }
    }
}

/// Loads the first `count` of eight values; the others are 0.
///
/// It loads halves, because a load or a store with a mask takes some CPUs as long as dozens of plain ones.
#[inline(always)]
unsafe fn load_first_ps(from: *const f32, count: usize) -> __m256 {
    unsafe {
        if count >= 8 {
            return _mm256_loadu_ps(from);
        }
        let from_last = from.wrapping_add(count & 4);
        let last = match count & 3 {
            0 => _mm_setzero_ps(),
            1 => _mm_load_ss(from_last),
            two_or_three => {
                let two = _mm_castpd_ps(_mm_load_sd(from_last.cast()));
                if two_or_three == 2 { two } else { _mm_movelh_ps(two, _mm_load_ss(from_last.add(2))) }
            }
        };
        if count & 4 != 0 { _mm256_set_m128(last, _mm_loadu_ps(from)) } else { _mm256_set_m128(_mm_setzero_ps(), last) }
    }
}

/// Loads the first `count` of four values; the others are 0.
#[inline(always)]
unsafe fn load_first_pd(from: *const f64, count: usize) -> __m256d {
    unsafe {
        match count {
            0 => _mm256_setzero_pd(),
            1 => _mm256_set_m128d(_mm_setzero_pd(), _mm_load_sd(from)),
            2 => _mm256_set_m128d(_mm_setzero_pd(), _mm_loadu_pd(from)),
            3 => _mm256_set_m128d(_mm_load_sd(from.add(2)), _mm_loadu_pd(from)),
            _ => _mm256_loadu_pd(from),
        }
    }
}

/// Stores the first `count` of eight values.
#[inline(always)]
unsafe fn store_first_ps(values: __m256, mut to: *mut f32, count: usize) {
    unsafe {
        if count >= 8 {
            return _mm256_storeu_ps(to, values);
        }
        let mut rest = _mm256_castps256_ps128(values);
        if count & 4 != 0 {
            _mm_storeu_ps(to, rest);
            (to, rest) = (to.add(4), _mm256_extractf128_ps::<1>(values));
        }
        if count & 2 != 0 {
            _mm_storel_pd(to.cast(), _mm_castps_pd(rest));
            (to, rest) = (to.add(2), _mm_movehl_ps(rest, rest));
        }
        if count & 1 != 0 {
            _mm_store_ss(to, rest);
        }
    }
}

/// Stores the first `count` of four values.
#[inline(always)]
unsafe fn store_first_pd(values: __m256d, mut to: *mut f64, count: usize) {
    unsafe {
        if count >= 4 {
            return _mm256_storeu_pd(to, values);
        }
        let mut rest = _mm256_castpd256_pd128(values);
        if count & 2 != 0 {
            _mm_storeu_pd(to, rest);
            (to, rest) = (to.add(2), _mm256_extractf128_pd::<1>(values));
        }
        if count & 1 != 0 {
            _mm_store_sd(to, rest);
        }
    }
}

/// Transposes four rows within each half of their registers.
#[inline(always)]
unsafe fn turn_fours_ps([a, b, c, d]: [__m256; 4]) -> [__m256; 4] {
    unsafe {
        let (ab, cd) = (_mm256_castps_pd(_mm256_unpacklo_ps(a, b)), _mm256_castps_pd(_mm256_unpacklo_ps(c, d)));
        let (ab_high, cd_high) = (_mm256_castps_pd(_mm256_unpackhi_ps(a, b)), _mm256_castps_pd(_mm256_unpackhi_ps(c, d)));
        [
            _mm256_castpd_ps(_mm256_unpacklo_pd(ab, cd)),
            _mm256_castpd_ps(_mm256_unpackhi_pd(ab, cd)),
            _mm256_castpd_ps(_mm256_unpacklo_pd(ab_high, cd_high)),
            _mm256_castpd_ps(_mm256_unpackhi_pd(ab_high, cd_high)),
        ]
    }
}

/// Transposes a square of 8 by 8 values. Closures are avoided, because they would be compiled without vector instructions.
#[inline(always)]
pub(crate) unsafe fn turn_ps(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
    unsafe {
        let mut rows = [[_mm256_setzero_ps(); 4]; 2];
        for index in 0..8 {
            rows[index / 4][index % 4] = _mm256_loadu_ps(from.add(index * from_stride));
        }
        let (left, right) = (turn_fours_ps(rows[0]), turn_fours_ps(rows[1]));
        for index in 0..4 {
            let (left, right) = (left[index], right[index]);
            _mm256_storeu_ps(to.add(index * to_stride), _mm256_permute2f128_ps::<0x20>(left, right));
            _mm256_storeu_ps(to.add((index + 4) * to_stride), _mm256_permute2f128_ps::<0x31>(left, right));
        }
    }
}

/// Transposes a square of 4 by 4 values.
#[inline(always)]
pub(crate) unsafe fn turn_pd(from: *const f64, from_stride: usize, to: *mut f64, to_stride: usize) {
    unsafe {
        let [a, b, c, d] = [
            _mm256_loadu_pd(from),
            _mm256_loadu_pd(from.add(from_stride)),
            _mm256_loadu_pd(from.add(2 * from_stride)),
            _mm256_loadu_pd(from.add(3 * from_stride)),
        ];
        let (low, high) =
            ([_mm256_unpacklo_pd(a, b), _mm256_unpacklo_pd(c, d)], [_mm256_unpackhi_pd(a, b), _mm256_unpackhi_pd(c, d)]);
        for (index, [left, right]) in [low, high].into_iter().enumerate() {
            _mm256_storeu_pd(to.add(index * to_stride), _mm256_permute2f128_pd::<0x20>(left, right));
            _mm256_storeu_pd(to.add((index + 2) * to_stride), _mm256_permute2f128_pd::<0x31>(left, right));
        }
    }
}

/// Implements the methods that are a single instruction in AVX2 and in AVX-512.
macro_rules! plain_instructions {
    ($scalar:ty, $set:ident, $load:ident, $store:ident, $fma:ident, $square:literal, $turn:ident) => {
        const SQUARE: usize = $square;

        #[inline(always)]
        unsafe fn turn(from: *const $scalar, from_stride: usize, to: *mut $scalar, to_stride: usize) {
            // SAFETY: guaranteed by the caller, here and below.
            unsafe { $turn(from, from_stride, to, to_stride) }
        }

        #[inline(always)]
        unsafe fn splat(value: $scalar) -> Self {
            unsafe { $set(value) }
        }

        #[inline(always)]
        unsafe fn load(from: *const $scalar) -> Self {
            unsafe { $load(from) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut $scalar) {
            unsafe { $store(to, self) }
        }

        #[inline(always)]
        unsafe fn multiply_add(self, b: Self, c: Self) -> Self {
            unsafe { $fma(self, b, c) }
        }

        #[inline(always)]
        unsafe fn multiply_add_one(a: $scalar, b: $scalar, c: $scalar) -> $scalar {
            a.mul_add(b, c)
        }
    };
}

pub(crate) use plain_instructions;

macro_rules! avx2 {
    ($scalar:ty, $register:ty, $count:literal, $set:ident, $load:ident, $store:ident, $load_first:ident, $store_first:ident,
     $fma:ident, $store_sums:ident, $square:literal, $turn:ident) => {
        impl Lanes<$scalar> for $register {
            const COUNT: usize = $count;

            plain_instructions!($scalar, $set, $load, $store, $fma, $square, $turn);

            #[inline(always)]
            unsafe fn load_first(from: *const $scalar, count: usize) -> Self {
                unsafe { $load_first(from, count) }
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut $scalar, count: usize) {
                unsafe { $store_first(self, to, count) }
            }

            #[inline(always)]
            unsafe fn sum(self) -> $scalar {
                let mut values: [$scalar; $count] = [0.0; $count];
                unsafe { $store(values.as_mut_ptr(), self) };
                let mut half = $count / 2;
                while half > 0 {
                    for lane in 0..half {
                        values[lane] += values[lane + half];
                    }
                    half /= 2;
                }
                values[0]
            }

            #[inline(always)]
            unsafe fn store_sums(registers: [Self; 4], to: *mut $scalar) {
                unsafe { $store_sums(registers, to) }
            }
        }
    };
}

avx2!(
    f32,
    __m256,
    8,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    load_first_ps,
    store_first_ps,
    _mm256_fmadd_ps,
    store_sums_ps,
    8,
    turn_ps
);
avx2!(
    f64,
    __m256d,
    4,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    load_first_pd,
    store_first_pd,
    _mm256_fmadd_pd,
    store_sums_pd,
    4,
    turn_pd
);
