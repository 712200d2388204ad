//! Known faults that tests bring back, to prove that the simulator finds them. Only builds with the feature `failpoints`
//! have them.

/// Returns whether the fault `name` is brought back: whether a fail point of this name has an action.
#[cfg(feature = "failpoints")]
pub fn is_back(name: &str) -> bool {
    fail::eval(name, |_| ()).is_some()
}

/// Returns false: this build has no fail points.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub const fn is_back(_: &str) -> bool {
    false
}
