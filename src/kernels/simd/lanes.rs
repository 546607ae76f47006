//! Vector registers, one type for each instruction set and number type.

/// A vector register of an instruction set.
///
/// # Safety
///
/// Every method needs a CPU with the instructions of its type, which [`dispatch_vector`](super::dispatch::dispatch_vector)
/// ensures. Pointers must be valid for `COUNT` values, or for the first `count` of them.
pub(crate) trait Lanes<T>: Copy {
    /// The number of values in a register.
    const COUNT: usize;
    unsafe fn splat(value: T) -> Self;
    unsafe fn load(from: *const T) -> Self;
    unsafe fn store(self, to: *mut T);
    /// Loads the first `count` values; the others are 0.
    unsafe fn load_first(from: *const T, count: usize) -> Self;
    /// Stores only the first `count` values.
    unsafe fn store_first(self, to: *mut T, count: usize);
    /// Returns `self * b + c`.
    unsafe fn multiply_add(self, b: Self, c: Self) -> Self;
    /// Returns `a * b + c` for single values, with the bits of [`multiply_add`](Self::multiply_add).
    unsafe fn multiply_add_one(a: T, b: T, c: T) -> T;
    /// Returns the sum of all values.
    unsafe fn sum(self) -> T;
    /// Stores the sums of four registers.
    unsafe fn store_sums(registers: [Self; 4], to: *mut T);
    /// Stores the sums of the registers of four columns with four registers each; the columns are `stride` values apart.
    #[inline(always)]
    unsafe fn store_column_sums(columns: [[Self; 4]; 4], to: *mut T, stride: usize) {
        for (column, registers) in columns.into_iter().enumerate() {
            // SAFETY: guaranteed by the caller.
            unsafe { Self::store_sums(registers, to.add(column * stride)) }
        }
    }
    /// The side of the squares that [`turn`](Self::turn) transposes.
    const SQUARE: usize;
    /// Transposes a square: `to[i + j * to_stride] = from[j + i * from_stride]`.
    unsafe fn turn(from: *const T, from_stride: usize, to: *mut T, to_stride: usize);
}

/// The types of vector registers for a number type.
pub trait Registers: Sized {
    #[cfg(target_arch = "x86_64")]
    #[allow(private_bounds)]
    type Avx512: Lanes<Self>;
    #[cfg(target_arch = "x86_64")]
    #[allow(private_bounds)]
    type Avx2: Lanes<Self>;
    /// The type for any CPU: an array, which the compiler keeps in registers.
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
                // SAFETY: guaranteed by the caller.
                Self(unsafe { from.cast::<[$scalar; 4]>().read_unaligned() })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                // SAFETY: guaranteed by the caller.
                unsafe { to.cast::<[$scalar; 4]>().write_unaligned(self.0) }
            }

            #[inline(always)]
            unsafe fn load_first(from: *const $scalar, count: usize) -> Self {
                // SAFETY: only the first `count` values are read, which the caller guarantees to be valid.
                Self(std::array::from_fn(|lane| if lane < count { unsafe { *from.add(lane) } } else { 0.0 }))
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut $scalar, count: usize) {
                for (lane, value) in self.0.into_iter().enumerate().take(count) {
                    // SAFETY: only the first `count` values are written, which the caller guarantees to be valid.
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
                // SAFETY: guaranteed by the caller.
                unsafe { *to = *from }
            }

            #[inline(always)]
            unsafe fn sum(self) -> $scalar {
                let [a, b, c, d] = self.0;
                (a + c) + (b + d)
            }

            #[inline(always)]
            unsafe fn store_sums(registers: [Self; 4], to: *mut $scalar) {
                for (index, register) in registers.into_iter().enumerate() {
                    // SAFETY: guaranteed by the caller.
                    unsafe { *to.add(index) = register.sum() }
                }
            }
        }
    };
}

plain!(f32);
plain!(f64);

#[cfg(target_arch = "x86_64")]
impl Registers for f32 {
    type Avx512 = std::arch::x86_64::__m512;
    type Avx2 = std::arch::x86_64::__m256;
    type Plain = Plain<f32>;
}

#[cfg(target_arch = "x86_64")]
impl Registers for f64 {
    type Avx512 = std::arch::x86_64::__m512d;
    type Avx2 = std::arch::x86_64::__m256d;
    type Plain = Plain<f64>;
}

#[cfg(not(target_arch = "x86_64"))]
impl Registers for f32 {
    type Plain = Plain<f32>;
}

#[cfg(not(target_arch = "x86_64"))]
impl Registers for f64 {
    type Plain = Plain<f64>;
}
