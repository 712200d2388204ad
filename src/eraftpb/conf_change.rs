//! `ConfChange`, `ConfChangeSingle` and `ConfChangeV2`: membership changes.

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::{Borrowed, PyTypeInfo, type_hint_union};
use raft::eraftpb;
use raft_proto::ConfChangeI;

use crate::binding::classes::equality;
use crate::binding::convert::{Owned, expected};
use crate::binding::handle::Wrapper;
use crate::binding::kinds::{Numbered, Repeated};
use crate::binding::view::whole;
use crate::eraftpb::enums::{PyConfChangeTransition, PyConfChangeType};
use crate::eraftpb::hooks::{ConfChangeContext, ConfChangeV2Context, Payload};
use crate::eraftpb::message_class::message_class;

message_class! {
    /// A membership change of one node.
    ///
    /// Mirrors `raft::eraftpb::ConfChange`.
    "ConfChange" / "ConfChangeRef": raft::eraftpb::ConfChange, new
        "(*, change_type=ConfChangeType.AddNode, node_id=0, context=b'', id=0)" {
        *,
        /// The type of the change.
        change_type: PyConfChangeType,
        /// The id of the node that is added, removed, or made a learner.
        node_id: u64,
        /// Application data, such as the address of the node.
        context: Payload<ConfChangeContext>,
        /// An id that the application may assign to the change.
        id: u64,
    }
}
equality! { PyConfChangeRef }

message_class! {
    /// A single change of a `ConfChangeV2`: one node and the type of its change.
    ///
    /// Mirrors `raft::eraftpb::ConfChangeSingle`.
    "ConfChangeSingle" / "ConfChangeSingleRef": raft::eraftpb::ConfChangeSingle, new
        "(*, change_type=ConfChangeType.AddNode, node_id=0)" {
        *,
        /// The type of the change.
        change_type: PyConfChangeType,
        /// The id of the node that is added, removed, or made a learner.
        node_id: u64,
    }
}
equality! { PyConfChangeSingleRef }

message_class! {
    /// A membership change of any number of nodes. It uses joint consensus where that is required.
    ///
    /// Mirrors `raft::eraftpb::ConfChangeV2`.
    "ConfChangeV2" / "ConfChangeV2Ref": raft::eraftpb::ConfChangeV2, new
        "(*, transition=ConfChangeTransition.Auto, changes=(), context=b'')" {
        *,
        /// The transition from the old configuration to the new one.
        transition: Numbered<PyConfChangeTransition>,
        /// The single changes. An empty list leaves a joint configuration.
        changes: Repeated<PyConfChangeSingleRef>,
        /// Application data.
        context: Payload<ConfChangeV2Context>,
    }
}
equality! { PyConfChangeV2Ref }

/// The methods of `raft_proto::ConfChangeI`.
macro_rules! conf_change_i {
    ($Ref:ident) => {
        #[pymethods]
        impl $Ref {
            /// Converts this change to a new `ConfChangeV2`. The change itself is unchanged.
            ///
            /// Mirrors `raft_proto::ConfChangeI::into_v2`.
            fn into_v2(&self) -> PyResult<Owned<PyConfChangeV2Ref>> {
                self.as_v2()
            }

            /// Returns this change as a new `ConfChangeV2`.
            ///
            /// Mirrors `raft_proto::ConfChangeI::as_v2`.
            fn as_v2(&self) -> PyResult<Owned<PyConfChangeV2Ref>> {
                self.read(|change| Owned(change.as_v2().into_owned()))
            }

            /// Returns a live view of this change if it is a `ConfChange`, else `None`.
            ///
            /// Mirrors `raft_proto::ConfChangeI::as_v1`.
            fn as_v1(slf: &Bound<'_, Self>) -> Option<PyConfChangeRef> {
                slf.cast::<PyConfChangeRef>().ok().map(whole)
            }
        }
    };
}

conf_change_i! { PyConfChangeRef }
conf_change_i! { PyConfChangeV2Ref }

#[pymethods]
impl PyConfChangeV2Ref {
    /// Returns `None` if the change is simple, else whether the joint configuration is left automatically.
    ///
    /// Mirrors `raft::eraftpb::ConfChangeV2::enter_joint`.
    fn enter_joint(&self) -> PyResult<Option<bool>> {
        self.read(raft::eraftpb::ConfChangeV2::enter_joint)
    }

    /// Returns whether the change leaves a joint configuration: it is empty, except for the context.
    ///
    /// Mirrors `raft::eraftpb::ConfChangeV2::leave_joint`.
    fn leave_joint(&self) -> PyResult<bool> {
        self.read(raft::eraftpb::ConfChangeV2::leave_joint)
    }
}

/// Argument: a `ConfChange` or a `ConfChangeV2`.
///
/// Mirrors `impl raft_proto::ConfChangeI`.
pub enum AnyConfChange {
    /// A membership change of one node.
    V1(eraftpb::ConfChange),
    /// A membership change of any number of nodes.
    V2(eraftpb::ConfChangeV2),
}

impl<'py> FromPyObject<'_, 'py> for AnyConfChange {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(PyConfChangeRef::TYPE_HINT, PyConfChangeV2Ref::TYPE_HINT);

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(change) = object.cast::<PyConfChangeRef>() {
            return change.get().read(Clone::clone).map(Self::V1);
        }
        match object.cast::<PyConfChangeV2Ref>() {
            Ok(change) => change.get().read(Clone::clone).map(Self::V2),
            Err(_) => Err(expected("ConfChange or ConfChangeV2", &object)),
        }
    }
}

impl AnyConfChange {
    /// Converts the change to a `ConfChangeV2`, the form in which raft-rs applies both.
    pub fn into_v2(self) -> eraftpb::ConfChangeV2 {
        match self {
            Self::V1(change) => change.into_v2(),
            Self::V2(change) => change,
        }
    }
}
