//! The vector registers of AVX-512.

use super::avx2::{plain_instructions, turn_pd, turn_ps};
use super::lanes::Lanes;
use std::arch::x86_64::*;

/// Returns partial sums of four registers: each 128-bit part of the result has one partial sum of each register.
#[inline(always)]
unsafe fn part_sums_ps([a, b, c, d]: [__m512; 4]) -> __m512 {
    // SAFETY: guaranteed by the caller, here and below.
    unsafe {
        let ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
        let cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
        let [ab, cd] = [_mm512_castps_pd(ab), _mm512_castps_pd(cd)];
        let (low, high) = (_mm512_unpacklo_pd(ab, cd), _mm512_unpackhi_pd(ab, cd));
        _mm512_add_ps(_mm512_castpd_ps(low), _mm512_castpd_ps(high))
    }
}

/// Sums the 128-bit parts of two registers in pairs: parts 0 and 2, and 1 and 3, of the first, then of the second.
#[inline(always)]
unsafe fn pair_parts_ps(a: __m512, b: __m512) -> __m512 {
    unsafe { _mm512_add_ps(_mm512_shuffle_f32x4::<0x44>(a, b), _mm512_shuffle_f32x4::<0xEE>(a, b)) }
}

#[inline(always)]
unsafe fn store_sums_512_ps(registers: [__m512; 4], to: *mut f32) {
    unsafe {
        let parts = part_sums_ps(registers);
        let pairs = _mm256_add_ps(_mm512_castps512_ps256(parts), _mm512_extractf32x8_ps::<1>(parts));
        _mm_storeu_ps(to, _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps::<1>(pairs)));
    }
}

#[inline(always)]
unsafe fn store_column_sums_ps(columns: [[__m512; 4]; 4], to: *mut f32, stride: usize) {
    unsafe {
        let [a, b, c, d] = columns;
        let [a, b, c, d] = [part_sums_ps(a), part_sums_ps(b), part_sums_ps(c), part_sums_ps(d)];
        let (ab, cd) = (pair_parts_ps(a, b), pair_parts_ps(c, d));
        let sums = _mm512_add_ps(_mm512_shuffle_f32x4::<0x88>(ab, cd), _mm512_shuffle_f32x4::<0xDD>(ab, cd));
        _mm_storeu_ps(to, _mm512_castps512_ps128(sums));
        _mm_storeu_ps(to.add(stride), _mm512_extractf32x4_ps::<1>(sums));
        _mm_storeu_ps(to.add(2 * stride), _mm512_extractf32x4_ps::<2>(sums));
        _mm_storeu_ps(to.add(3 * stride), _mm512_extractf32x4_ps::<3>(sums));
    }
}

/// Sums the 128-bit parts of four registers in pairs: parts 0 and 2, and 1 and 3, of the first two, then of the others.
#[inline(always)]
unsafe fn pair_sums_pd([a, b, c, d]: [__m512d; 4]) -> __m512d {
    unsafe {
        let ab = _mm512_add_pd(_mm512_unpacklo_pd(a, b), _mm512_unpackhi_pd(a, b));
        let cd = _mm512_add_pd(_mm512_unpacklo_pd(c, d), _mm512_unpackhi_pd(c, d));
        _mm512_add_pd(_mm512_shuffle_f64x2::<0x44>(ab, cd), _mm512_shuffle_f64x2::<0xEE>(ab, cd))
    }
}

#[inline(always)]
unsafe fn store_sums_512_pd(registers: [__m512d; 4], to: *mut f64) {
    unsafe {
        let pairs = pair_sums_pd(registers);
        let sums = _mm512_add_pd(_mm512_shuffle_f64x2::<0x88>(pairs, pairs), _mm512_shuffle_f64x2::<0xDD>(pairs, pairs));
        _mm256_storeu_pd(to, _mm512_castpd512_pd256(sums));
    }
}

#[inline(always)]
unsafe fn store_column_sums_pd(columns: [[__m512d; 4]; 4], to: *mut f64, stride: usize) {
    unsafe {
        let [a, b, c, d] = columns;
        let [a, b, c, d] = [pair_sums_pd(a), pair_sums_pd(b), pair_sums_pd(c), pair_sums_pd(d)];
        for (place, (a, b)) in [(0, (a, b)), (2, (c, d))] {
            let sums = _mm512_add_pd(_mm512_shuffle_f64x2::<0x88>(a, b), _mm512_shuffle_f64x2::<0xDD>(a, b));
            _mm256_storeu_pd(to.add(place * stride), _mm512_castpd512_pd256(sums));
            _mm256_storeu_pd(to.add((place + 1) * stride), _mm512_extractf64x4_pd::<1>(sums));
        }
    }
}

macro_rules! avx512 {
    ($scalar:ty, $register:ty, $count:literal, $mask:ty, $set:ident, $load:ident, $store:ident, $load_mask:ident,
     $store_mask:ident, $fma:ident, $sum:ident, $store_sums:ident, $store_column_sums:ident, $square:literal, $turn:ident) => {
        impl Lanes<$scalar> for $register {
            const COUNT: usize = $count;

            plain_instructions!($scalar, $set, $load, $store, $fma, $square, $turn);

            #[inline(always)]
            unsafe fn load_first(from: *const $scalar, count: usize) -> Self {
                unsafe { $load_mask(((1u32 << count) - 1) as $mask, from) }
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut $scalar, count: usize) {
                unsafe { $store_mask(to, ((1u32 << count) - 1) as $mask, self) }
            }

            #[inline(always)]
            unsafe fn sum(self) -> $scalar {
                unsafe { $sum(self) }
            }

            #[inline(always)]
            unsafe fn store_sums(registers: [Self; 4], to: *mut $scalar) {
                unsafe { $store_sums(registers, to) }
            }

            #[inline(always)]
            unsafe fn store_column_sums(columns: [[Self; 4]; 4], to: *mut $scalar, stride: usize) {
                unsafe { $store_column_sums(columns, to, stride) }
            }
        }
    };
}

avx512!(
    f32,
    __m512,
    16,
    __mmask16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_maskz_loadu_ps,
    _mm512_mask_storeu_ps,
    _mm512_fmadd_ps,
    _mm512_reduce_add_ps,
    store_sums_512_ps,
    store_column_sums_ps,
    8,
    turn_ps
);
avx512!(
    f64,
    __m512d,
    8,
    __mmask8,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_maskz_loadu_pd,
    _mm512_mask_storeu_pd,
    _mm512_fmadd_pd,
    _mm512_reduce_add_pd,
    store_sums_512_pd,
    store_column_sums_pd,
    4,
    turn_pd
);
