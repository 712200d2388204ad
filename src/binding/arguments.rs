//! Arguments: a value for a field, and a value for a constructor's argument.

use pyo3::Borrowed;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;

use crate::binding::exceptions::normalized;
use crate::binding::kinds::Kind;

/// Argument: a value for a field. A conversion error is raised once the name of the field is available.
pub struct FieldValue<K: Kind>(PyResult<K::Stored>);

/// Argument: a value for a field that may be `None`, which is the default.
pub type OptionalFieldValue<K> = Option<FieldValue<K>>;

impl<K: Kind> From<OptionalFieldValue<K>> for FieldValue<K> {
    fn from(value: OptionalFieldValue<K>) -> Self {
        value.unwrap_or_else(|| Python::attach(|py| Self::convert(py.None().bind_borrowed(py))))
    }
}

impl<'py, K: Kind> FromPyObject<'_, 'py> for FieldValue<K> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = <K::Input as FromPyObject<'_, '_>>::INPUT_TYPE;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self::convert(object))
    }
}

impl<K: Kind> FieldValue<K> {
    fn convert(object: Borrowed<'_, '_, PyAny>) -> Self {
        Self(object.extract::<K::Input>().map(K::store).map_err(Into::into))
    }

    /// Returns the value to store in the field `name`. Raises the error of the conversion, prefixed with the name.
    pub fn named(self, name: &str) -> PyResult<K::Stored> {
        self.0.map_err(|error| Python::attach(|py| name_field(py, error, name)))
    }
}

/// Argument of a constructor: a value for a field, or omitted for its default. With `OPTIONAL`, `None` means omitted.
pub enum Argument<K: Kind, const OPTIONAL: bool> {
    /// The field keeps its default.
    Omitted,
    /// The field gets this value.
    Provided(FieldValue<K>),
}

impl<'py, K: Kind, const OPTIONAL: bool> FromPyObject<'_, 'py> for Argument<K, OPTIONAL> {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = if K::MAY_BE_ABSENT {
        <Option<FieldValue<K>> as FromPyObject<'_, '_>>::INPUT_TYPE
    } else {
        FieldValue::<K>::INPUT_TYPE
    };

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if (OPTIONAL || K::MAY_BE_ABSENT) && object.is_none() {
            return Ok(Self::Omitted);
        }
        Ok(Self::Provided(FieldValue::convert(object)))
    }
}

fn name_field(py: Python<'_>, error: PyErr, name: &str) -> PyErr {
    let error = normalized(py, error);
    let text = format!("{name}: {}", error.value(py));
    if error.is_instance_of::<PyOverflowError>(py) {
        PyOverflowError::new_err(text)
    } else if error.is_instance_of::<PyTypeError>(py) {
        PyTypeError::new_err(text)
    } else if error.is_instance_of::<PyValueError>(py) {
        PyValueError::new_err(text)
    } else {
        error
    }
}
