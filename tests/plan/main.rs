//! Binding and planning, by behaviour: what a test becomes over a product's columns, and the laws that both keep.

mod bind;
mod bind_law;
mod build;
mod domains;
mod plan;
mod rows;
mod several;
mod split;
mod widen;
