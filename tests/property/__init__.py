"""Random inputs, calls and schedules, held against a model or an invariant."""
