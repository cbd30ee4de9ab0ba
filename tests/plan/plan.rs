//! Whole rules to plans: searches, columns, fidelity and its reasons.
