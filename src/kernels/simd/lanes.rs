//! Vector registers, one type for each instruction set and number type.

/// A register of several values, as wide as one instruction set has it.
///
/// # Safety
///
/// Every method needs a CPU with the instructions of its type; [`dispatch_vector`](super::dispatch::dispatch_vector) sees to that. Pointers
/// must be good for `COUNT` values, or for the first `count` of them.
pub(crate) trait Lanes<T>: Copy {
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
    /// `a * b + c` of single values, with the bits of [`multiply_add`](Self::multiply_add).
    unsafe fn multiply_add_one(a: T, b: T, c: T) -> T;
    /// The sum of all values.
    unsafe fn sum(self) -> T;
    /// Stores the four sums of four registers.
    unsafe fn store_sums(registers: [Self; 4], to: *mut T);
    /// Stores the sums of four columns of four registers each, `stride` values apart.
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
                for (index, register) in registers.into_iter().enumerate() {
                    // SAFETY: the caller's promise.
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
