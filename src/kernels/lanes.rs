//! Vector registers, one type for each instruction set and number type.

/// A register of several values, as wide as one instruction set has it.
///
/// # Safety
///
/// Every method needs a CPU with the instructions of its type; [`dispatch`](super::dispatch) sees to that. Pointers
/// must be good for `COUNT` values, or for the first `count` of them.
pub(super) trait Lanes<T>: Copy {
    /// How many values it holds.
    const COUNT: usize;
    unsafe fn splat(value: T) -> Self;
    unsafe fn load(from: *const T) -> Self;
    unsafe fn store(self, to: *mut T);
    /// The first `count` values, the others 0.
    unsafe fn load_first(from: *const T, count: usize) -> Self;
    /// Stores the first `count` values only.
    unsafe fn store_first(self, to: *mut T, count: usize);
    /// `self * b + c`
    unsafe fn multiply_add(self, b: Self, c: Self) -> Self;
    /// The same of single values, with the same bits.
    unsafe fn multiply_add_one(a: T, b: T, c: T) -> T;
    /// The sum of all values.
    unsafe fn sum(self) -> T;
    /// Stores the sums of four registers, one after the other.
    unsafe fn store_sums(registers: [Self; 4], to: *mut T);
    /// The same for four columns, `stride` values apart.
    #[inline(always)]
    unsafe fn store_column_sums(columns: [[Self; 4]; 4], to: *mut T, stride: usize) {
        for (column, registers) in columns.into_iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { Self::store_sums(registers, to.add(column * stride)) }
        }
    }
    /// The side of the squares that [`turn`](Self::turn) turns.
    const SQUARE: usize;
    /// Turns a square around: `to[i + j * to_stride] = from[j + i * from_stride]`.
    unsafe fn turn(from: *const T, from_stride: usize, to: *mut T, to_stride: usize);
}

/// The registers for a number type.
pub trait Registers: Sized {
    #[cfg(target_arch = "x86_64")]
    #[allow(private_bounds)]
    type Avx512: Lanes<Self>;
    #[cfg(target_arch = "x86_64")]
    #[allow(private_bounds)]
    type Avx2: Lanes<Self>;
    /// What every CPU has: an array that the compiler makes registers of.
    #[allow(private_bounds)]
    type Plain: Lanes<Self>;
}

/// Four values without special instructions.
#[derive(Debug, Clone, Copy)]
pub struct Plain<T>([T; 4]);

macro_rules! plain {
    ($scalar:ty) => {
        impl Lanes<$scalar> for Plain<$scalar> {
            const COUNT: usize = 4;

            #[inline(always)]
            unsafe fn splat(value: $scalar) -> Self {
                Self([value; 4])
            }

            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                // SAFETY: the caller's promise.
                Self(unsafe { from.cast::<[$scalar; 4]>().read_unaligned() })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                // SAFETY: the caller's promise.
                unsafe { to.cast::<[$scalar; 4]>().write_unaligned(self.0) }
            }

            #[inline(always)]
            unsafe fn load_first(from: *const $scalar, count: usize) -> Self {
                // SAFETY: only the first `count` are read, as the caller promised they can be.
                Self(std::array::from_fn(|lane| if lane < count { unsafe { *from.add(lane) } } else { 0.0 }))
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut $scalar, count: usize) {
                for (lane, value) in self.0.into_iter().enumerate().take(count) {
                    // SAFETY: only the first `count` are written, as the caller promised they can be.
                    unsafe { *to.add(lane) = value }
                }
            }

            #[inline(always)]
            unsafe fn multiply_add(self, b: Self, c: Self) -> Self {
                Self(std::array::from_fn(|lane| self.0[lane] * b.0[lane] + c.0[lane]))
            }

            #[inline(always)]
            unsafe fn multiply_add_one(a: $scalar, b: $scalar, c: $scalar) -> $scalar {
                a * b + c
            }

            const SQUARE: usize = 1;

            #[inline(always)]
            unsafe fn turn(from: *const $scalar, _: usize, to: *mut $scalar, _: usize) {
                // SAFETY: the caller's promise.
                unsafe { *to = *from }
            }

            #[inline(always)]
            unsafe fn sum(self) -> $scalar {
                let [a, b, c, d] = self.0;
                (a + c) + (b + d)
            }

            #[inline(always)]
            unsafe fn store_sums(registers: [Self; 4], to: *mut $scalar) {
                for (place, register) in registers.into_iter().enumerate() {
                    // SAFETY: the caller's promise.
                    unsafe { *to.add(place) = register.sum() }
                }
            }
        }
    };
}

plain!(f32);
plain!(f64);

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Lanes;
    use std::arch::x86_64::*;

    /// Four registers, each with the sum over its lanes still spread over the four 128-bit parts: in every part, the part sums of
    /// the four side by side.
    #[inline(always)]
    unsafe fn part_sums_ps([a, b, c, d]: [__m512; 4]) -> __m512 {
        // SAFETY: the caller's promise, here and below.
        unsafe {
            let ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
            let cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
            let [ab, cd] = [_mm512_castps_pd(ab), _mm512_castps_pd(cd)];
            let (low, high) = (_mm512_unpacklo_pd(ab, cd), _mm512_unpackhi_pd(ab, cd));
            _mm512_add_ps(_mm512_castpd_ps(low), _mm512_castpd_ps(high))
        }
    }

    /// The parts of two registers summed in pairs: 0 and 2, 1 and 3 of the first, then of the second.
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

    /// Four registers: the sums over pairs of 128-bit parts, 0 and 2, 1 and 3, of the first two side by side, then of the others.
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

    /// The sums of four registers at once, in half the instructions of one after the other.
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
            for (place, sums) in [_mm256_hadd_pd(a, b), _mm256_hadd_pd(c, d)].into_iter().enumerate() {
                let sums = _mm_add_pd(_mm256_castpd256_pd128(sums), _mm256_extractf128_pd::<1>(sums));
                _mm_storeu_pd(to.add(2 * place), sums);
            }
        }
    }

    /// Up to eight values, the others 0, taken in halves: a load or a store with a mask takes some CPUs as long as dozens of others.
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

    /// The same for up to four.
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

    /// Stores the first of eight values.
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

    /// Stores the first of four values.
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

    /// Turns four rows around within each half of their registers.
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

    /// A square of 8 by 8. (Closures would be compiled without the registers, here and below.)
    #[inline(always)]
    unsafe fn turn_ps(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        unsafe {
            let mut rows = [[_mm256_setzero_ps(); 4]; 2];
            for place in 0..8 {
                rows[place / 4][place % 4] = _mm256_loadu_ps(from.add(place * from_stride));
            }
            let (left, right) = (turn_fours_ps(rows[0]), turn_fours_ps(rows[1]));
            for place in 0..4 {
                let (left, right) = (left[place], right[place]);
                _mm256_storeu_ps(to.add(place * to_stride), _mm256_permute2f128_ps::<0x20>(left, right));
                _mm256_storeu_ps(to.add((place + 4) * to_stride), _mm256_permute2f128_ps::<0x31>(left, right));
            }
        }
    }

    /// A square of 4 by 4.
    #[inline(always)]
    unsafe fn turn_pd(from: *const f64, from_stride: usize, to: *mut f64, to_stride: usize) {
        unsafe {
            let [a, b, c, d] = [
                _mm256_loadu_pd(from),
                _mm256_loadu_pd(from.add(from_stride)),
                _mm256_loadu_pd(from.add(2 * from_stride)),
                _mm256_loadu_pd(from.add(3 * from_stride)),
            ];
            let (low, high) =
                ([_mm256_unpacklo_pd(a, b), _mm256_unpacklo_pd(c, d)], [_mm256_unpackhi_pd(a, b), _mm256_unpackhi_pd(c, d)]);
            for (place, [left, right]) in [low, high].into_iter().enumerate() {
                _mm256_storeu_pd(to.add(place * to_stride), _mm256_permute2f128_pd::<0x20>(left, right));
                _mm256_storeu_pd(to.add((place + 2) * to_stride), _mm256_permute2f128_pd::<0x31>(left, right));
            }
        }
    }

    /// What is one instruction of the same form in both sets.
    macro_rules! plain_instructions {
        ($scalar:ty, $set:ident, $load:ident, $store:ident, $fma:ident, $square:literal, $turn:ident) => {
            const SQUARE: usize = $square;

            #[inline(always)]
            unsafe fn turn(from: *const $scalar, from_stride: usize, to: *mut $scalar, to_stride: usize) {
                // SAFETY: the caller's promise, here and below.
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

    impl super::Registers for f32 {
        type Avx512 = __m512;
        type Avx2 = __m256;
        type Plain = super::Plain<f32>;
    }

    impl super::Registers for f64 {
        type Avx512 = __m512d;
        type Avx2 = __m256d;
        type Plain = super::Plain<f64>;
    }
}

#[cfg(not(target_arch = "x86_64"))]
impl Registers for f32 {
    type Plain = Plain<f32>;
}

#[cfg(not(target_arch = "x86_64"))]
impl Registers for f64 {
    type Plain = Plain<f64>;
}
