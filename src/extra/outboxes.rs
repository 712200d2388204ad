//! Outboxes: lists of messages to send, by the ids of their receivers.

use std::mem;

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section2;
use pyo3::types::{PyBytes, PyDict, PyList};
use pyo3::{Borrowed, PyTypeInfo, type_hint_identifier, type_hint_subscript, type_hint_union};
use raft::eraftpb::Message;

use crate::binding::convert::Owned;
use crate::eraftpb::codec;
use crate::extra::messages::{Messages, PyMessages, PyMessagesRef};

/// The type hint of a dict with a list for each receiver.
macro_rules! lists_of {
    ($Item:ty) => {
        type_hint_subscript!(
            type_hint_identifier!("builtins", "dict"),
            type_hint_identifier!("builtins", "int"),
            type_hint_subscript!(type_hint_identifier!("builtins", "list"), <$Item>::TYPE_HINT)
        )
    };
}

/// Argument: lists for encoded messages or for `Messages`.
pub struct Outboxes(pub Py<PyDict>);

impl FromPyObject<'_, '_> for Outboxes {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(lists_of!(PyBytes), lists_of!(PyMessages));

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        Ok(Self(object.cast::<PyDict>()?.to_owned().unbind()))
    }
}

/// Result: lists of encoded messages.
pub struct EncodedOutboxes<'py>(pub Bound<'py, PyDict>);

impl<'py> IntoPyObject<'py> for EncodedOutboxes<'py> {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = lists_of!(PyBytes);

    fn into_pyobject(self, _: Python<'py>) -> PyResult<Self::Output> {
        Ok(self.0)
    }
}

/// Takes `messages` and appends them to the lists of their receivers: each one encoded, or all messages of a receiver
/// as one `Messages`.
///
/// Missing lists are created. Raises `TypeError` when a value is not a list; no message is moved in that case. Raises
/// `CodecError` for a message that is too large: it is lost, and all others are moved.
pub fn put(messages: &mut Vec<Message>, outboxes: &Bound<'_, PyDict>, encode: bool) -> PyResult<()> {
    // A node has only a few peers, so a linear search is enough.
    let mut lists: Vec<(u64, Bound<'_, PyList>)> = Vec::new();
    for message in &*messages {
        if lists.iter().all(|(to, _)| *to != message.to) {
            lists.push((message.to, get_or_make(outboxes, message.to)?));
        }
    }
    let (mut failed, count) = (None, lists.len());
    for (position, (to, mut list)) in lists.into_iter().enumerate() {
        let py = list.py();
        if encode {
            for message in messages.iter().filter(|message| message.to == to) {
                let encoding = codec::encode(py, message);
                if let Err(error) = encoding.and_then(|encoding| append(outboxes, to, &mut list, &encoding)) {
                    failed = failed.or(Some(error));
                }
            }
        } else {
            let is_last = position + 1 == count;
            let group = if is_last {
                mem::take(messages)
            } else {
                messages.extract_if(.., |message| message.to == to).collect()
            };
            let group = Owned::<PyMessagesRef>(Messages(group)).into_pyobject(py)?;
            append(outboxes, to, &mut list, &group)?;
        }
    }
    messages.clear();
    failed.map_or(Ok(()), Err)
}

/// Returns the list for `receiver`, which is created if it is missing. Several threads may do so at once.
fn get_or_make<'py>(outboxes: &Bound<'py, PyDict>, receiver: u64) -> PyResult<Bound<'py, PyList>> {
    let list = match outboxes.get_item(receiver)? {
        Some(list) => list,
        None => outboxes.set_default_with_result(receiver, PyList::empty(outboxes.py()))?.1,
    };
    Ok(list.cast_into()?)
}

/// Appends to `list`, or to the list that is there by now: without a GIL, another thread may have taken `list` out, to
/// send what it has.
fn append<'py, T: PyTypeInfo>(
    outboxes: &Bound<'py, PyDict>,
    receiver: u64,
    list: &mut Bound<'py, PyList>,
    item: &Bound<'py, T>,
) -> PyResult<()> {
    if !cfg!(Py_GIL_DISABLED) {
        return list.append(item);
    }
    loop {
        let is_appended = with_critical_section2(outboxes, list, || {
            let is_there = outboxes.get_item(receiver)?.is_some_and(|found| found.is(&*list));
            if is_there { list.append(item).map(|()| true) } else { Ok(false) }
        });
        if is_appended? {
            return Ok(());
        }
        *list = get_or_make(outboxes, receiver)?;
    }
}
