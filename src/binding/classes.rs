//! The class macros: the two Python classes of a Rust type, and the methods that all classes share.
//!
//! ```text
//! value_class! {
//!     /// What the class is.
//!     ///
//!     /// Mirrors `raft::ReadState`.
//!     "ReadState" / "ReadStateRef": raft::ReadState, new "(index=0, request_ctx=b'')" {
//!         /// The log index that must be applied before the read.
//!         index: u64,
//!         ..
//!     }
//! }
//! ```
//!
//! defines `PyReadState`, the class of the objects that own their value, and `PyReadStateRef`, its base class and the
//! class of the views, with all methods. The names in quotes are the Python names. [`fields`](crate::binding::fields)
//! describes the rows of the table.
//!
//! [`value_class!`] is for plain structs, [`struct_class!`] for structs with hand-written constructors,
//! [`wrapper_class!`] for classes without a table; `eraftpb::message_class` is for protobuf messages. A leading `*,` in
//! the table of a message makes the constructor's arguments keyword-only, as in Python.
//!
//! The text after `new` is the constructor's signature in Python. The defaults are those of the Rust type, which a
//! macro can't read; the tests compare them. After `new optional`, `None` is accepted for any argument and selects the
//! default.

/// Defines the pair of Python classes for a raft-rs type: the owner and, as its base class, the view with all methods.
///
/// `, keeps_alive |value| ..` lists the Python objects that the value keeps alive; `, calls |value| ..` returns the
/// [`Calls`] of the value.
///
/// [`Calls`]: crate::binding::handle::Calls
macro_rules! wrapper_class {
    ($(#[$doc:meta])* $owner:literal / $reference:literal: $($rest:tt)*) => { pastey::paste! {
        $crate::binding::classes::wrapper_class! {
            @class [$(#[$doc])*] $owner $reference [<Py $owner>] / [<Py $reference>]: $($rest)*
        }
    }};
    (@class [$($doc:tt)*] $owner:literal $reference:literal $Owner:ident / $Ref:ident: $Value:ty
        $(, keeps_alive |$value:ident| $kept:expr)? $(, calls |$called:ident| $calls:expr)?) => {
        #[doc = concat!("A live view of a `", $owner, "` inside another object. It is the base class of `", $owner, "`,")]
        #[doc = "with all methods."]
        ///
        /// The view keeps that object alive. It raises `DestroyedRefUsedError` if the value no longer exists.
        #[pyclass(module = "rraft", name = $reference, subclass, frozen, weakref)]
        pub struct $Ref($crate::binding::handle::Handle<$Value>);

        $($doc)*
        #[pyclass(module = "rraft", name = $owner, extends = $Ref, subclass, frozen)]
        pub struct $Owner;

        impl From<$crate::binding::handle::Handle<$Value>> for $Ref {
            fn from(handle: $crate::binding::handle::Handle<$Value>) -> Self {
                Self(handle)
            }
        }

        impl $crate::binding::handle::Wrapper for $Ref {
            type Value = $Value;
            type Owner = $Owner;

            fn handle(&self) -> &$crate::binding::handle::Handle<$Value> {
                &self.0
            }

            #[inline]
            fn new_owner(py: Python<'_>, value: $Value) -> PyResult<Bound<'_, $Owner>> {
                Bound::new(py, $Owner::initializer(value))
            }

            $(fn keeps_alive($value: &$Value) -> $crate::binding::handle::KeptAlive<'_> {
                $kept.into()
            })?

            $(
                #[inline]
                fn before_each_call($called: &$Value) {
                    $crate::binding::handle::Calls::before_each_call($calls);
                }

                #[inline]
                fn before_each_write($called: &$Value) {
                    $crate::binding::handle::Calls::before_each_write($calls);
                }

                #[inline]
                fn after_each_write($called: &$Value) {
                    $crate::binding::handle::Calls::after_each_write($calls);
                }
            )?
        }

        impl $Owner {
            /// Returns the initializer of an object that owns `value`, the result of a constructor.
            #[inline]
            fn initializer(value: $Value) -> PyClassInitializer<Self> {
                Self::initializer_of($crate::binding::handle::Handle::owned(value))
            }

            #[inline]
            fn initializer_of(handle: $crate::binding::handle::Handle<$Value>) -> PyClassInitializer<Self> {
                PyClassInitializer::from($Ref(handle)).add_subclass(Self)
            }
        }

        #[pymethods]
        impl $Ref {
            /// Returns a live view of this object.
            fn make_ref(slf: &Bound<'_, Self>) -> Self {
                $crate::binding::view::whole(slf)
            }

            fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> std::result::Result<(), pyo3::PyTraverseError> {
                self.0.traverse(&visit, <Self as $crate::binding::handle::Wrapper>::keeps_alive)
            }

            fn __clear__(&self) {
                self.0.clear();
            }
        }
    };
}

/// Defines `clone`, `copy.copy` and `copy.deepcopy`; `$clone` copies the value.
macro_rules! clone_methods {
    ($Ref:ident, $(#[$doc:meta])+ $clone:expr) => {
        #[pymethods]
        impl $Ref {
            $(#[$doc])+
            fn clone(&self) -> PyResult<$crate::binding::convert::Owned<Self>> {
                $crate::binding::handle::Wrapper::read(self, $clone).map($crate::binding::convert::Owned)
            }

            fn __copy__(&self) -> PyResult<$crate::binding::convert::Owned<Self>> {
                Self::clone(self)
            }

            fn __deepcopy__(&self, _memo: &Bound<'_, PyAny>) -> PyResult<$crate::binding::convert::Owned<Self>> {
                Self::clone(self)
            }
        }
    };
    ($Ref:ident, $clone:expr) => {
        $crate::binding::classes::clone_methods! {
            $Ref,
            /// Returns an independent copy.
            $clone
        }
    };
}

/// Defines `==` by value, for a class whose value is `PartialEq`.
macro_rules! equality {
    ($Ref:ident) => {
        #[pymethods]
        impl $Ref {
            fn __eq__(&self, other: &Bound<'_, Self>) -> PyResult<bool> {
                use $crate::binding::handle::Wrapper;
                self.read(|value| other.get().read(|other| value == other))?
            }
        }
    };
}

/// Defines a class with a table and without a constructor. `$flavor` is `plain` or `message`, as for `fields!`.
///
/// `, copied by ..` specifies how the value is copied if it is not `Clone`.
macro_rules! struct_class {
    ($flavor:ident, $(#[$doc:meta])* $owner:literal / $reference:literal: $Value:ty { $($rows:tt)* }) => {
        $crate::binding::classes::struct_class! {
            $flavor, $(#[$doc])* $owner / $reference: $Value, copied by Clone::clone { $($rows)* }
        }
    };
    (
        $flavor:ident, $(#[$doc:meta])* $owner:literal / $reference:literal: $Value:ty, copied by $copy:path
        { $($rows:tt)* }
    ) => {
        $crate::binding::classes::wrapper_class! { $(#[$doc])* $owner / $reference: $Value }
        pastey::paste! {
            $crate::binding::fields::fields! { $flavor [<Py $reference>] { $($rows)* } }
            $crate::binding::classes::table! { $owner [<Py $reference>]: $Value, copied by $copy { $($rows)* } }
        }
    };
}

/// Defines a class whose value is a plain struct. Every field has a row: see the module documentation.
macro_rules! value_class {
    ($(#[$doc:meta])* $owner:literal / $reference:literal: $Value:path, new $($optional:ident)? $signature:literal {
        $($(#[$row_doc:meta])* $name:ident: $kind:ident $(<$arg:ident>)? $(=> $flag:ident $(($argument:ident))?)?,)*
    }) => {
        $crate::binding::classes::struct_class! {
            plain, $(#[$doc])* $owner / $reference: $Value, copied by Self::copy_of {
                $($(#[$row_doc])* $name: $kind $(<$arg>)? $(=> $flag $(($argument))?)?,)*
            }
        }
        pastey::paste! {
            $crate::binding::classes::value_class! {
                @methods [$($optional)?] $signature [<Py $owner>] / [<Py $reference>]: $Value {
                    $($name: $kind $(<$arg>)?,)*
                }
            }
        }
    };
    (@methods [$($optional:ident)?] $signature:literal $Owner:ident / $Ref:ident: $Value:path {
        $($name:ident: $kind:ident $(<$arg:ident>)?,)*
    }) => {
        $crate::binding::classes::constructor! {
            [$($optional)?] [] $signature $Owner / $Ref: $Value { $($name: $kind $(<$arg>)?,)* }
        }
        // Not every raft-rs struct is `Clone`.
        impl $Ref {
            /// Returns a copy of `value`.
            #[allow(clippy::clone_on_copy, reason = "some fields are Copy, some are not")]
            pub fn copy_of(value: &$Value) -> $Value {
                $Value { $($name: value.$name.clone(),)* }
            }
        }
        $crate::binding::classes::clone_methods! { $Ref, Self::copy_of }

        #[pymethods]
        impl $Ref {
            fn __reduce__<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<(Bound<'py, pyo3::types::PyType>, $crate::binding::convert::Arguments<'py>)> {
                let value = $crate::binding::handle::Wrapper::read(self, Self::copy_of)?;
                let fields = vec![$(<$kind $(<$arg>)? as $crate::binding::kinds::Kind>::to_owner(&value.$name, py)?),*];
                Ok((py.get_type::<$Owner>(), $crate::binding::convert::Arguments(fields)))
            }
        }
    };
}

/// Defines `repr` and `to_dict` for a class with a table.
///
/// Both use a copy of the value, since Python code may run meanwhile: a hook, or a finalizer.
macro_rules! table {
    ($owner:literal $Ref:ident: $Value:ty, copied by $copy:path {
        $(
            $(#[$doc:meta])*
            $name:ident $(as $suffix:tt)?: $kind:ident $(<$arg:ident>)? $(=> $flag:ident $(($argument:ident))?)?,
        )*
    }) => { pastey::paste! {
        impl $crate::binding::kinds::Table for $Value {
            fn repr(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct($owner)
                    $(.field(stringify!($name), &$crate::binding::kinds::ShowField::<$kind $(<$arg>)?>(&self.$name)))*
                    .finish()
            }

            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyDict>> {
                let dict = pyo3::types::PyDict::new(py);
                $(if <$kind $(<$arg>)? as $crate::binding::kinds::Kind>::IN_DICT {
                    let value = <$kind $(<$arg>)? as $crate::binding::kinds::Kind>::to_plain(&self.$name, py)?;
                    dict.set_item(stringify!([<$name $($suffix)?>]), value)?;
                })*
                Ok(dict)
            }
        }

        #[pymethods]
        impl $Ref {
            fn __repr__(&self) -> PyResult<String> {
                let value = $crate::binding::handle::Wrapper::read(self, $copy)?;
                Ok(format!("{:?}", $crate::binding::kinds::Show(&value)))
            }

            /// Returns the fields by name: enums as the names of their members, nested values as dicts.
            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<$crate::binding::convert::FieldDict<'py>> {
                let value = $crate::binding::handle::Wrapper::read(self, $copy)?;
                $crate::binding::kinds::Table::to_dict(&value, py).map($crate::binding::convert::FieldDict)
            }
        }
    }};
}

/// Defines the constructor, with an argument for each row, and `default`.
macro_rules! constructor {
    ([] $($rest:tt)*) => {
        $crate::binding::classes::constructor! { @new false $($rest)* }
    };
    ([optional] $($rest:tt)*) => {
        $crate::binding::classes::constructor! { @new true $($rest)* }
    };
    (@new $optional:literal [$($star:tt)*] $signature:literal $Owner:ident / $Ref:ident: $Value:ty {
        $(
            $(#[$doc:meta])*
            $name:ident $(as $suffix:tt)?: $kind:ident $(<$arg:ident>)? $(=> $flag:ident $(($argument:ident))?)?,
        )*
    }) => { pastey::paste! {
        #[pymethods]
        impl $Owner {
            #[new]
            #[pyo3(
                signature = ($($star)* $([<$name $($suffix)?>] = $crate::binding::arguments::Argument::Omitted),*),
                text_signature = $signature
            )]
            #[allow(clippy::too_many_arguments, reason = "one for each field")]
            fn new(
                $([<$name $($suffix)?>]: $crate::binding::arguments::Argument<$kind $(<$arg>)?, $optional>),*
            ) -> PyResult<PyClassInitializer<Self>> {
                let mut value = <$Value>::default();
                $(if let $crate::binding::arguments::Argument::Provided(argument) = [<$name $($suffix)?>] {
                    value.$name = argument.named(stringify!([<$name $($suffix)?>]))?;
                })*
                Ok(Self::initializer(value))
            }

            /// Creates an object with every field at its default.
            #[staticmethod]
            fn default() -> $crate::binding::convert::Owned<$Ref> {
                $crate::binding::convert::Owned(Default::default())
            }
        }
    }};
}

pub(crate) use {clone_methods, constructor, equality, struct_class, table, value_class, wrapper_class};
