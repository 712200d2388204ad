//! The field macros: a row defines the Python attribute and the accessors of a field.
//!
//! The row
//!
//! ```text
//! /// The sender's term; 0 in local messages.
//! term: u64,
//! ```
//!
//! in the table of `Message` expands to
//!
//! ```text
//! #[pymethods]
//! impl PyMessageRef {
//!     /// The sender's term; 0 in local messages.
//!     fn get_term(slf: &Bound<'_, Self>) -> PyResult<u64> { .. }
//!
//!     /// Sets `term`. (The doc comment of the row follows.)
//!     fn set_term(&self, v: FieldValue<u64>) -> PyResult<()> { .. }
//!
//!     #[getter(term)]
//!     fn attribute_term(slf: &Bound<'_, Self>) -> PyResult<u64> { .. }
//!
//!     #[setter(term)]
//!     fn set_attribute_term(&self, v: FieldValue<u64>) -> PyResult<()> { .. }
//!
//!     /// Sets `term` to its default. (In a protobuf message.)
//!     fn clear_term(&self) -> PyResult<()> { .. }
//! }
//! ```
//!
//! and, in the class macros of [`classes`](crate::binding::classes), to an argument of the constructor, a field of the
//! `repr`, and a key of `to_dict`.
//!
//! The type of a row is the Rust type of the field, a Python enum class, or one of the
//! [`kinds`](crate::binding::kinds), which define how the field is stored, converted and formatted. In addition:
//!
//! - `from as _: u64`: the attribute is `from_`, since `from` is a keyword of Python.
//! - `=> method`: there is no attribute, because raft-rs has a method of that name.
//! - `=> set(list)`: the argument of the setter is `list` instead of `v`. `=> optional(v)`: its default is `None`.

use pyo3::prelude::*;

use crate::binding::handle::Wrapper;
use crate::binding::kinds::Kind;
use crate::binding::view::FieldPath;

/// Defines the accessors of the public fields of a class: the attribute, `get_` and `set_`. For protobuf messages
/// (`fields!(message ..)`), it also defines `clear_`, and `has_`, `mut_` and `take_` where rust-protobuf has them.
///
/// The attribute and the `mut_` of a repeated field return a live list (see [`live_list`](crate::binding::live_list)),
/// its `get_` returns a list of views.
macro_rules! fields {
    ($flavor:ident $Ref:ident {
        $(
            $(#[$doc:meta])*
            $name:ident $(as $suffix:tt)?: $kind:ident $(<$arg:ident>)? $(=> $flag:ident $(($argument:ident))?)?,
        )*
    }) => {$(
        $crate::binding::fields::field! { @get $Ref [$(#[$doc])*] $name, $kind $(<$arg>)? }
        $crate::binding::fields::field! { @set $Ref [$(#[$doc])*] $name [$($flag $(($argument))?)?] $kind $(<$arg>)? }
        $crate::binding::fields::field! {
            @attribute $Ref [$(#[$doc])*] $name [$($suffix)?] [$($flag)?] $kind $(<$arg>)?
        }
        $crate::binding::fields::field! { @$flavor $Ref $name $kind $(<$arg>)? }
    )*};
}

/// Expands to one of the items that a row of [`fields!`] defines.
macro_rules! field {
    (@get $Ref:ident [$($doc:tt)*] $name:ident, $Kind:ty) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            $($doc)*
            fn [<get_ $name>](slf: &Bound<'_, Self>) -> PyResult<<$Kind as $crate::binding::kinds::Kind>::Output> {
                $crate::binding::fields::get::<$Kind, _>(slf, |value| &value.$name, |value| &mut value.$name)
            }
        }
    }};

    (@set $Ref:ident $doc:tt $name:ident [set($argument:ident)] $($Kind:tt)*) => {
        $crate::binding::fields::field! { @setter $Ref $doc $name $argument ($argument) [FieldValue], $($Kind)* }
    };
    (@set $Ref:ident $doc:tt $name:ident [optional($argument:ident)] $($Kind:tt)*) => {
        $crate::binding::fields::field! {
            @setter $Ref $doc $name $argument ($argument = None) [OptionalFieldValue], $($Kind)*
        }
    };
    (@set $Ref:ident $doc:tt $name:ident [$($method:ident)?] $($Kind:tt)*) => {
        $crate::binding::fields::field! { @setter $Ref $doc $name v (v) [FieldValue], $($Kind)* }
    };
    (
        @setter $Ref:ident [$($doc:tt)*] $name:ident $argument:ident $signature:tt [$Value:ident], $Kind:ty
    ) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            #[doc = concat!("Sets `", stringify!($name), "`.")]
            ///
            $($doc)*
            #[pyo3(signature = $signature)]
            fn [<set_ $name>](&self, $argument: $crate::binding::arguments::$Value<$Kind>) -> PyResult<()> {
                let argument = $crate::binding::arguments::FieldValue::from($argument);
                let stored = argument.named(stringify!($name))?;
                $crate::binding::handle::Wrapper::write(self, |value| value.$name = stored)
            }
        }
    }};

    (@attribute $Ref:ident $doc:tt $name:ident $suffix:tt [method] $($Kind:tt)*) => {};
    (@attribute $Ref:ident $doc:tt $name:ident $suffix:tt $flag:tt Repeated<$W:ident>) => {
        $crate::binding::fields::field! { @live $Ref $doc $name $suffix Repeated<$W> }
    };
    (@attribute $Ref:ident $doc:tt $name:ident $suffix:tt $flag:tt List<$W:ident>) => {
        $crate::binding::fields::field! { @live $Ref $doc $name $suffix List<$W> }
    };
    (@attribute $Ref:ident $doc:tt $name:ident $suffix:tt $flag:tt Ids) => {
        $crate::binding::fields::field! { @live $Ref $doc $name $suffix Ids }
    };
    (@attribute $Ref:ident [$($doc:tt)*] $name:ident [$($suffix:tt)?] $flag:tt $($Kind:tt)*) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            $($doc)*
            #[getter([<$name $($suffix)?>])]
            fn [<attribute_ $name>](
                slf: &Bound<'_, Self>,
            ) -> PyResult<<$($Kind)* as $crate::binding::kinds::Kind>::Output> {
                Self::[<get_ $name>](slf)
            }
        }
        $crate::binding::fields::field! { @set_attribute $Ref $name [$($suffix)?] $($Kind)* }
    }};
    (@live $Ref:ident [$($doc:tt)*] $name:ident [$($suffix:tt)?] $($Kind:tt)*) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            $($doc)*
            #[getter([<$name $($suffix)?>])]
            fn [<attribute_ $name>](slf: &Bound<'_, Self>) -> $crate::binding::live_list::LiveListOf<$($Kind)*> {
                $crate::binding::fields::live!($($Kind)*, slf, |value: &$Ref| value.$name)
            }
        }
        $crate::binding::fields::field! { @set_attribute $Ref $name [$($suffix)?] $($Kind)* }
    }};
    (@set_attribute $Ref:ident $name:ident [$($suffix:tt)?] $($Kind:tt)*) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            #[setter([<$name $($suffix)?>])]
            fn [<set_attribute_ $name>](&self, v: $crate::binding::arguments::FieldValue<$($Kind)*>) -> PyResult<()> {
                self.[<set_ $name>](v.into())
            }
        }
    }};

    (@plain $($row:tt)*) => {};
    (@message $Ref:ident $name:ident $($Kind:tt)*) => {
        pastey::paste! {
            #[pymethods]
            impl $Ref {
                #[doc = concat!("Sets `", stringify!($name), "` to its default.")]
                fn [<clear_ $name>](&self) -> PyResult<()> {
                    $crate::binding::handle::Wrapper::write(self, |value| value.$name = Default::default())
                }
            }
        }
        $crate::binding::fields::field! { @present $Ref $name $($Kind)* }
        $crate::binding::fields::field! { @take $Ref $name $($Kind)* }
    };

    (@present $Ref:ident $name:ident Defaulted<$W:ident>) => {
        $crate::binding::fields::field! { @present $Ref $name Optional<$W> }
    };
    (@present $Ref:ident $name:ident Optional<$W:ident>) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            #[doc = concat!("Returns whether `", stringify!($name), "` is present.")]
            fn [<has_ $name>](&self) -> PyResult<bool> {
                $crate::binding::handle::Wrapper::read(self, |value| value.$name.is_some())
            }

            #[doc = concat!("Returns a live view of `", stringify!($name), "`, which a write creates if it is absent.")]
            fn [<mut_ $name>](slf: &Bound<'_, Self>) -> PyResult<$W> {
                Self::[<get_ $name>](slf)
            }
        }
    }};
    (@present $Ref:ident $name:ident Repeated<$W:ident>) => {
        $crate::binding::fields::field! { @mutable $Ref $name, Repeated<$W> }
    };
    (@present $Ref:ident $name:ident Ids) => { $crate::binding::fields::field! { @mutable $Ref $name, Ids } };
    (@present $($row:tt)*) => {};
    (@mutable $Ref:ident $name:ident, $Kind:ty) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            #[doc = concat!("Returns the live list `", stringify!($name), "`, as the attribute does.")]
            fn [<mut_ $name>](slf: &Bound<'_, Self>) -> $crate::binding::live_list::LiveListOf<$Kind> {
                Self::[<attribute_ $name>](slf)
            }
        }
    }};

    (@take $Ref:ident $name:ident Optional<$W:ident>) => {
        $crate::binding::fields::field! { @taken $Ref $name, Optional<$W> }
    };
    (@take $Ref:ident $name:ident Defaulted<$W:ident>) => {
        $crate::binding::fields::field! { @taken $Ref $name, Defaulted<$W> }
    };
    (@take $Ref:ident $name:ident Repeated<$W:ident>) => {
        $crate::binding::fields::field! { @taken $Ref $name, Repeated<$W> }
    };
    (@take $Ref:ident $name:ident Payload<$Hook:ident>) => {
        $crate::binding::fields::field! { @taken $Ref $name, Payload<$Hook> }
    };
    (@take $Ref:ident $name:ident Ids) => { $crate::binding::fields::field! { @taken $Ref $name, Ids } };
    (@take $($row:tt)*) => {};
    (@taken $Ref:ident $name:ident, $Kind:ty) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            #[doc = concat!("Takes the value of `", stringify!($name), "`, leaving its default.")]
            fn [<take_ $name>](&self) -> PyResult<<$Kind as $crate::binding::kinds::Take>::Taken> {
                use $crate::binding::kinds::Take;
                $crate::binding::handle::Wrapper::write(self, |value| <$Kind as Take>::take(&mut value.$name))
            }
        }
    }};
}

/// Returns the field of kind `K` that `get` and `get_mut` access.
pub fn get<K: Kind, P: Wrapper>(
    parent: &Bound<'_, P>,
    get: fn(&P::Value) -> &K::Stored,
    get_mut: fn(&mut P::Value) -> &mut K::Stored,
) -> PyResult<K::Output> {
    K::get(parent, FieldPath { get, get_mut })
}

/// Returns the live list of a field of kind `$Kind` in the value of `$parent`, a `$Ref`.
macro_rules! live {
    ($Kind:ty, $parent:expr, |$value:ident: &$Ref:ty| $field:expr) => {{
        struct Shown;

        impl $crate::binding::view::Field for Shown {
            type Parent = $Ref;
            type Stored = <$Kind as $crate::binding::kinds::Kind>::Stored;

            fn get($value: &<$Ref as $crate::binding::handle::Wrapper>::Value) -> &Self::Stored {
                &$field
            }

            fn get_mut($value: &mut <$Ref as $crate::binding::handle::Wrapper>::Value) -> &mut Self::Stored {
                &mut $field
            }
        }

        $crate::binding::live_list::LiveListOf::<$Kind>::new::<Shown>($parent)
    }};
}

pub(crate) use {field, fields, live};
