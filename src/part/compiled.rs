//! How the code of this crate is compiled here, once for `f32` and once for `f64`, and not again in each program.
//!
//! rustc compiles generic code in the crate that says for which type, which would be the program. And wherever generic code
//! makes a `dyn` of a part, say `Arc<dyn Layer<T>>` of a `Dense<T>`, it compiles every method of the part, with all that
//! they call. Code without type parameters is compiled in the crate that it is written in. So [`compiled!`] writes a
//! function twice, without type parameters: `T` is another name for `f32` in the first and for `f64` in the second, and
//! [`Scalar::pick`](crate::kernels::Scalar::pick) takes one of the two for the `T` of a program.
//!
//! Each part of this crate has the line `compiled!(Activation<T> for Relu);` in its `impl` of a kind, which makes its `dyn`
//! in this way. A part of a program's own has no such line; it is compiled in the program.

/// In the `impl` of a kind for a part: makes the shared `dyn` of it in this crate. As an expression, `compiled!(fn(part:
/// Dense<T>) -> Arc<dyn Layer<T>> { .. })`: a function that is compiled in this crate, for the `T` around it.
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
