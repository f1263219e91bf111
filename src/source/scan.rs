//! Lines of large streams: a scanner takes those that are written in the usual way, on several threads;
//! the others are given to the caller as they are. Everything arrives in the order of the lines.

use std::collections::VecDeque;
use std::io::{Cursor, Read};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, available_parallelism};

use memchr::{memchr, memchr_iter, memrchr};

use super::lines::{Line, Lines};
use super::{Diags, Stop};

/// Threads that scan, at the most.
const MAX_THREADS: usize = 4;
/// Blocks for each thread that are read ahead.
const AHEAD: usize = 2;
/// How often scanning starts again after a record that stands in two blocks.
const MAX_RESUMES: usize = 1024;
/// Bytes of a record that stands in two blocks, beyond which the caller reads it.
const MAX_OPEN: usize = 4 * 1024 * 1024;

/// What a scanner says of a line.
pub enum Seen<E> {
    /// It is valid and does not matter.
    Nothing,
    /// It is valid and says this.
    Event(E),
    /// It is written in another way: the caller parses it.
    Unsure,
    /// It ends inside of quotation marks: the record goes on in the next line.
    Open,
    /// Nothing is certain from here on: the caller reads the rest.
    Lost,
}

/// A scanner of lines. Each block of lines has its own, so nothing but speed may depend on what it has seen before.
pub trait Scan: Clone + Send {
    /// What a line says; offsets in it count from the start of the line.
    type Event: Send;

    /// Looks at one line, without its end; or at several lines, where the first ones were [`Seen::Open`].
    fn line(&mut self, line: &[u8]) -> Seen<Self::Event>;
}

/// A scanner that leaves every line to the caller.
#[cfg(test)]
#[derive(Clone)]
pub struct Unscanned<E>(std::marker::PhantomData<E>);

#[cfg(test)]
impl<E> Default for Unscanned<E> {
    fn default() -> Unscanned<E> {
        Unscanned(std::marker::PhantomData)
    }
}

#[cfg(test)]
impl<E: Clone + Send> Scan for Unscanned<E> {
    type Event = E;

    fn line(&mut self, _: &[u8]) -> Seen<E> {
        Seen::Unsure
    }
}

/// Whole lines, and after the scan what they say.
struct Block<E> {
    bytes: Vec<u8>,
    lines: u64,
    /// Number of the line in the block from 1, its place in the block, and the event; `None` where the caller parses it.
    said: Vec<(u32, u32, u32, Option<E>)>,
    /// Where the scanner lost its way.
    lost: Option<Lost>,
}

/// Where a scanner lost its way.
#[derive(Clone, Copy)]
struct Lost {
    at: usize,
    /// Whether it is only a record that goes on in the next block.
    is_open: bool,
}

impl<E> Block<E> {
    const fn new() -> Block<E> {
        Block { bytes: Vec::new(), lines: 0, said: Vec::new(), lost: None }
    }

    fn scan<S: Scan<Event = E>>(&mut self, mut scanner: S) {
        self.said.clear();
        self.lost = None;
        let mut start = 0;
        let mut number = 0u32;
        while start < self.bytes.len() {
            let mut end = self.line_end(start);
            let mut lines = 1;
            let mut seen = scanner.line(without_return(&self.bytes[start..end]));
            if let Seen::Open = seen {
                let Some((last, more)) = self.close(end) else {
                    self.lost = Some(Lost { at: start, is_open: true });
                    break;
                };
                end = last;
                lines += more;
                seen = scanner.line(without_return(&self.bytes[start..end]));
            }
            let event = match seen {
                Seen::Nothing => None,
                Seen::Event(event) => Some(Some(event)),
                Seen::Unsure => Some(None),
                Seen::Open | Seen::Lost => {
                    self.lost = Some(Lost { at: start, is_open: false });
                    break;
                }
            };
            if let Some(event) = event {
                let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                let length = without_return(&self.bytes[start..end]).len();
                self.said.push((number + 1, narrow(start), narrow(start + length), event));
            }
            number += lines;
            start = end + 1;
        }
        self.lines = u64::from(number);
    }

    fn line_end(&self, start: usize) -> usize {
        memchr(b'\n', &self.bytes[start..]).map_or(self.bytes.len(), |length| start + length)
    }

    /// The end of the line in which quotation marks close that are open at the end of a line, and how many lines
    /// further that is; `None` where it is not in this block.
    fn close(&self, mut end: usize) -> Option<(usize, u32)> {
        let mut more = 0;
        while end + 1 < self.bytes.len() {
            let start = end + 1;
            end = self.line_end(start);
            more += 1;
            // Doubled ones inside change nothing, and a pair closes one field and opens another.
            if memchr_iter(b'"', &self.bytes[start..end]).count() % 2 == 1 {
                return Some((end, more));
            }
        }
        None
    }

    /// Tells what was found.
    fn tell(
        &mut self,
        before: u64,
        diags: &Diags,
        mut take: impl FnMut(Option<E>, Line<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        for (number, start, end, event) in self.said.drain(..) {
            let bytes = self.bytes.get(start as usize..end as usize).unwrap_or_default();
            take(event, Line { number: before + u64::from(number), bytes, diags })?;
        }
        Ok(())
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

impl<'i> Lines<'i> {
    /// Calls `take` with the event of each line that the scanner recognises, and without event for each
    /// line that it is not sure of; in the order of the lines. What it passes over is not told.
    /// Where the scanner loses its way, the lines from there on are still to be read; else there are none any more.
    ///
    /// # Errors
    /// The input cannot be read, or `take` fails.
    pub fn scan<S: Scan>(
        &mut self,
        scanner: &S,
        mut take: impl FnMut(Option<S::Event>, Line<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let threads = available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
        let mut block = Block::new();
        let mut resumes = 0;
        // The first block tells whether there is more than one.
        loop {
            if self.block(&mut block.bytes)? {
                block.scan(scanner.clone());
                block.tell(self.number, &self.diags, &mut take)?;
                self.number += block.lines;
                if let Some(lost) = block.lost {
                    self.give_back(&block.bytes[lost.at..]);
                    resumes += 1;
                    if self.goes_on(lost, resumes)? {
                        continue;
                    }
                    return Ok(());
                }
            } else if self.is_over() {
                return Ok(());
            } else {
                self.odd_line(&mut take)?;
            }
            if threads > 1 && !self.ended {
                break;
            }
        }
        while let Some(lost) = self.scan_apart(threads, scanner, &mut take)? {
            resumes += 1;
            if !self.goes_on(lost, resumes)? {
                break;
            }
        }
        Ok(())
    }

    /// Whether to scan again from where a scanner lost its way.
    fn goes_on(&mut self, lost: Lost, resumes: usize) -> Result<bool, Stop> {
        Ok(lost.is_open && resumes <= MAX_RESUMES && self.window.len() - self.at <= MAX_OPEN && self.fill()?)
    }

    /// Scans on several threads, up to the end or to where a scanner lost its way.
    fn scan_apart<S: Scan>(
        &mut self,
        threads: usize,
        scanner: &S,
        take: &mut impl FnMut(Option<S::Event>, Line<'_>) -> Result<(), Stop>,
    ) -> Result<Option<Lost>, Stop> {
        thread::scope(|scope| {
            let workers: Vec<Worker<S::Event>> = (0..threads)
                .map(|_| {
                    let (to, blocks) = sync_channel::<Block<S::Event>>(AHEAD);
                    let (back, from) = channel();
                    let scanner = scanner.clone();
                    scope.spawn(move || {
                        for mut block in blocks {
                            block.scan(scanner.clone());
                            if back.send(block).is_err() {
                                break;
                            }
                        }
                    });
                    Worker { to, from }
                })
                .collect();
            self.scan_on(&workers, take)
        })
    }

    fn scan_on<E>(
        &mut self,
        workers: &[Worker<E>],
        take: &mut impl FnMut(Option<E>, Line<'_>) -> Result<(), Stop>,
    ) -> Result<Option<Lost>, Stop> {
        let mut spare: Vec<Block<E>> = Vec::new();
        // The workers that have a block, in the order of the blocks.
        let mut busy: VecDeque<usize> = VecDeque::new();
        let mut next = 0;
        loop {
            let mut result = Ok(false);
            if busy.len() < workers.len() * AHEAD {
                let mut block = spare.pop().unwrap_or_else(Block::new);
                result = self.block(&mut block.bytes);
                if let Ok(true) = result {
                    workers[next].to.send(block).map_err(|_| lost())?;
                    busy.push_back(next);
                    next = (next + 1) % workers.len();
                    continue;
                }
            }
            // Nothing more can be read now: what was read before is told first, also before a fault.
            let Some(worker) = busy.pop_front() else {
                if result? {
                    continue;
                }
                if self.is_over() {
                    return Ok(None);
                }
                // A line that is longer than a block.
                self.odd_line(take)?;
                continue;
            };
            let mut block = workers[worker].from.recv().map_err(|_| lost())?;
            block.tell(self.number, &self.diags, &mut *take)?;
            self.number += block.lines;
            if let Some(lost_way) = block.lost {
                let mut rest = block.bytes.split_off(lost_way.at);
                for worker in busy {
                    rest.extend(workers[worker].from.recv().map_err(|_| lost())?.bytes);
                }
                self.give_back(&rest);
                return Ok(Some(lost_way));
            }
            spare.push(block);
        }
    }

    /// Fills `bytes` with the next whole lines; false where there are none, or where a line is longer than a block.
    fn block(&mut self, bytes: &mut Vec<u8>) -> Result<bool, Stop> {
        bytes.clear();
        if self.at == self.window.len() || memrchr(b'\n', &self.window[self.at..]).is_none() {
            self.fill()?;
        }
        let rest = &self.window[self.at..];
        let end = match memrchr(b'\n', rest) {
            Some(end) => end + 1,
            None if self.ended => rest.len(),
            None => 0,
        };
        if end == 0 {
            return Ok(false);
        }
        let cut = self.at + end;
        // The window goes into the block, and what is left of it into the block's old memory.
        bytes.extend_from_slice(&self.window[cut..]);
        std::mem::swap(bytes, &mut self.window);
        bytes.truncate(cut);
        bytes.drain(..self.at);
        self.at = 0;
        Ok(true)
    }

    fn odd_line<E>(&mut self, take: &mut impl FnMut(Option<E>, Line<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
        match self.next()? {
            Some(line) => take(None, line),
            None => Ok(()),
        }
    }

    /// Puts bytes before what is still to be read.
    fn give_back(&mut self, bytes: &[u8]) {
        self.window.splice(..self.at, bytes.iter().copied());
        self.at = 0;
    }

    /// All that is still to be read.
    pub(super) fn into_rest(mut self) -> impl Read + 'i {
        self.window.drain(..self.at);
        Cursor::new(self.window).chain(self.input)
    }

    fn is_over(&self) -> bool {
        self.ended && self.at == self.window.len()
    }
}

struct Worker<E> {
    to: SyncSender<Block<E>>,
    from: Receiver<Block<E>>,
}

fn lost() -> Stop {
    Stop::new(&crate::diagnostics::codes::INTERNAL, "a thread that scans has failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Even;

    impl Scan for Even {
        type Event = u64;

        fn line(&mut self, line: &[u8]) -> Seen<u64> {
            match std::str::from_utf8(line).ok().and_then(|text| text.trim_end_matches('x').parse::<u64>().ok()) {
                Some(number) if number % 3 == 0 => Seen::Nothing,
                Some(number) if number % 2 == 0 => Seen::Event(number),
                _ => Seen::Unsure,
            }
        }
    }

    #[test]
    fn lines_arrive_in_their_order_whoever_takes_them() {
        let long = 3_000_000;
        let text: Vec<String> = (1..200_000u64)
            .map(|n| if n == 100_000 { format!("{n}{}", "x".repeat(long)) } else { format!("{n}\r") })
            .collect();
        let text = text.join("\n");
        let mut lines = Lines::new(Vec::new(), Box::new(Cursor::new(text)), Diags::default());
        let mut told = Vec::new();
        lines
            .scan(&Even, |event, line| {
                assert!(event.is_none_or(|event| event == line.number && line.number % 2 == 0));
                told.push(line.number);
                Ok(())
            })
            .expect("reads");
        let expected: Vec<u64> = (1..200_000).filter(|n| n % 3 != 0).collect();
        assert!(told == expected, "{} of {}", told.len(), expected.len());
    }
}
