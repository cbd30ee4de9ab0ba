//! Family 02: names that no schema knows.
