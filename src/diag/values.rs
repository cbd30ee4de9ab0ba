//! Family 03: values that do not fit their field.
