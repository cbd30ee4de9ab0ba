//! Family 06: files and projects.
