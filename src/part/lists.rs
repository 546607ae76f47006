//! The macros for the lists of the crate's own parts; a list has one line for each file of parts.

/// Lists the files of a folder and the parts in them. Each line declares the module, exports the parts, registers their
/// names and adds them to the prelude.
///
/// ```text
/// parts! { Activation<T>;
///     silu: Silu => ["swish"];                          // a second name
///     threshold: Threshold = Threshold::new(0.0, 0.0);  // its defaults, if it does not implement `Default`
///     clipped: HardSigmoid, HardTanh, Relu6;            // several parts in one file
///     auc with Curve: Auc;                              // the type of an argument, which is exported as well
///     mean: #[outside_prelude] Mean;                    // the prelude has another part of this name, or the name is too common
///     any: #[internal] Any;                             // found by name, but not public
/// }
/// ```
macro_rules! parts {
    ($kind:ident$(<$t:ident>)?; $(
        $module:ident $(with $($also:ident),+)?:
            $($(#[$mark:ident])? $part:ident $(= $prototype:expr)? $(=> [$($alias:literal),+])?),+;
    )+) => {
        $(
            mod $module;
            $($(pub use $module::$also;)+)?
            $($crate::part::parts!(@export [$($mark)?] $module $part);)+
        )+

        /// The items of this list that are in the prelude.
        pub(crate) mod for_prelude {
            $(
                $($(pub use super::$also;)+)?
                $($crate::part::parts!(@prelude [$($mark)?] $part);)+
            )+
        }

        /// Adds these parts to the names of their kind.
        pub(crate) fn register$(<$t: $crate::kernels::Scalar>)?(names: &mut $crate::part::Names<dyn $kind$(<$t>)?>) {
            $($(
                let prototype = $crate::part::parts!(@prototype $part $($prototype)?);
                names.register(prototype, &[$($($alias),+)?]);
            )+)+
        }
    };
    (@export [internal] $module:ident $part:ident) => {
        pub(crate) use $module::$part;
    };
    (@export [$($mark:ident)?] $module:ident $part:ident) => {
        pub use $module::$part;
    };
    (@prelude [] $part:ident) => {
        pub use super::$part;
    };
    (@prelude [internal] $part:ident) => {};
    (@prelude [outside_prelude] $part:ident) => {};
    (@prototype $part:ident) => {
        $part::default()
    };
    (@prototype $part:ident $prototype:expr) => {
        $prototype
    };
}
pub(crate) use parts;

/// Lists the folders of a kind, each of which has its own list of parts; declares the modules and joins the lists.
macro_rules! folders {
    ($kind:ident<T>; $($folder:ident),+ $(,)?) => {
        $(
            mod $folder;
            pub use self::$folder::*;
        )+

        /// The items of this list that are in the prelude.
        pub(crate) mod for_prelude {
            $(pub use super::$folder::for_prelude::*;)+
        }

        /// Adds these parts to the names of their kind.
        pub(crate) fn register<T: $crate::kernels::Scalar>(names: &mut $crate::part::Names<dyn $kind<T>>) {
            $($folder::register(names);)+
        }
    };
}
pub(crate) use folders;

/// Implements [`Kind`](crate::part::Kind) for a trait, so that its parts can be given by value or by name.
///
/// The literal is the name of the kind in messages.
macro_rules! kind {
    ($kind:ident<T>, $word:literal) => {
        impl<T: $crate::kernels::Scalar> $crate::part::Kind for dyn $kind<T> {
            const KIND: &'static str = $word;

            fn built_in() -> $crate::part::Names<Self> {
                $crate::part::compiled!(fn() -> $crate::part::Names<dyn $kind<T>> { $crate::part::Names::of(register) })()
            }

            fn find(
                registry: &dyn $crate::part::Lookup,
                spec: &$crate::part::Spec,
            ) -> $crate::base::Result<::std::sync::Arc<Self>> {
                $crate::part::compiled!(
                    fn(registry: &dyn $crate::part::Lookup, spec: &$crate::part::Spec) ->
                        $crate::base::Result<::std::sync::Arc<dyn $kind<T>>> { $crate::part::find(registry, spec) }
                )(registry, spec)
            }

            fn named(name: &str) -> $crate::part::Choice<Self> {
                $crate::part::compiled!(fn(name: &str) -> $crate::part::Choice<dyn $kind<T>> { $crate::part::named(name) })(name)
            }
        }

        impl<T: $crate::kernels::Scalar, P: $kind<T>> $crate::part::IntoPart<dyn $kind<T>, $crate::part::ByValue> for P {
            fn into_part(self) -> $crate::part::Choice<dyn $kind<T>> {
                self.into_shared().into()
            }
        }
    };
    ($kind:ident, $word:literal) => {
        impl $crate::part::Kind for dyn $kind {
            const KIND: &'static str = $word;

            fn built_in() -> $crate::part::Names<Self> {
                $crate::part::Names::of(register)
            }

            fn find(
                registry: &dyn $crate::part::Lookup,
                spec: &$crate::part::Spec,
            ) -> $crate::base::Result<::std::sync::Arc<Self>> {
                $crate::part::find(registry, spec)
            }

            fn named(name: &str) -> $crate::part::Choice<Self> {
                $crate::part::named(name)
            }
        }

        impl<P: $kind> $crate::part::IntoPart<dyn $kind, $crate::part::ByValue> for P {
            fn into_part(self) -> $crate::part::Choice<dyn $kind> {
                self.into_shared().into()
            }
        }
    };
}
pub(crate) use kind;
