//! Family 01: what does not parse.
