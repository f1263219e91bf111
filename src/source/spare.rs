//! Buffers that are not needed any more, for the next artifact that the same thread reads: most are small, and there may be
//! thousands.

use std::cell::RefCell;

/// How many are kept, and how large they may be.
const MAX_KEPT: usize = 2;
const MAX_BYTES: usize = 64 * 1024;

thread_local! {
    static LEFT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// One that was kept, with whatever stands in it; or a new one.
pub fn take() -> Vec<u8> {
    LEFT.try_with(|left| left.borrow_mut().pop()).ok().flatten().unwrap_or_default()
}

/// Keeps one, if it has memory and not too much of it.
pub fn keep(buffer: Vec<u8>) {
    if (1..=MAX_BYTES).contains(&buffer.capacity()) {
        // A thread that ends keeps nothing.
        let _ = LEFT.try_with(|left| {
            let mut left = left.borrow_mut();
            if left.len() < MAX_KEPT {
                left.push(buffer);
            }
        });
    }
}
