//! Events made for a rule, and rows made for an event.
