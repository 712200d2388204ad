//! The enum macro: a Rust enum as a Python class whose members are class attributes.

/// One Python enum class for a raft-rs enum with the same members.
///
/// `repr` and `str` give the bare name, members are hashable, picklable and the same object each time. Two members are
/// equal when they are the same; a member never equals an int.
macro_rules! enum_class {
    ($(#[$doc:meta])* $Name:ident: $Upstream:ty { $($(#[$member_doc:meta])* $Member:ident,)* }) => {
        $crate::enums::enum_class! { $(#[$doc])* $Name { $($(#[$member_doc])* $Member,)* } }
        $crate::enums::mirror! { $Name: $Upstream { $($Member)* } }
    };
    ($(#[$doc:meta])* $Name:ident { $($(#[$member_doc:meta])* $Member:ident,)* }) => {
        $(#[$doc])*
        #[pyclass(module = "rraft", eq, frozen, from_py_object)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $Name {
            $($(#[$member_doc])* $Member,)*
        }

        #[pymethods]
        impl $Name {
            /// All members, in the order of their numbers.
            #[staticmethod]
            fn values() -> Vec<Self> {
                vec![$(Self::$Member),*]
            }

            fn __repr__(&self) -> &'static str {
                match self {
                    $(Self::$Member => stringify!($Member),)*
                }
            }

            fn __hash__(&self) -> isize {
                *self as isize
            }

            fn __reduce__<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, pyo3::types::PyType>, &'static str))> {
                Ok((py.import("builtins")?.getattr("getattr")?, (py.get_type::<Self>(), self.__repr__())))
            }
        }
    };
}

/// The conversions between a Python enum and the raft-rs enum with the same members.
macro_rules! mirror {
    ($Name:ident: $Upstream:ty { $($Member:ident)* }) => {
        impl From<$Upstream> for $Name {
            fn from(value: $Upstream) -> Self {
                match value {
                    $(<$Upstream>::$Member => Self::$Member,)*
                }
            }
        }

        impl From<$Name> for $Upstream {
            fn from(value: $Name) -> Self {
                match value {
                    $($Name::$Member => Self::$Member,)*
                }
            }
        }

        impl $crate::kinds::Kind for $Name {
            type Stored = $Upstream;
            type Input = Self;
            type Output = Self;

            fn get<P: $crate::handle::Wrapper>(
                parent: &Bound<'_, P>,
                place: $crate::handle::Place<P::Value, $Upstream>,
            ) -> PyResult<Self> {
                parent.get().read(|value| (*(place.get)(value)).into())
            }

            fn store(input: Self) -> $Upstream {
                input.into()
            }

            fn repr(stored: &$Upstream, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&Self::from(*stored), f)
            }

            fn to_plain<'py>(stored: &$Upstream, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                Ok(pyo3::types::PyString::intern(py, Self::from(*stored).__repr__()).into_any())
            }

            fn to_owner<'py>(stored: &$Upstream, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                pyo3::IntoPyObjectExt::into_bound_py_any(Self::from(*stored), py)
            }
        }
    };
}

/// `int()` and `from_int` for the enums of the wire format.
macro_rules! numbered {
    ($Name:ident: $Upstream:ty) => {
        #[pymethods]
        impl $Name {
            /// The member with the number `v` on the wire.
            ///
            /// Raises `ValueError` when there is none, `OverflowError` when `v` is no 32-bit number.
            #[staticmethod]
            fn from_int(v: i32) -> PyResult<Self> {
                match <$Upstream as protobuf::ProtobufEnum>::from_i32(v) {
                    Some(value) => Ok(value.into()),
                    None => Err(pyo3::exceptions::PyValueError::new_err(format!(
                        concat!("{} is not the number of a ", stringify!($Name)),
                        v
                    ))),
                }
            }

            fn __int__(&self) -> i32 {
                *self as i32
            }
        }
    };
}

pub(crate) use {enum_class, mirror, numbered};
