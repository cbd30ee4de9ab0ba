//! Family 06: packs, projects and files.
