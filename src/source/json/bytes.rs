//! The bytes of a text, which detection shares with the reader.

use std::ops::Deref;
use std::sync::Arc;

/// The bytes of a text.
#[derive(Debug)]
pub(super) enum Bytes {
    Own(Vec<u8>),
    /// Of the start of an artifact, which is read once detection has looked at it.
    Shared(Arc<Vec<u8>>),
}

impl Bytes {
    /// The bytes, to be changed; those that are shared are copied.
    pub fn own(&mut self) -> &mut Vec<u8> {
        match self {
            Bytes::Own(bytes) => bytes,
            Bytes::Shared(bytes) => Arc::make_mut(bytes),
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Own(bytes) => bytes,
            Bytes::Shared(bytes) => bytes,
        }
    }
}
