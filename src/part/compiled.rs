//! The macro [`compiled!`], which compiles generic code in this crate, once for `f32` and once for `f64`.
//!
//! rustc compiles generic code in the crate that chooses the type, which is the user's program. If generic code converts a
//! `Dense<T>` to an `Arc<dyn Layer<T>>`, rustc compiles every method of `Dense<T>` and all functions that they call. Each
//! program would compile them again. Code without type parameters is compiled in the crate that contains it. So
//! [`compiled!`] writes a function twice, without type parameters: `T` is an alias of `f32` in the first and of `f64` in the
//! second. [`Scalar::pick`](crate::kernels::Scalar::pick) then returns one of the two for the `T` of the program.
//!
//! Each part of this crate has a line like `compiled!(Activation<T> for Relu);` in the `impl` of its kind, which converts the
//! part to a `dyn` part in this way. A part of the user's own has no such line and is compiled in the program.

/// Compiles a function in this crate; it has two forms.
///
/// `compiled!(Layer<T> for Dense<T>);` in an `impl` of a kind is the method `into_shared`, which converts the part to a
/// shared trait object. `compiled!(fn(part: Dense<T>) -> Arc<dyn Layer<T>> { .. })` is an expression: the function for the
/// `T` of the surrounding code.
macro_rules! compiled {
    (fn($($argument:ident: $type:ty),*) $body:block) => {
        $crate::part::compiled!(fn($($argument: $type),*) -> () $body)
    };
    (fn($($argument:ident: $type:ty),*) -> $result:ty $body:block) => {{
        struct Function;
        impl $crate::kernels::Family for Function {
            type Of<T: $crate::kernels::Scalar> = fn($($type),*) -> $result;
        }
        let single = {
            #[allow(dead_code)]
            type T = f32;
            #[inline(never)]
            fn compiled($($argument: $type),*) -> $result $body
            compiled
        };
        let double = {
            #[allow(dead_code)]
            type T = f64;
            #[inline(never)]
            fn compiled($($argument: $type),*) -> $result $body
            compiled
        };
        <T as $crate::kernels::Scalar>::pick::<Function>(single, double)
    }};
    ($kind:ident<T> for $part:ty) => {
        fn into_shared(self) -> ::std::sync::Arc<dyn $kind<T>> {
            $crate::part::compiled!(fn(part: $part) -> ::std::sync::Arc<dyn $kind<T>> { ::std::sync::Arc::new(part) })(self)
        }
    };
    ($kind:ident for $part:ty) => {
        fn into_shared(self) -> ::std::sync::Arc<dyn $kind> {
            #[inline(never)]
            fn made(part: $part) -> ::std::sync::Arc<dyn $kind> {
                ::std::sync::Arc::new(part)
            }
            made(self)
        }
    };
}
pub(crate) use compiled;
