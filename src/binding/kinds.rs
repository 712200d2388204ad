//! The kinds of fields: how the field of a row is stored, converted to and from Python objects, and formatted.

use std::collections::{BTreeSet, VecDeque};
use std::marker::PhantomData;
use std::{fmt, mem};

use bytes::Bytes;
use protobuf::{Message, ProtobufEnum, RepeatedField, SingularPtrField};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::binding::convert::{BytesLike, BytesOut, Many, Owned, Value, bytes_in_boundary};
use crate::binding::handle::Wrapper;
use crate::binding::view::{FieldPath, Itself, Present, Select, elements, part};

/// The meaning of a row's type: how the field is stored, converted and formatted.
pub trait Kind {
    /// The Rust type of the field.
    type Stored: 'static;
    /// The type that is accepted from Python.
    type Input: for<'a, 'py> FromPyObject<'a, 'py>;
    /// The type that is returned to Python.
    type Output: for<'py> IntoPyObject<'py>;
    /// Whether `to_dict` includes the field.
    const IN_DICT: bool = true;
    /// Whether a constructor accepts `None` for the default.
    const MAY_BE_ABSENT: bool = false;

    /// Returns the field at `path` in `parent` to Python.
    fn get<P: Wrapper>(parent: &Bound<'_, P>, path: FieldPath<P::Value, Self::Stored>) -> PyResult<Self::Output>;

    /// Converts `input` to the stored form.
    fn store(input: Self::Input) -> Self::Stored;

    /// Formats the field for a `repr`.
    fn repr(stored: &Self::Stored, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Converts the field for a `to_dict`.
    fn to_plain<'py>(stored: &Self::Stored, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;

    /// Converts the field for a constructor's argument.
    fn to_owner<'py>(stored: &Self::Stored, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Self::to_plain(stored, py)
    }
}

/// A kind for which rust-protobuf has a `take_` accessor.
pub trait Take: Kind {
    /// The type that is returned to Python.
    type Taken: for<'py> IntoPyObject<'py>;

    /// Moves the value out.
    fn take(stored: &mut Self::Stored) -> Self::Taken;
}

/// A value that has a table.
pub trait Table {
    /// Writes `Name { field: value, .. }`.
    fn repr(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Returns the fields by name: enums as names, nested values as dicts.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>>;
}

/// Formats a value by its table.
pub struct Show<'a, T>(pub &'a T);

impl<T: Table> fmt::Debug for Show<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.repr(f)
    }
}

/// Formats a field by its kind.
pub struct ShowField<'a, K: Kind>(pub &'a K::Stored);

impl<K: Kind> fmt::Debug for ShowField<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        K::repr(self.0, f)
    }
}

/// A nested protobuf message that may be absent. Reading an absent message returns its default and changes nothing;
/// writing through the view creates it.
pub struct Optional<W>(PhantomData<W>);

/// A repeated protobuf message.
pub struct Repeated<W>(PhantomData<W>);

/// A value inside a plain struct.
pub struct Nested<W>(PhantomData<W>);

/// A value without a table inside a plain struct.
pub struct Opaque<W>(PhantomData<W>);

/// An `Option` of a value inside a plain struct. It is returned as a live view or `None`.
pub struct OptionalValue<W>(PhantomData<W>);

/// A `Vec` inside a plain struct.
pub struct List<W>(PhantomData<W>);

/// The kinds that are returned by value.
macro_rules! copied {
    ($($Stored:ty: $Input:ty => $Output:ty, $store:expr, $load:expr;)*) => {$(
        impl Kind for $Stored {
            type Stored = Self;
            type Input = $Input;
            type Output = $Output;

            fn get<P: Wrapper>(parent: &Bound<'_, P>, path: FieldPath<P::Value, Self>) -> PyResult<$Output> {
                parent.get().read(|value| $load((path.get)(value)))
            }

            fn store(input: $Input) -> Self {
                $store(input)
            }

            fn repr(stored: &Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(stored, f)
            }

            fn to_plain<'py>(stored: &Self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                $load(stored).into_bound_py_any(py)
            }
        }
    )*};
}

/// A list of node ids.
pub type Ids = Vec<u64>;
/// A set of node ids.
pub type IdSet = BTreeSet<u64>;
/// The id of a node, or `None`.
pub type OptionalId = Option<u64>;
/// The context of a read request.
pub type ByteVec = Vec<u8>;
/// The contexts of read-only requests, in the order of their arrival.
pub type Contexts = VecDeque<Vec<u8>>;
/// The context of a peer, or `None`.
pub type OptionalByteVec = Option<Vec<u8>>;

copied! {
    u64: u64 => u64, |input| input, |stored: &u64| *stored;
    i64: i64 => i64, |input| input, |stored: &i64| *stored;
    usize: usize => usize, |input| input, |stored: &usize| *stored;
    bool: bool => bool, |input| input, |stored: &bool| *stored;
    Ids: Many<u64> => Vec<u64>, |input: Many<u64>| input.0, |stored: &Self| stored.clone();
    IdSet: Many<u64> => BTreeSet<u64>, |input: Many<u64>| input.0.into_iter().collect(),
        |stored: &Self| stored.clone();
    OptionalId: Option<u64> => Option<u64>, |input| input, |stored: &Self| *stored;
    ByteVec: BytesLike => BytesOut<Vec<u8>>, |input: BytesLike| input.0, |stored: &Self| BytesOut(stored.clone());
    Contexts: Many<BytesLike> => Vec<BytesOut<Vec<u8>>>,
        |input: Many<BytesLike>| input.0.into_iter().map(|bytes| bytes.0).collect(),
        |stored: &Self| stored.iter().cloned().map(BytesOut).collect::<Vec<_>>();
    OptionalByteVec: Option<BytesLike> => Option<BytesOut<Vec<u8>>>,
        |input: Option<BytesLike>| input.map(|bytes| bytes.0), |stored: &Self| stored.clone().map(BytesOut);
}

impl Take for Ids {
    type Taken = Ids;

    fn take(stored: &mut Ids) -> Ids {
        mem::take(stored)
    }
}

impl Kind for Bytes {
    type Stored = Self;
    type Input = BytesLike;
    type Output = Py<PyBytes>;

    fn get<P: Wrapper>(parent: &Bound<'_, P>, path: FieldPath<P::Value, Self>) -> PyResult<Py<PyBytes>> {
        parent.get().read(|value| bytes_in_boundary(parent.py(), (path.get)(value)).map(Bound::unbind))?
    }

    fn store(input: BytesLike) -> Self {
        input.0.into()
    }

    /// Formats the list of byte values, in quotes.
    fn repr(stored: &Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{:?}\"", &stored[..])
    }

    fn to_plain<'py>(stored: &Self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        BytesOut(stored).into_bound_py_any(py)
    }
}

impl Take for Bytes {
    type Taken = BytesOut<Bytes>;

    fn take(stored: &mut Bytes) -> BytesOut<Bytes> {
        BytesOut(mem::take(stored))
    }
}

/// Implements `Kind` for a value inside a plain struct. The block has the items that differ between the kinds.
macro_rules! value {
    ($Kind:ident: $($Bound:ident)::+ { $($items:tt)* }) => {
        impl<W: Wrapper<Value: Clone + $($Bound)::+>> Kind for $Kind<W> {
            type Stored = W::Value;
            type Input = Value<W>;
            type Output = W;
            $($items)*

            fn get<P: Wrapper>(parent: &Bound<'_, P>, path: FieldPath<P::Value, W::Value>) -> PyResult<W> {
                Ok(part(parent, path, Itself))
            }

            fn store(input: Value<W>) -> W::Value {
                input.0
            }

            fn to_owner<'py>(stored: &W::Value, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                Ok(W::new_owner(py, stored.clone())?.into_any())
            }
        }
    };
}

value! { Nested: Table {
    const MAY_BE_ABSENT: bool = true;

    fn repr(stored: &W::Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        stored.repr(f)
    }

    fn to_plain<'py>(stored: &W::Value, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(stored.to_dict(py)?.into_any())
    }
}}

value! { Opaque: fmt::Debug {
    const IN_DICT: bool = false;

    fn repr(stored: &W::Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(stored, f)
    }

    fn to_plain<'py>(stored: &W::Value, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Self::to_owner(stored, py)
    }
}}

impl<W: Wrapper<Value: Clone + Table>> Kind for OptionalValue<W> {
    type Stored = Option<W::Value>;
    type Input = Option<Value<W>>;
    type Output = Option<W>;

    fn get<P: Wrapper>(parent: &Bound<'_, P>, path: FieldPath<P::Value, Self::Stored>) -> PyResult<Option<W>> {
        let present = parent.get().read(|value| (path.get)(value).is_some())?;
        Ok(present.then(|| part(parent, path, Present)))
    }

    fn store(input: Option<Value<W>>) -> Self::Stored {
        input.map(|value| value.0)
    }

    fn repr(stored: &Self::Stored, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&stored.as_ref().map(Show), f)
    }

    fn to_plain<'py>(stored: &Self::Stored, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        stored.as_ref().map(|value| value.to_dict(py)).transpose()?.into_bound_py_any(py)
    }
}

/// The message in a field, or its default. It is created when a view writes to it.
#[derive(Clone, Copy)]
pub struct OrDefault;

impl<T: Message + Default> Select<SingularPtrField<T>, T> for OrDefault {
    fn select(self, field: &SingularPtrField<T>) -> Option<&T> {
        Some(field.as_ref().unwrap_or_else(|| T::default_instance()))
    }

    fn select_mut(self, field: &mut SingularPtrField<T>) -> Option<&mut T> {
        if field.is_none() {
            field.set_default();
        }
        field.as_mut()
    }
}

impl<W: Wrapper<Value: Message + Clone + Default + Table>> Kind for Optional<W> {
    type Stored = SingularPtrField<W::Value>;
    type Input = Value<W>;
    type Output = W;
    const MAY_BE_ABSENT: bool = true;

    fn get<P: Wrapper>(parent: &Bound<'_, P>, path: FieldPath<P::Value, Self::Stored>) -> PyResult<W> {
        Ok(part(parent, path, OrDefault))
    }

    fn store(input: Value<W>) -> Self::Stored {
        SingularPtrField::some(input.0)
    }

    fn repr(stored: &Self::Stored, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&stored.as_ref().map(Show), f)
    }

    fn to_plain<'py>(stored: &Self::Stored, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(stored.as_ref().unwrap_or_else(|| W::Value::default_instance()).to_dict(py)?.into_any())
    }
}

impl<W: Wrapper<Value: Message + Clone + Default + Table>> Take for Optional<W> {
    type Taken = Owned<W>;

    fn take(stored: &mut Self::Stored) -> Owned<W> {
        Owned(stored.take().unwrap_or_default())
    }
}

/// A kind that differs from `K` only in its `repr`, which `R` defines.
pub struct Shown<K, R>(PhantomData<(K, R)>);

/// The `repr` of a field, in place of the one that its kind defines.
pub trait Repr<T> {
    /// Formats the field for a `repr`.
    fn repr(stored: &T, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<K: Kind, R: Repr<K::Stored>> Kind for Shown<K, R> {
    type Stored = K::Stored;
    type Input = K::Input;
    type Output = K::Output;
    const IN_DICT: bool = K::IN_DICT;
    const MAY_BE_ABSENT: bool = K::MAY_BE_ABSENT;

    fn get<P: Wrapper>(parent: &Bound<'_, P>, path: FieldPath<P::Value, K::Stored>) -> PyResult<K::Output> {
        K::get(parent, path)
    }

    fn store(input: K::Input) -> K::Stored {
        K::store(input)
    }

    fn repr(stored: &K::Stored, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        R::repr(stored, f)
    }

    fn to_plain<'py>(stored: &K::Stored, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        K::to_plain(stored, py)
    }

    fn to_owner<'py>(stored: &K::Stored, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        K::to_owner(stored, py)
    }
}

impl<K: Take, R: Repr<K::Stored>> Take for Shown<K, R> {
    type Taken = K::Taken;

    fn take(stored: &mut K::Stored) -> K::Taken {
        K::take(stored)
    }
}

/// An [`Optional`] whose default is shown if it is absent.
pub type Defaulted<W> = Shown<Optional<W>, OrDefault>;

impl<T: Message + Table> Repr<SingularPtrField<T>> for OrDefault {
    fn repr(stored: &SingularPtrField<T>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        stored.as_ref().unwrap_or_else(|| T::default_instance()).repr(f)
    }
}

/// An enum whose number is shown.
pub type Numbered<E> = Shown<E, Number>;

/// Formats the number of an enum.
pub struct Number;

impl<T: ProtobufEnum> Repr<T> for Number {
    fn repr(stored: &T, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&stored.value(), f)
    }
}

/// The kinds that are returned as a list of views.
macro_rules! sequence {
    ($($Kind:ident: $Stored:ident;)*) => {$(
        impl<W: Wrapper<Value: Clone + Table>> Kind for $Kind<W> {
            type Stored = $Stored<W::Value>;
            type Input = Many<Value<W>>;
            type Output = Vec<W>;

            fn get<P: Wrapper>(parent: &Bound<'_, P>, path: FieldPath<P::Value, Self::Stored>) -> PyResult<Vec<W>> {
                elements(parent, path)
            }

            fn store(input: Many<Value<W>>) -> Self::Stored {
                input.into_values().into()
            }

            fn repr(stored: &Self::Stored, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(stored.iter().map(Show)).finish()
            }

            fn to_plain<'py>(stored: &Self::Stored, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                let items = stored.iter().map(|item| item.to_dict(py)).collect::<PyResult<Vec<_>>>()?;
                Ok(PyList::new(py, items)?.into_any())
            }
        }

        impl<W: Wrapper<Value: Clone + Table>> Take for $Kind<W> {
            type Taken = Vec<Owned<W>>;

            fn take(stored: &mut Self::Stored) -> Vec<Owned<W>> {
                mem::take(stored).into_iter().map(Owned).collect()
            }
        }
    )*};
}

sequence! {
    Repeated: RepeatedField;
    List: Vec;
}
