//! What is wrong with a text that is no JSON.

/// Why a text is not JSON, with the offset of the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub offset: usize,
    pub kind: FaultKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The text ends inside the value.
    Truncated,
    Syntax(&'static str),
    TooDeep,
    TooLong,
    TooMany,
    Encoding,
    DuplicateKey(String),
}
