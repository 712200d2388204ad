//! The class macro of protobuf messages.

/// A class whose value is a protobuf message: see the head of this file.
macro_rules! message_class {
    ($(#[$doc:meta])* $Owner:ident / $Ref:ident: $Value:ty, new $($optional:ident)? $signature:literal
        { *, $($rows:tt)* }) => {
        $crate::eraftpb::message_class::message_class! {
            @all $(#[$doc])* $Owner / $Ref: $Value { [$($optional)?] [*,] $signature $($rows)* }
        }
    };
    ($(#[$doc:meta])* $Owner:ident / $Ref:ident: $Value:ty, new $($optional:ident)? $signature:literal
        { $($rows:tt)* }) => {
        $crate::eraftpb::message_class::message_class! {
            @all $(#[$doc])* $Owner / $Ref: $Value { [$($optional)?] [] $signature $($rows)* }
        }
    };
    (@all $(#[$doc:meta])* $Owner:ident / $Ref:ident: $Value:ty
        { $optional:tt $star:tt $signature:literal $($rows:tt)* }) => {
        $crate::binding::classes::struct_class! { message, $(#[$doc])* $Owner / $Ref: $Value { $($rows)* } }
        $crate::binding::classes::constructor! { $optional $star $signature $Owner / $Ref: $Value { $($rows)* } }
        $crate::binding::classes::clone_methods! { $Ref, Clone::clone }
        $crate::binding::classes::equality! { $Ref }
        $crate::eraftpb::codec::codec! { $Owner / $Ref }
        $crate::eraftpb::delimited::delimited! { $Owner / $Ref }

        #[pymethods]
        impl $Ref {
            /// Sets every field to its default.
            ///
            /// Mirrors `protobuf::Message::clear`.
            fn clear(&self) -> PyResult<()> {
                $crate::binding::handle::Wrapper::write(self, |value| *value = Default::default())
            }
        }
    };
}

pub(crate) use message_class;
