//! What stands between hostile text and every output.

pub mod csv;
pub mod html;
pub mod markdown;
pub mod terminal;
pub mod visible;
pub mod xml;
