//! The field table: one row makes a field's Python attribute, accessors, constructor argument and text.
//!
//! ```text
//! message_class! {
//!     /// What the class is.
//!     ///
//!     /// Mirrors `raft::eraftpb::Message`.
//!     Message / MessageRef: raft::eraftpb::Message, new "(*, term=0, from_=0, snapshot=None)" {
//!         *,
//!         /// What the field is.
//!         term: u64,
//!         /// The sender. (`as _`: the attribute is `from_`, since `from` is a keyword of Python.)
//!         from as _: u64,
//!         /// The snapshot. Live views are given out.
//!         snapshot: Optional<SnapshotRef>,
//!     }
//! }
//! ```
//!
//! [`message_class!`] is for protobuf messages, [`value_class!`] for plain structs, [`struct_class!`] for structs with
//! constructors of their own, [`fields!`] for the public fields of any other class. A leading `*,` makes the constructor's
//! arguments keyword-only, as in Python.
//!
//! What `new` is followed by, is what Python shows as the constructor's signature: the defaults are those of the raft-rs
//! type, which a macro can't know. (`tests/test_values.py` compares them.) After `new optional`, `None` may be given for
//! any argument, and stands for the default.
//!
//! A row that ends in `=> method` has no attribute, because raft-rs has a method of that name. `=> set(list)` names the
//! argument of the setter, which is `v` otherwise. `=> optional(v)` gives that argument the default `None`.
//!
//! The type of a row is the Rust type of the field, a Python enum class, or one of the kinds in [`crate::kinds`].

use pyo3::prelude::*;

use crate::handle::{Place, Wrapper};
use crate::kinds::Kind;

/// The accessors of the public fields of a class: attribute, `get_` and `set_`; for protobuf messages
/// (`fields!(message ..)`) `clear_`, and `has_`, `mut_` and `take_` where rust-protobuf has them, too.
///
/// A repeated field's attribute and `mut_` give a live list (see [`crate::live_list`]), its `get_` a list of views.
macro_rules! fields {
    ($flavor:ident $Ref:ident {
        $($(#[$doc:meta])* $name:ident $(as $suffix:tt)?: $kind:ident $(<$arg:ident>)? $(=> $flag:ident $(($argument:ident))?)?,)*
    }) => {$(
        $crate::fields::field! { @get $Ref [$(#[$doc])*] $name, $kind $(<$arg>)? }
        $crate::fields::field! { @set $Ref [$(#[$doc])*] $name [$($flag $(($argument))?)?] $kind $(<$arg>)? }
        $crate::fields::field! { @attribute $Ref [$(#[$doc])*] $name [$($suffix)?] [$($flag)?] $kind $(<$arg>)? }
        $crate::fields::field! { @$flavor $Ref $name $kind $(<$arg>)? }
    )*};
}

/// One piece of what a row of [`fields!`] makes.
macro_rules! field {
    (@get $Ref:ident [$($doc:tt)*] $name:ident, $Kind:ty) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            $($doc)*
            fn [<get_ $name>](slf: &Bound<'_, Self>) -> PyResult<<$Kind as $crate::kinds::Kind>::Output> {
                $crate::fields::get::<$Kind, _>(slf, |value| &value.$name, |value| &mut value.$name)
            }
        }
    }};

    (@set $Ref:ident $doc:tt $name:ident [set($argument:ident)] $($Kind:tt)*) => {
        $crate::fields::field! { @setter $Ref $doc $name $argument ($argument) [FieldValue], $($Kind)* }
    };
    (@set $Ref:ident $doc:tt $name:ident [optional($argument:ident)] $($Kind:tt)*) => {
        $crate::fields::field! { @setter $Ref $doc $name $argument ($argument = None) [OptionalFieldValue], $($Kind)* }
    };
    (@set $Ref:ident $doc:tt $name:ident [$($method:ident)?] $($Kind:tt)*) => {
        $crate::fields::field! { @setter $Ref $doc $name v (v) [FieldValue], $($Kind)* }
    };
    (@setter $Ref:ident [$($doc:tt)*] $name:ident $argument:ident $signature:tt [$Value:ident], $Kind:ty) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            #[doc = concat!("Sets `", stringify!($name), "`.")]
            ///
            $($doc)*
            #[pyo3(signature = $signature)]
            fn [<set_ $name>](&self, $argument: $crate::convert::$Value<$Kind>) -> PyResult<()> {
                let argument = $crate::convert::FieldValue::from($argument);
                let stored = argument.named(stringify!($name))?;
                $crate::handle::Wrapper::write(self, |value| value.$name = stored)
            }
        }
    }};

    (@attribute $Ref:ident $doc:tt $name:ident $suffix:tt [method] $($Kind:tt)*) => {};
    (@attribute $Ref:ident $doc:tt $name:ident $suffix:tt $flag:tt Repeated<$W:ident>) => {
        $crate::fields::field! { @live $Ref $doc $name $suffix Repeated<$W> }
    };
    (@attribute $Ref:ident $doc:tt $name:ident $suffix:tt $flag:tt List<$W:ident>) => {
        $crate::fields::field! { @live $Ref $doc $name $suffix List<$W> }
    };
    (@attribute $Ref:ident $doc:tt $name:ident $suffix:tt $flag:tt Ids) => {
        $crate::fields::field! { @live $Ref $doc $name $suffix Ids }
    };
    (@attribute $Ref:ident [$($doc:tt)*] $name:ident [$($suffix:tt)?] $flag:tt $($Kind:tt)*) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            $($doc)*
            #[getter([<$name $($suffix)?>])]
            fn [<attribute_ $name>](slf: &Bound<'_, Self>) -> PyResult<<$($Kind)* as $crate::kinds::Kind>::Output> {
                Self::[<get_ $name>](slf)
            }
        }
        $crate::fields::field! { @set_attribute $Ref $name [$($suffix)?] $($Kind)* }
    }};
    (@live $Ref:ident [$($doc:tt)*] $name:ident [$($suffix:tt)?] $($Kind:tt)*) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            $($doc)*
            #[getter([<$name $($suffix)?>])]
            fn [<attribute_ $name>](slf: &Bound<'_, Self>) -> $crate::live_list::LiveListOf<$($Kind)*> {
                $crate::fields::live!($($Kind)*, slf, |value: &$Ref| value.$name)
            }
        }
        $crate::fields::field! { @set_attribute $Ref $name [$($suffix)?] $($Kind)* }
    }};
    (@set_attribute $Ref:ident $name:ident [$($suffix:tt)?] $($Kind:tt)*) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            #[setter([<$name $($suffix)?>])]
            fn [<set_attribute_ $name>](&self, v: $crate::convert::FieldValue<$($Kind)*>) -> PyResult<()> {
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
                    $crate::handle::Wrapper::write(self, |value| value.$name = Default::default())
                }
            }
        }
        $crate::fields::field! { @present $Ref $name $($Kind)* }
        $crate::fields::field! { @take $Ref $name $($Kind)* }
    };

    (@present $Ref:ident $name:ident Defaulted<$W:ident>) => {
        $crate::fields::field! { @present $Ref $name Optional<$W> }
    };
    (@present $Ref:ident $name:ident Optional<$W:ident>) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            #[doc = concat!("Whether `", stringify!($name), "` is present.")]
            fn [<has_ $name>](&self) -> PyResult<bool> {
                $crate::handle::Wrapper::read(self, |value| value.$name.is_some())
            }

            #[doc = concat!("A live view of `", stringify!($name), "`, which is created when it is written to.")]
            fn [<mut_ $name>](slf: &Bound<'_, Self>) -> PyResult<$W> {
                Self::[<get_ $name>](slf)
            }
        }
    }};
    (@present $Ref:ident $name:ident Repeated<$W:ident>) => {
        $crate::fields::field! { @mutable $Ref $name, Repeated<$W> }
    };
    (@present $Ref:ident $name:ident Ids) => { $crate::fields::field! { @mutable $Ref $name, Ids } };
    (@present $($row:tt)*) => {};
    (@mutable $Ref:ident $name:ident, $Kind:ty) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            #[doc = concat!("The live list `", stringify!($name), "`, as the attribute gives it.")]
            fn [<mut_ $name>](slf: &Bound<'_, Self>) -> $crate::live_list::LiveListOf<$Kind> {
                Self::[<attribute_ $name>](slf)
            }
        }
    }};

    (@take $Ref:ident $name:ident Optional<$W:ident>) => {
        $crate::fields::field! { @taken $Ref $name, Optional<$W> }
    };
    (@take $Ref:ident $name:ident Defaulted<$W:ident>) => {
        $crate::fields::field! { @taken $Ref $name, Defaulted<$W> }
    };
    (@take $Ref:ident $name:ident Repeated<$W:ident>) => {
        $crate::fields::field! { @taken $Ref $name, Repeated<$W> }
    };
    (@take $Ref:ident $name:ident Payload<$Hook:ident>) => {
        $crate::fields::field! { @taken $Ref $name, Payload<$Hook> }
    };
    (@take $Ref:ident $name:ident Ids) => { $crate::fields::field! { @taken $Ref $name, Ids } };
    (@take $($row:tt)*) => {};
    (@taken $Ref:ident $name:ident, $Kind:ty) => { pastey::paste! {
        #[pymethods]
        impl $Ref {
            #[doc = concat!("Moves `", stringify!($name), "` out and leaves its default.")]
            fn [<take_ $name>](&self) -> PyResult<<$Kind as $crate::kinds::Take>::Taken> {
                $crate::handle::Wrapper::write(self, |value| <$Kind as $crate::kinds::Take>::take(&mut value.$name))
            }
        }
    }};
}

/// The field of kind `K` that `get` and `get_mut` lead to.
pub fn get<K: Kind, P: Wrapper>(
    parent: &Bound<'_, P>,
    get: fn(&P::Value) -> &K::Stored,
    get_mut: fn(&mut P::Value) -> &mut K::Stored,
) -> PyResult<K::Output> {
    K::get(parent, Place { get, get_mut })
}

/// The live list that shows a field of kind `$Kind` in the value of `$parent`, a `$Ref`.
macro_rules! live {
    ($Kind:ty, $parent:expr, |$value:ident: &$Ref:ty| $field:expr) => {{
        struct Shown;

        impl $crate::handle::Field for Shown {
            type Parent = $Ref;
            type Stored = <$Kind as $crate::kinds::Kind>::Stored;

            fn get($value: &<$Ref as $crate::handle::Wrapper>::Value) -> &Self::Stored {
                &$field
            }

            fn get_mut($value: &mut <$Ref as $crate::handle::Wrapper>::Value) -> &mut Self::Stored {
                &mut $field
            }
        }

        $crate::live_list::LiveListOf::<$Kind>::new::<Shown>($parent)
    }};
}

/// The pair of Python classes for a raft-rs type: the owner and, as its base class, the view with all the methods.
///
/// `, holds |value| ..` says which Python objects the value holds, `, begins |value| ..` what is to be done before each call.
macro_rules! wrapper_class {
    ($(#[$doc:meta])* $Owner:ident / $Ref:ident: $Value:ty
        $(, holds |$value:ident| $held:expr)? $(, begins |$begun:ident| $begin:expr)?) => {
        #[doc = concat!("A live view of a `", stringify!($Owner), "` that lives inside another object, and the base class")]
        #[doc = concat!("of `", stringify!($Owner), "` with all its methods.")]
        ///
        /// The view keeps that object alive. It raises `DestroyedRefUsedError` once what it shows is gone.
        #[pyclass(module = "rraft", subclass, frozen, weakref)]
        pub struct $Ref($crate::handle::Handle<$Value>);

        $(#[$doc])*
        #[pyclass(module = "rraft", extends = $Ref, subclass, frozen)]
        pub struct $Owner;

        impl From<$crate::handle::Handle<$Value>> for $Ref {
            fn from(handle: $crate::handle::Handle<$Value>) -> Self {
                Self(handle)
            }
        }

        impl $crate::handle::Wrapper for $Ref {
            type Value = $Value;
            type Owner = $Owner;

            fn handle(&self) -> &$crate::handle::Handle<$Value> {
                &self.0
            }

            #[inline]
            fn new_owner(py: Python<'_>, value: $Value) -> PyResult<Bound<'_, $Owner>> {
                Bound::new(py, $Owner::initializer(value))
            }

            $(fn held($value: &$Value) -> $crate::handle::Held<'_> {
                $held.into()
            })?

            $(fn begin($begun: &$Value) {
                $begin
            })?
        }

        impl $Owner {
            /// What a constructor returns: an object that owns `value`.
            #[inline]
            fn initializer(value: $Value) -> PyClassInitializer<Self> {
                Self::initializer_of($crate::handle::Handle::owned(value))
            }

            #[inline]
            fn initializer_of(handle: $crate::handle::Handle<$Value>) -> PyClassInitializer<Self> {
                PyClassInitializer::from($Ref(handle)).add_subclass(Self)
            }
        }

        #[pymethods]
        impl $Ref {
            /// A live view of this object.
            fn make_ref(slf: &Bound<'_, Self>) -> Self {
                $crate::handle::whole(slf)
            }

            fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> std::result::Result<(), pyo3::PyTraverseError> {
                self.0.traverse(&visit, <Self as $crate::handle::Wrapper>::held)
            }

            fn __clear__(&self) {
                self.0.clear();
            }
        }
    };
}

/// `clone`, `copy.copy` and `copy.deepcopy`; `$clone` copies the value.
macro_rules! clone_methods {
    ($Ref:ident, $(#[$doc:meta])+ $clone:expr) => {
        #[pymethods]
        impl $Ref {
            $(#[$doc])+
            fn clone(&self) -> PyResult<$crate::convert::Owned<Self>> {
                $crate::handle::Wrapper::read(self, $clone).map($crate::convert::Owned)
            }

            fn __copy__(&self) -> PyResult<$crate::convert::Owned<Self>> {
                Self::clone(self)
            }

            fn __deepcopy__(&self, _memo: &Bound<'_, PyAny>) -> PyResult<$crate::convert::Owned<Self>> {
                Self::clone(self)
            }
        }
    };
    ($Ref:ident, $clone:expr) => {
        $crate::fields::clone_methods! {
            $Ref,
            /// An independent copy.
            $clone
        }
    };
}

/// `==` by value, for a class whose value is `PartialEq`.
macro_rules! equality {
    ($Ref:ident) => {
        #[pymethods]
        impl $Ref {
            fn __eq__(&self, other: &Bound<'_, Self>) -> PyResult<bool> {
                use $crate::handle::Wrapper;
                self.read(|value| other.get().read(|other| value == other))?
            }
        }
    };
}

/// A class with a table, without a constructor: `$flavor` is `plain` or `message`, as for [`fields!`].
///
/// `, copied by ..` says how the value is copied, if it is not `Clone`.
macro_rules! struct_class {
    ($flavor:ident, $(#[$doc:meta])* $Owner:ident / $Ref:ident: $Value:ty { $($rows:tt)* }) => {
        $crate::fields::struct_class! {
            $flavor, $(#[$doc])* $Owner / $Ref: $Value, copied by Clone::clone { $($rows)* }
        }
    };
    ($flavor:ident, $(#[$doc:meta])* $Owner:ident / $Ref:ident: $Value:ty, copied by $copy:path { $($rows:tt)* }) => {
        $crate::fields::wrapper_class! { $(#[$doc])* $Owner / $Ref: $Value }
        $crate::fields::fields! { $flavor $Ref { $($rows)* } }
        $crate::fields::table! { $Owner / $Ref: $Value, copied by $copy { $($rows)* } }
    };
}

/// A class whose value is a plain struct, all of whose fields have rows: see the head of this file.
macro_rules! value_class {
    ($(#[$doc:meta])* $Owner:ident / $Ref:ident: $Value:path, new $($optional:ident)? $signature:literal {
        $($(#[$row_doc:meta])* $name:ident: $kind:ident $(<$arg:ident>)? $(=> $flag:ident $(($argument:ident))?)?,)*
    }) => {
        $crate::fields::struct_class! { plain, $(#[$doc])* $Owner / $Ref: $Value, copied by $Ref::copy_of {
            $($(#[$row_doc])* $name: $kind $(<$arg>)? $(=> $flag $(($argument))?)?,)*
        } }
        $crate::fields::constructor! {
            [$($optional)?] [] $signature $Owner / $Ref: $Value { $($name: $kind $(<$arg>)?,)* }
        }
        // Not every raft-rs struct is `Clone`.
        impl $Ref {
            /// A copy of `value`.
            #[allow(clippy::clone_on_copy, reason = "some fields are Copy, some are not")]
            pub fn copy_of(value: &$Value) -> $Value {
                $Value { $($name: value.$name.clone(),)* }
            }
        }
        $crate::fields::clone_methods! { $Ref, Self::copy_of }

        #[pymethods]
        impl $Ref {
            fn __reduce__<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<(Bound<'py, pyo3::types::PyType>, $crate::convert::Arguments<'py>)> {
                let value = $crate::handle::Wrapper::read(self, Self::copy_of)?;
                let fields = vec![$(<$kind $(<$arg>)? as $crate::kinds::Kind>::to_owner(&value.$name, py)?),*];
                Ok((py.get_type::<$Owner>(), $crate::convert::Arguments(fields)))
            }
        }
    };
}

/// A class whose value is a protobuf message: see the head of this file.
macro_rules! message_class {
    ($(#[$doc:meta])* $Owner:ident / $Ref:ident: $Value:ty, new $($optional:ident)? $signature:literal
        { *, $($rows:tt)* }) => {
        $crate::fields::message_class! {
            @all $(#[$doc])* $Owner / $Ref: $Value { [$($optional)?] [*,] $signature $($rows)* }
        }
    };
    ($(#[$doc:meta])* $Owner:ident / $Ref:ident: $Value:ty, new $($optional:ident)? $signature:literal
        { $($rows:tt)* }) => {
        $crate::fields::message_class! {
            @all $(#[$doc])* $Owner / $Ref: $Value { [$($optional)?] [] $signature $($rows)* }
        }
    };
    (@all $(#[$doc:meta])* $Owner:ident / $Ref:ident: $Value:ty
        { $optional:tt $star:tt $signature:literal $($rows:tt)* }) => {
        $crate::fields::struct_class! { message, $(#[$doc])* $Owner / $Ref: $Value { $($rows)* } }
        $crate::fields::constructor! { $optional $star $signature $Owner / $Ref: $Value { $($rows)* } }
        $crate::fields::clone_methods! { $Ref, Clone::clone }
        $crate::fields::equality! { $Ref }
        $crate::eraftpb::codec! { $Owner / $Ref }
        $crate::eraftpb::delimited! { $Owner / $Ref }

        #[pymethods]
        impl $Ref {
            /// Sets every field to its default.
            ///
            /// Mirrors `protobuf::Message::clear`.
            fn clear(&self) -> PyResult<()> {
                $crate::handle::Wrapper::write(self, |value| *value = Default::default())
            }
        }
    };
}

/// The text and the `to_dict` of a class with a table.
///
/// They are made of a copy, since Python code may run meanwhile: a hook, or a finalizer.
macro_rules! table {
    ($Owner:ident / $Ref:ident: $Value:ty, copied by $copy:path {
        $($(#[$doc:meta])* $name:ident $(as $suffix:tt)?: $kind:ident $(<$arg:ident>)? $(=> $flag:ident $(($argument:ident))?)?,)*
    }) => { pastey::paste! {
        impl $crate::kinds::Table for $Value {
            fn repr(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($Owner))
                    $(.field(stringify!($name), &$crate::kinds::ShowField::<$kind $(<$arg>)?>(&self.$name)))*
                    .finish()
            }

            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyDict>> {
                let dict = pyo3::types::PyDict::new(py);
                $(if <$kind $(<$arg>)? as $crate::kinds::Kind>::IN_DICT {
                    let value = <$kind $(<$arg>)? as $crate::kinds::Kind>::to_plain(&self.$name, py)?;
                    dict.set_item(stringify!([<$name $($suffix)?>]), value)?;
                })*
                Ok(dict)
            }
        }

        #[pymethods]
        impl $Ref {
            fn __repr__(&self) -> PyResult<String> {
                let value = $crate::handle::Wrapper::read(self, $copy)?;
                Ok(format!("{:?}", $crate::kinds::Show(&value)))
            }

            /// The fields by name: enums as the names of their members, nested values as dicts.
            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<$crate::convert::FieldDict<'py>> {
                let value = $crate::handle::Wrapper::read(self, $copy)?;
                $crate::kinds::Table::to_dict(&value, py).map($crate::convert::FieldDict)
            }
        }
    }};
}

/// The constructor with an argument for each row, and `default`.
macro_rules! constructor {
    ([] $($rest:tt)*) => {
        $crate::fields::constructor! { @new false $($rest)* }
    };
    ([optional] $($rest:tt)*) => {
        $crate::fields::constructor! { @new true $($rest)* }
    };
    (@new $optional:literal [$($star:tt)*] $signature:literal $Owner:ident / $Ref:ident: $Value:ty {
        $($(#[$doc:meta])* $name:ident $(as $suffix:tt)?: $kind:ident $(<$arg:ident>)? $(=> $flag:ident $(($argument:ident))?)?,)*
    }) => { pastey::paste! {
        #[pymethods]
        impl $Owner {
            #[new]
            #[pyo3(
                signature = ($($star)* $([<$name $($suffix)?>] = $crate::convert::Argument::Omitted),*),
                text_signature = $signature
            )]
            #[allow(clippy::too_many_arguments, reason = "one for each field")]
            fn new(
                $([<$name $($suffix)?>]: $crate::convert::Argument<$kind $(<$arg>)?, $optional>),*
            ) -> PyResult<PyClassInitializer<Self>> {
                let mut value = <$Value>::default();
                $(if let $crate::convert::Argument::Given(argument) = [<$name $($suffix)?>] {
                    value.$name = argument.named(stringify!([<$name $($suffix)?>]))?;
                })*
                Ok(Self::initializer(value))
            }

            /// The value with every field at its default.
            #[staticmethod]
            fn default() -> $crate::convert::Owned<$Ref> {
                $crate::convert::Owned(Default::default())
            }
        }
    }};
}

pub(crate) use {
    clone_methods, constructor, equality, field, fields, live, message_class, struct_class, table, value_class,
    wrapper_class,
};
