//! Reports: the view, computed once, and the renderers.

pub mod facts;
