"""Random inputs, calls and schedules, checked against a model or an invariant."""
