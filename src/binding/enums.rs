//! The enum macro: raft-rs's enums as Python's `enum.IntEnum` classes.
//!
//! The classes are defined in Python, in `rraft/_enums.py`. They are resolved once, when the module is initialised, and
//! do not change during the lifetime of the process: [`resolve`] keeps a reference to each class and to each member,
//! and adds the classes to the module.

use pyo3::exceptions::{PyImportError, PySystemError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The Python class of an enum, and its members in ascending order of their numbers.
pub struct Members {
    class: Py<PyType>,
    members: Vec<Py<PyAny>>,
}

/// The storage of the members of an enum.
pub type Slot = PyOnceLock<Members>;

/// The module that defines the classes.
const MODULE: &str = "rraft._enums";

/// Resolves the class `name` and its members, and adds the class to the module that is being initialised.
pub fn resolve(module: &Bound<'_, PyModule>, slot: &Slot, name: &str, members: &[&str]) -> PyResult<()> {
    let py = module.py();
    let resolved = slot.get_or_try_init(py, || {
        let class = py.import(MODULE)?.getattr(name)?.cast_into::<PyType>()?;
        let found = class.try_iter()?.collect::<PyResult<Vec<_>>>()?;
        let names = found.iter().map(|member| member.getattr("name")?.extract()).collect::<PyResult<Vec<String>>>()?;
        if names != members {
            return Err(PyImportError::new_err(format!("{MODULE}.{name} has the members {names:?}, not {members:?}")));
        }
        let members = found.into_iter().map(Bound::unbind).collect();
        Ok(Members { class: class.unbind(), members })
    })?;
    module.add(name, &resolved.class)
}

/// Returns the member at `position`. Its class is resolved, since the module is initialised.
#[inline]
pub fn member<'py>(py: Python<'py>, slot: &Slot, position: usize) -> PyResult<Bound<'py, PyAny>> {
    let member = slot.get(py).and_then(|resolved| resolved.members.get(position));
    member.map(|member| member.bind(py).clone()).ok_or_else(|| PySystemError::new_err("rraft is not initialised"))
}

/// Returns the position of `object` among the members, if it is a member.
#[inline]
pub fn position(slot: &Slot, object: &Bound<'_, PyAny>) -> Option<usize> {
    slot.get(object.py())?.members.iter().position(|member| member.is(object))
}

/// Defines a Rust enum with the members of a raft-rs enum and of the Python class of this name.
///
/// Only the Python member itself is accepted and returned. An int, or a member of another enum, is rejected.
macro_rules! enum_class {
    ($(#[$doc:meta])* $name:literal: $Upstream:ty { $($Member:ident,)* }) => {
        $crate::binding::enums::enum_class! { $(#[$doc])* $name { $($Member,)* } }
        pastey::paste! { $crate::binding::enums::mirror! { [<Py $name>]: $Upstream { $($Member)* } } }
    };
    ($(#[$doc:meta])* $name:literal { $($Member:ident,)* }) => { pastey::paste! {
        $crate::binding::enums::enum_class! { @enum [$(#[$doc])*] $name [<Py $name>] { $($Member,)* } }
    }};
    (@enum [$($doc:tt)*] $name:literal $Name:ident { $($Member:ident,)* }) => {
        $($doc)*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs, reason = "the Python class has the texts")]
        pub enum $Name {
            $($Member,)*
        }

        impl $Name {
            /// Resolves the Python class.
            pub fn resolve(module: &Bound<'_, pyo3::types::PyModule>) -> PyResult<()> {
                $crate::binding::enums::resolve(module, Self::slot(), $name, &[$(stringify!($Member)),*])
            }

            fn slot() -> &'static $crate::binding::enums::Slot {
                static SLOT: $crate::binding::enums::Slot = $crate::binding::enums::Slot::new();
                &SLOT
            }
        }

        impl<'py> FromPyObject<'_, 'py> for $Name {
            type Error = PyErr;
            const INPUT_TYPE: pyo3::inspect::PyStaticExpr = <Self as IntoPyObject<'static>>::OUTPUT_TYPE;

            fn extract(object: pyo3::Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
                let position = $crate::binding::enums::position(Self::slot(), &object);
                let member = position.and_then(|position| [$(Self::$Member),*].get(position).copied());
                member.ok_or_else(|| $crate::binding::convert::expected($name, &object))
            }
        }

        impl<'py> IntoPyObject<'py> for $Name {
            type Target = PyAny;
            type Output = Bound<'py, PyAny>;
            type Error = PyErr;
            const OUTPUT_TYPE: pyo3::inspect::PyStaticExpr =
                pyo3::type_hint_identifier!("rraft._enums", $name);

            fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
                $crate::binding::enums::member(py, Self::slot(), self as usize)
            }
        }
    };
}

/// Defines the conversions between such an enum and the raft-rs enum with the same members.
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

        impl $crate::binding::kinds::Kind for $Name {
            type Stored = $Upstream;
            type Input = Self;
            type Output = Self;

            fn get<P: $crate::binding::handle::Wrapper>(
                parent: &Bound<'_, P>,
                path: $crate::binding::view::FieldPath<P::Value, $Upstream>,
            ) -> PyResult<Self> {
                parent.get().read(|value| (*(path.get)(value)).into())
            }

            fn store(input: Self) -> $Upstream {
                input.into()
            }

            fn repr(stored: &$Upstream, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&Self::from(*stored), f)
            }

            fn to_plain<'py>(stored: &$Upstream, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                let name = match stored {
                    $(<$Upstream>::$Member => pyo3::intern!(py, stringify!($Member)),)*
                };
                Ok(name.clone().into_any())
            }

            fn to_owner<'py>(stored: &$Upstream, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                Self::from(*stored).into_pyobject(py)
            }
        }
    };
}

pub(crate) use {enum_class, mirror};
