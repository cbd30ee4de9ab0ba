//! Rules over events, in this process.
//!
//! In: checked rules, and events as JSON in the shape of a product. Out: matches. [`reference`] is the plain recursive definition of
//! truth; [`Engine`] says the same faster. The bindings that drive the queries say where a field lives in an event.
//! `Engine` is immutable, `Send + Sync`, and shared between threads; a [`Scanner`] owns scratch and state and stays on one.
