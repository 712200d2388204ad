//! The class macro for protobuf messages.

/// Defines a class whose value is a protobuf message: see `binding::classes`.
macro_rules! message_class {
    ($(#[$doc:meta])* $owner:literal / $reference:literal: $Value:ty, new $($optional:ident)? $signature:literal
        { *, $($rows:tt)* }) => {
        $crate::eraftpb::message_class::message_class! {
            @all $(#[$doc])* $owner / $reference: $Value { [$($optional)?] [*,] $signature $($rows)* }
        }
    };
    ($(#[$doc:meta])* $owner:literal / $reference:literal: $Value:ty, new $($optional:ident)? $signature:literal
        { $($rows:tt)* }) => {
        $crate::eraftpb::message_class::message_class! {
            @all $(#[$doc])* $owner / $reference: $Value { [$($optional)?] [] $signature $($rows)* }
        }
    };
    (@all $(#[$doc:meta])* $owner:literal / $reference:literal: $Value:ty
        { $optional:tt $star:tt $signature:literal $($rows:tt)* }) => {
        $crate::binding::classes::struct_class! { message, $(#[$doc])* $owner / $reference: $Value { $($rows)* } }
        pastey::paste! {
            $crate::eraftpb::message_class::message_class! {
                @methods $optional $star $signature [<Py $owner>] / [<Py $reference>]: $Value { $($rows)* }
            }
        }
    };
    (@methods $optional:tt $star:tt $signature:literal $Owner:ident / $Ref:ident: $Value:ty { $($rows:tt)* }) => {
        $crate::binding::classes::constructor! { $optional $star $signature $Owner / $Ref: $Value { $($rows)* } }
        $crate::binding::classes::clone_methods! { $Ref, Clone::clone }
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
