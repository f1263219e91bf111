//! Lines of large streams: a scanner takes those that are written in the usual way, on all cores;
//! the others are given to the caller as they are. Everything arrives in the order of the lines.
//!
//! Nobody copies the stream: the blocks that are read are the ones that are hashed and scanned. Only the line that
//! stands in two blocks is put together.

use std::io::{Cursor, Read};
use std::sync::Arc;

use memchr::{memchr, memchr_iter, memrchr};

use super::crew::{self, Crew};
use super::lines::{Line, Lines, without_return};
use super::{Diags, Stop};

/// Threads that scan and hash beside the one that reads, at the most.
const MAX_THREADS: usize = 4;
/// How often scanning starts again after a record that stands in two blocks.
const MAX_RESUMES: usize = 1024;
/// Bytes that are scanned again after such a record, beyond which the caller reads them: what was read ahead, and more.
const MAX_OPEN: usize = 16 * 1024 * 1024;

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
pub trait Scan: Clone + Send + Sync {
    /// What a line says; offsets in it count from the start of the line.
    type Event: Send;

    /// Looks at one line, without its end; or at several lines, where the first ones were [`Seen::Open`].
    fn line(&mut self, line: &[u8]) -> Seen<Self::Event>;

    /// Looks at the line that `text` starts with before anybody has searched for its end: how long it is without its
    /// line feed, which has to stand in `text`, and what it says; or `None`, and [`Scan::line`] is asked.
    fn next(&mut self, text: &[u8]) -> Option<(usize, Seen<Self::Event>)> {
        let _ = text;
        None
    }
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
impl<E: Clone + Send + Sync> Scan for Unscanned<E> {
    type Event = E;

    fn line(&mut self, _: &[u8]) -> Seen<E> {
        Seen::Unsure
    }
}

/// Whole lines, and after the scan what they say. Places in it count from the start of `lead` on.
struct Block<E> {
    /// The line that ends in `bytes` and starts before.
    lead: Vec<u8>,
    /// What was read, of which the lines from `from` to `to` are scanned.
    bytes: Arc<Vec<u8>>,
    from: usize,
    to: usize,
    lines: u32,
    is_scanned: bool,
    /// Number of the line in the block from 1, its place in the block and its length, and the event; `None` where the
    /// caller parses it.
    said: Vec<(u32, u32, u32, Option<E>)>,
    /// Where the scanner lost its way.
    lost: Option<Lost>,
}

/// A line that says something, by its number and place in its block.
struct Found<'f> {
    number: u32,
    place: usize,
    bytes: &'f [u8],
}

/// Where a scanner lost its way.
#[derive(Clone, Copy)]
struct Lost {
    at: usize,
    /// Whether it is only a record that goes on in the next block.
    is_open: bool,
}

/// What there is to scan.
enum Next {
    Lines,
    /// A line that is longer than a block.
    Odd,
    End,
}

impl<E> Default for Block<E> {
    fn default() -> Block<E> {
        Block {
            lead: Vec::new(),
            bytes: Arc::default(),
            from: 0,
            to: 0,
            lines: 0,
            is_scanned: false,
            said: Vec::new(),
            lost: None,
        }
    }
}

impl<E> Block<E> {
    /// Finds what the lines say.
    fn scan<S: Scan<Event = E>>(&mut self, scanner: S) {
        let mut said = std::mem::take(&mut self.said);
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let scanned = self.walk(scanner, &mut |event, line| {
            said.push((line.number, narrow(line.place), narrow(line.bytes.len()), event));
            Ok(())
        });
        // Nothing above fails.
        self.is_scanned = scanned.is_ok();
        self.said = said;
    }

    /// Goes through the lines in their order.
    fn walk<S: Scan<Event = E>>(
        &mut self,
        mut scanner: S,
        take: &mut impl FnMut(Option<E>, Found<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.lost = None;
        self.lines = 0;
        let lead = std::mem::take(&mut self.lead);
        let bytes = Arc::clone(&self.bytes);
        self.part(&mut scanner, &lead, 0, take)?;
        if self.lost.is_none() {
            self.part(&mut scanner, &bytes[self.from..self.to], lead.len(), take)?;
        }
        self.lead = lead;
        Ok(())
    }

    /// Goes through lines that stand together; `before` is the place of the first.
    fn part<S: Scan<Event = E>>(
        &mut self,
        scanner: &mut S,
        text: &[u8],
        before: usize,
        take: &mut impl FnMut(Option<E>, Found<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut start = 0;
        while start < text.len() {
            let (end, feed, lines, seen) = match scanner.next(&text[start..]) {
                Some((length, seen)) => (start + length, start + length, 1, seen),
                None => {
                    let mut feed = line_end(text, start);
                    let mut lines = 1;
                    let mut line = without_return(&text[start..feed]);
                    let mut seen = scanner.line(line);
                    if let Seen::Open = seen {
                        let Some((last, more)) = close(text, feed) else {
                            self.lost = Some(Lost { at: before + start, is_open: true });
                            return Ok(());
                        };
                        feed = last;
                        lines += more;
                        line = without_return(&text[start..feed]);
                        seen = scanner.line(line);
                    }
                    (start + line.len(), feed, lines, seen)
                }
            };
            let event = match seen {
                Seen::Nothing => None,
                Seen::Event(event) => Some(Some(event)),
                Seen::Unsure => Some(None),
                Seen::Open | Seen::Lost => {
                    self.lost = Some(Lost { at: before + start, is_open: false });
                    return Ok(());
                }
            };
            if let Some(event) = event {
                let found = Found { number: self.lines + 1, place: before + start, bytes: &text[start..end] };
                take(event, found)?;
            }
            self.lines += lines;
            start = feed + 1;
        }
        Ok(())
    }

    /// Tells what the lines say, found before or now.
    fn tell<S: Scan<Event = E>>(
        &mut self,
        scanner: &S,
        before: u64,
        diags: &Diags,
        mut take: impl FnMut(Option<E>, Line<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let number = |number: u32| before + u64::from(number);
        if !self.is_scanned {
            return self.walk(scanner.clone(), &mut |event, found| {
                take(event, Line { number: number(found.number), bytes: found.bytes, diags })
            });
        }
        let (lead, bytes) = (&self.lead, &self.bytes[self.from..]);
        for (index, place, length, event) in self.said.drain(..) {
            let (start, length) = (place as usize, length as usize);
            let text = match start.checked_sub(lead.len()) {
                Some(start) => bytes.get(start..start + length),
                None => lead.get(start..start + length),
            };
            take(event, Line { number: number(index), bytes: text.unwrap_or_default(), diags })?;
        }
        Ok(())
    }

    /// Puts what stands from a place on at the end of `text`.
    fn copy_from(&self, place: usize, text: &mut Vec<u8>) {
        text.extend_from_slice(self.lead.get(place..).unwrap_or_default());
        let from = self.from + place.saturating_sub(self.lead.len());
        text.extend_from_slice(self.bytes.get(from..self.to).unwrap_or_default());
    }
}

fn line_end(text: &[u8], start: usize) -> usize {
    memchr(b'\n', &text[start..]).map_or(text.len(), |length| start + length)
}

/// The end of the line in which quotation marks close that are open at the end of a line, and how many lines
/// further that is; `None` where it is not in this text.
fn close(text: &[u8], mut end: usize) -> Option<(usize, u32)> {
    let mut more = 0;
    while end + 1 < text.len() {
        let start = end + 1;
        end = line_end(text, start);
        more += 1;
        // Doubled ones inside change nothing, and a pair closes one field and opens another.
        if memchr_iter(b'"', &text[start..end]).count() % 2 == 1 {
            return Some((end, more));
        }
    }
    None
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
        let threads = (crew::cores().get() - 1).min(MAX_THREADS);
        let mut resumes = 0;
        // Most files have but one block.
        let mut is_alone = true;
        loop {
            let lost = if is_alone || self.ended || threads == 0 {
                let mut block = Block::default();
                match self.block(&mut block)? {
                    Next::Lines => {}
                    Next::Odd => {
                        self.odd_line(&mut take)?;
                        continue;
                    }
                    Next::End => return Ok(()),
                }
                self.tell(scanner, &mut block, &mut take)?;
                block.lost.inspect(|lost| self.give_back(|text| block.copy_from(lost.at, text)))
            } else {
                match self.scan_together(threads, scanner, &mut take)? {
                    None => return Ok(()),
                    lost => lost,
                }
            };
            is_alone = lost.is_some();
            if let Some(lost) = lost {
                resumes += 1;
                if !self.goes_on(lost, resumes)? {
                    return Ok(());
                }
            }
        }
    }

    /// Whether to scan again from where a scanner lost its way.
    fn goes_on(&mut self, lost: Lost, resumes: usize) -> Result<bool, Stop> {
        Ok(lost.is_open && resumes <= MAX_RESUMES && self.window.len() - self.at <= MAX_OPEN && self.fill()?)
    }

    /// Scans with the help of so many threads, up to the end or to where a scanner lost its way.
    fn scan_together<S: Scan>(
        &mut self,
        threads: usize,
        scanner: &S,
        take: &mut impl FnMut(Option<S::Event>, Line<'_>) -> Result<(), Stop>,
    ) -> Result<Option<Lost>, Stop> {
        let hashes = self.input.hashes().map_err(|error| Stop::io(&error))?;
        let scan = |block: &mut Block<S::Event>| block.scan(scanner.clone());
        crew::with(threads, &hashes, &scan, |crew| self.scan_with(crew, scanner, take))
    }

    fn scan_with<S: Scan>(
        &mut self,
        crew: &Crew<'_, Block<S::Event>>,
        scanner: &S,
        take: &mut impl FnMut(Option<S::Event>, Line<'_>) -> Result<(), Stop>,
    ) -> Result<Option<Lost>, Stop> {
        let mut spare: Vec<Block<S::Event>> = Vec::new();
        loop {
            let mut result = Ok(Next::Odd);
            if crew.wants_more() {
                let mut block = spare.pop().unwrap_or_default();
                result = self.block(&mut block);
                if let Ok(Next::Lines) = result {
                    crew.put(block);
                    continue;
                }
            }
            // Nothing more can be read now: what was read before is told first, also before a fault.
            let Some(block) = crew.next() else {
                match result? {
                    Next::Lines => {}
                    Next::Odd => self.odd_line(take)?,
                    Next::End => return Ok(None),
                }
                continue;
            };
            let mut block = block?;
            self.tell(scanner, &mut block, &mut *take)?;
            if let Some(lost_way) = block.lost {
                let later = crew.rest()?;
                self.give_back(|text| {
                    block.copy_from(lost_way.at, text);
                    later.iter().for_each(|block| block.copy_from(0, text));
                });
                return Ok(Some(lost_way));
            }
            // Whoever reads may fill it again.
            block.bytes = Arc::default();
            block.is_scanned = false;
            spare.push(block);
        }
    }

    fn tell<S: Scan>(
        &mut self,
        scanner: &S,
        block: &mut Block<S::Event>,
        take: &mut impl FnMut(Option<S::Event>, Line<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        block.tell(scanner, self.number, &self.diags, take)?;
        self.number += u64::from(block.lines);
        Ok(())
    }

    /// Takes the next whole lines: those in the window, or those in the next block that is read, of which the last line
    /// stays in the window where it does not end there.
    fn block<E>(&mut self, block: &mut Block<E>) -> Result<Next, Stop> {
        block.lead.clear();
        loop {
            let rest = &self.window[self.at..];
            let end = match memrchr(b'\n', rest) {
                Some(end) => end + 1,
                None if self.ended => rest.len(),
                None => 0,
            };
            if end > 0 {
                let (from, to) = (self.at, self.at + end);
                let tail = self.window[to..].to_vec();
                let bytes = std::mem::replace(&mut self.window, tail);
                self.at = 0;
                (block.bytes, block.from, block.to) = (Arc::new(bytes), from, to);
                return Ok(Next::Lines);
            }
            if self.ended {
                return Ok(Next::End);
            }
            let bytes = self.input.block().map_err(|error| Stop::io(&error))?;
            let Some(first) = memchr(b'\n', &bytes) else {
                self.ended = bytes.is_empty();
                self.window.extend_from_slice(&bytes);
                if self.ended {
                    continue;
                }
                return Ok(Next::Odd);
            };
            let to = memrchr(b'\n', &bytes).map_or(0, |last| last + 1);
            let from = if self.at == self.window.len() { 0 } else { first + 1 };
            block.lead.extend_from_slice(&self.window[self.at..]);
            block.lead.extend_from_slice(&bytes[..from]);
            self.window.clear();
            self.window.extend_from_slice(&bytes[to..]);
            self.at = 0;
            (block.bytes, block.from, block.to) = (bytes, from, to);
            return Ok(Next::Lines);
        }
    }

    fn odd_line<E>(&mut self, take: &mut impl FnMut(Option<E>, Line<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
        match self.next()? {
            Some(line) => take(None, line),
            None => Ok(()),
        }
    }

    /// Puts bytes before what is still to be read.
    fn give_back(&mut self, copy: impl FnOnce(&mut Vec<u8>)) {
        let mut text = Vec::new();
        copy(&mut text);
        text.extend_from_slice(&self.window[self.at..]);
        self.window = text;
        self.at = 0;
    }

    /// All that is still to be read.
    pub(super) fn into_rest(mut self) -> impl Read + 'i {
        self.window.drain(..self.at);
        Cursor::new(self.window).chain(self.input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::hashing::Hashing;

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
        let mut lines = Lines::new(Vec::new(), Box::new(Hashing::new(Cursor::new(text))), Diags::default());
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
