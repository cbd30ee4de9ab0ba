//! Family 05: rules that are legal and yet not what was meant.
