//! `ConfChange`, `ConfChangeSingle` and `ConfChangeV2`: changes of the cluster's members.

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
    /// A change of one member.
    ///
    /// Mirrors `raft::eraftpb::ConfChange`.
    "ConfChange" / "ConfChangeRef": raft::eraftpb::ConfChange, new
        "(*, change_type=ConfChangeType.AddNode, node_id=0, context=b'', id=0)" {
        *,
        /// What happens to the node.
        change_type: PyConfChangeType,
        /// The node's id.
        node_id: u64,
        /// Bytes for the application, such as the node's address.
        context: Payload<ConfChangeContext>,
        /// An id that the application may give to the change.
        id: u64,
    }
}
equality! { PyConfChangeRef }

message_class! {
    /// The part of a `ConfChangeV2` that concerns one node.
    ///
    /// Mirrors `raft::eraftpb::ConfChangeSingle`.
    "ConfChangeSingle" / "ConfChangeSingleRef": raft::eraftpb::ConfChangeSingle, new
        "(*, change_type=ConfChangeType.AddNode, node_id=0)" {
        *,
        /// What happens to the node.
        change_type: PyConfChangeType,
        /// The node's id.
        node_id: u64,
    }
}
equality! { PyConfChangeSingleRef }

message_class! {
    /// A change of any number of members, through a joint configuration where it takes one.
    ///
    /// Mirrors `raft::eraftpb::ConfChangeV2`.
    "ConfChangeV2" / "ConfChangeV2Ref": raft::eraftpb::ConfChangeV2, new
        "(*, transition=ConfChangeTransition.Auto, changes=(), context=b'')" {
        *,
        /// How the new configuration is reached.
        transition: Numbered<PyConfChangeTransition>,
        /// What happens to which node. None at all leaves a joint configuration.
        changes: Repeated<PyConfChangeSingleRef>,
        /// Bytes for the application.
        context: Payload<ConfChangeV2Context>,
    }
}
equality! { PyConfChangeV2Ref }

/// The methods of `raft_proto::ConfChangeI`.
macro_rules! conf_change_i {
    ($Ref:ident) => {
        #[pymethods]
        impl $Ref {
            /// This change as a new `ConfChangeV2`. The change itself stays as it is.
            ///
            /// Mirrors `raft_proto::ConfChangeI::into_v2`.
            fn into_v2(&self) -> PyResult<Owned<PyConfChangeV2Ref>> {
                self.as_v2()
            }

            /// This change as a new `ConfChangeV2`.
            ///
            /// Mirrors `raft_proto::ConfChangeI::as_v2`.
            fn as_v2(&self) -> PyResult<Owned<PyConfChangeV2Ref>> {
                self.read(|change| Owned(change.as_v2().into_owned()))
            }

            /// A live view of this change if it is a `ConfChange`, else `None`.
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
    /// `None` when the change takes one step; else whether the joint configuration is left by itself.
    ///
    /// Mirrors `raft::eraftpb::ConfChangeV2::enter_joint`.
    fn enter_joint(&self) -> PyResult<Option<bool>> {
        self.read(raft::eraftpb::ConfChangeV2::enter_joint)
    }

    /// Whether the change leaves a joint configuration: it is empty, but for the context.
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
    /// A change of one member.
    V1(eraftpb::ConfChange),
    /// A change of any number of members.
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
    /// The change as a `ConfChangeV2`, which is how raft-rs applies either.
    pub fn into_v2(self) -> eraftpb::ConfChangeV2 {
        match self {
            Self::V1(change) => change.into_v2(),
            Self::V2(change) => change,
        }
    }
}
