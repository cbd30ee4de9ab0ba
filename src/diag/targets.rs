//! Family 04: why a target gets less, or more, than the rule says.
