//! What the world agrees on: severity scores and, in time, the lists of weaknesses.

pub mod cvss;
