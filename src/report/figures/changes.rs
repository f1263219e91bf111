//! What changed since the baseline: the tests and the findings as they were and are, and each measurement under load as
//! a line from what it was to what it is. Where it leads is told by a shape and a word, never by a colour alone.

use std::collections::{BTreeMap, BTreeSet};

use super::svg::{Anchor, BAD, Drawing, GOOD, GRID, LogScale, Part, Towards, VALUE, WIDTH, clipped, number};
use super::{Figure, latencies, outcomes, severities};
use crate::gate::baseline::{Compared, Direction, Figure as Value, LoadChange};
use crate::model::phrase::{plural, thousands};
use crate::model::{Elapsed, Outcome, Ratio, Severity};
use crate::report::view::Subject;
use crate::report::view::counts::{self, Count, Trend};

pub(super) static FIGURE: Figure = Figure { id: "changes", section: "changes-since-the-baseline", draw };

/// Measurements that are drawn, those that are worse first.
const MAX_ROWS: usize = 12;
/// The height of a measurement: its numbers, and its line under them.
const ROW: f64 = 38.0;
/// Characters on a line.
const LINE: usize = 57;
/// What the shapes mean.
const LEGEND: &str = "a ring was measured before, an arrow or a dot now";
const BAR: f64 = 18.0;
const TILE: f64 = 46.0;
const TILES: u16 = 3;
const MARGIN: f64 = 10.0;

fn draw(subject: &Subject<'_>) -> Vec<Drawing> {
    let Some(compared) = &subject.judged.compared else { return Vec::new() };
    let tests = counts::tests(compared);
    let of_outcome = |outcome: Outcome| (outcome.word(), outcomes::colour(outcome));
    let findings = counts::findings(compared);
    let of_severity = |severity: Severity| (severity.word(), severities::colour(severity));
    let drawings = [
        counted("Tests, before and now", &tests, of_outcome),
        counted("Open findings, before and now", &findings, of_severity),
        latency(subject, compared),
        failures(compared),
    ];
    drawings.into_iter().flatten().collect()
}

/// Two bars on one scale, and under them each count as it was and is.
fn counted<K: Copy>(
    title: &str,
    rows: &[Count<K>],
    look: impl Fn(K) -> (&'static str, &'static str),
) -> Option<Drawing> {
    let (all, kinds) = rows.split_first()?;
    let most = all.before.max(all.after).filter(|most| *most > 0)?;
    let lines = u16::try_from(kinds.len()).ok()?.div_ceil(TILES);
    let top = 2.0 * (BAR + 6.0) + 8.0;
    let mut drawing = Drawing::new(title, top + f64::from(lines) * TILE, Vec::new());
    for (label, total, of, y) in [
        ("before", all.before, (|count| count.before) as fn(&Count<K>) -> Option<u64>, 0.0),
        ("now", all.after, |count| count.after, BAR + 6.0),
    ] {
        drawing.text(0.0, y + 14.0, Anchor::Start, 12, label);
        let Some(total) = total else {
            drawing.text(52.0, y + 14.0, Anchor::Start, 12, "not counted");
            continue;
        };
        let part = |count: &Count<K>| {
            let (label, colour) = look(count.kind?);
            Some(Part { label, count: of(count)?, colour })
        };
        let parts: Vec<Part> = kinds.iter().filter_map(part).collect();
        let width = (WIDTH - 52.0 - 60.0) * number(total) / number(most);
        drawing.bar((52.0, y), (width, BAR), &parts);
        drawing.text(52.0 + width + 6.0, y + 14.0, Anchor::Start, 12, &thousands(total));
    }
    drawing.say(None, &in_words("in all", all));
    let width = WIDTH / f64::from(TILES);
    for (count, index) in kinds.iter().zip(0_u16..) {
        let Some(kind) = count.kind else { continue };
        let (name, colour) = look(kind);
        let (x, y) = (f64::from(index % TILES) * width, top + f64::from(index / TILES) * TILE);
        drawing.rect(x, y + 1.0, 4.0, TILE - 10.0, colour);
        let numbers = match (count.before, count.after) {
            (before, after) if before == after => counts::shown(after),
            (Some(before), Some(after)) => format!("{} → {}", thousands(before), thousands(after)),
            (Some(before), None) => format!("{} before", thousands(before)),
            (None, after) => format!("{} now", counts::shown(after)),
        };
        drawing.text(x + 10.0, y + 14.0, Anchor::Start, if numbers.len() > 14 { 12 } else { 15 }, &numbers);
        let words =
            if count.trend == Trend::Unknown { name.to_owned() } else { format!("{name}, {}", count.trend.word()) };
        let up = match count.before.cmp(&count.after) {
            std::cmp::Ordering::Less => Some(true),
            std::cmp::Ordering::Greater => Some(false),
            std::cmp::Ordering::Equal => None,
        };
        let start = match up.filter(|_| count.trend != Trend::Unknown) {
            Some(up) => {
                drawing.triangle((x + 15.0, y + 26.0), if up { Towards::Up } else { Towards::Down }, tone(count.trend));
                x + 24.0
            }
            None => x + 10.0,
        };
        drawing.text(start, y + 30.0, Anchor::Start, 12, &words);
        drawing.say(Some(colour), &in_words(name, count));
    }
    Some(drawing)
}

fn in_words<K>(name: &str, count: &Count<K>) -> String {
    let numbers = if count.before == count.after {
        format!("{} before and now", counts::shown(count.after))
    } else {
        format!("{} before and {} now", counts::shown(count.before), counts::shown(count.after))
    };
    match count.trend {
        Trend::Same | Trend::Unknown => format!("{name} {numbers}"),
        trend => format!("{name} {numbers} ({})", trend.word()),
    }
}

const fn tone(trend: Trend) -> &'static str {
    match trend {
        Trend::Worse => BAD,
        Trend::Better => GOOD,
        Trend::More | Trend::Fewer | Trend::Same | Trend::Unknown => GRID,
    }
}

/// Response times from what they were to what they are, on a logarithmic scale.
fn latency(subject: &Subject<'_>, compared: &Compared) -> Option<Drawing> {
    let time = |value: Option<Value>| match value {
        Some(Value::Time(time)) => Some(time),
        Some(Value::Share(_)) | None => None,
    };
    let rows = rows(compared, |change| {
        let (before, after) = (time(change.figure.before), time(change.figure.after));
        before.or(after)?;
        let limit = latencies::limit(subject, change.endpoint.as_deref(), change.metric);
        Some(Row { change, before, after, limit })
    });
    let values = rows.shown.iter().flat_map(|row| [row.before, row.after, row.limit]).flatten();
    let scale = LogScale::around(values.map(Elapsed::as_millis_f64), MARGIN, WIDTH - 2.0 * MARGIN)?;
    let mut drawing = Drawing::new("Response times, before and now", rows.height() + 20.0, Vec::new());
    for decade in scale.decades() {
        let x = scale.at(decade);
        drawing.line((x, 0.0), (x, rows.height()), GRID, 0.5);
        let label = Elapsed::from_millis(decade).map(|time| time.to_string()).unwrap_or_default();
        let anchor = match x {
            x if x < 24.0 => Anchor::Start,
            x if x > WIDTH - 24.0 => Anchor::End,
            _ => Anchor::Middle,
        };
        drawing.text(x, rows.height() + 15.0, anchor, 12, &label);
    }
    drawing.say(None, "logarithmic scale");
    drawing.say(None, LEGEND);
    rows.draw(&mut drawing, |time| scale.at(time.as_millis_f64()));
    Some(drawing)
}

/// Shares of failed requests from what they were to what they are.
fn failures(compared: &Compared) -> Option<Drawing> {
    let share = |value: Option<Value>| match value {
        Some(Value::Share(share)) => Some(share),
        Some(Value::Time(_)) | None => None,
    };
    let rows = rows(compared, |change| {
        let (before, after) = (share(change.figure.before), share(change.figure.after));
        before.or(after)?;
        Some(Row { change, before, after, limit: None })
    });
    let values = rows.shown.iter().flat_map(|row| [row.before, row.after]).flatten();
    let most = values.map(Ratio::as_f64).reduce(f64::max)?.max(1e-9);
    let mut drawing = Drawing::new("Failed requests, before and now", rows.height(), Vec::new());
    drawing.say(None, "from 0 % at the left");
    drawing.say(None, LEGEND);
    rows.draw(&mut drawing, |share| MARGIN + (WIDTH - 2.0 * MARGIN) * share.as_f64() / most);
    Some(drawing)
}

/// A measurement on both sides.
struct Row<'c, T> {
    change: &'c LoadChange,
    before: Option<T>,
    after: Option<T>,
    limit: Option<T>,
}

/// The measurements that are drawn.
struct Rows<'c, T> {
    shown: Vec<Row<'c, T>>,
    /// How many are not.
    more: u64,
    /// Whether they are of several runs.
    several: bool,
}

fn rows<'c, T>(compared: &'c Compared, row: impl Fn(&'c LoadChange) -> Option<Row<'c, T>>) -> Rows<'c, T> {
    let mut shown: Vec<Row<'c, T>> = compared.changes.loads.iter().filter_map(row).collect();
    let all = shown.len();
    if all > MAX_ROWS {
        one_of_each(&mut shown);
    }
    shown.truncate(MAX_ROWS);
    let more = (all - shown.len()) as u64;
    let runs: BTreeSet<_> = shown.iter().map(|row| (&row.change.run.before, &row.change.run.after)).collect();
    Rows { more, several: runs.len() > 1, shown }
}

/// Keeps one measurement of each endpoint, so that many endpoints find room: of those that lead to the worst the one that
/// is told first. All requests keep theirs.
fn one_of_each<T>(rows: &mut Vec<Row<'_, T>>) {
    const FIRST: [&str; 4] = ["p95", "p99", "p90", "p50"];
    let key =
        |row: &Row<'_, T>| (row.change.run.before.clone(), row.change.run.after.clone(), row.change.endpoint.clone());
    let rank = |row: &Row<'_, T>| {
        let place = FIRST.iter().position(|metric| *metric == row.change.metric).unwrap_or(FIRST.len());
        (row.change.direction, place)
    };
    let mut best = BTreeMap::new();
    for row in rows.iter() {
        let known = best.entry(key(row)).or_insert_with(|| rank(row));
        *known = rank(row).min(*known);
    }
    rows.retain(|row| row.change.endpoint.is_none() || best.get(&key(row)) == Some(&rank(row)));
}

impl<T: Copy + PartialOrd> Rows<'_, T> {
    fn height(&self) -> f64 {
        ROW * f64::from(u16::try_from(self.shown.len()).unwrap_or(u16::MAX))
    }

    fn draw(&self, drawing: &mut Drawing, at: impl Fn(T) -> f64)
    where
        Value: From<T>,
    {
        for (row, index) in self.shown.iter().zip(0_u16..) {
            let top = ROW * f64::from(index);
            let change = row.change;
            let (word, colour) = look(change);
            let name = |chars: usize| self.name(change, chars);
            let shown = |value: Option<T>| {
                value.map_or_else(|| "not measured".to_owned(), |value| Value::from(value).to_string())
            };
            let (before, after) = (shown(row.before), shown(row.after));
            let difference = change.shown().map(|shown| format!("{shown}, ")).unwrap_or_default();
            let right = format!("{before} → {after} ({difference}{word})");
            let space = LINE.saturating_sub(right.chars().count()).max(12);
            drawing.text(0.0, top + 13.0, Anchor::Start, 12, &name(space));
            drawing.text(WIDTH, top + 13.0, Anchor::End, 12, &right);
            let y = top + 25.0;
            drawing.line((MARGIN, y), (WIDTH - MARGIN, y), GRID, 0.5);
            let ends = (row.before.map(&at), row.after.map(&at));
            if let (Some(from), Some(to)) = ends {
                drawing.line((from, y), (to, y), colour, 3.0);
            }
            if let Some(x) = ends.0 {
                drawing.ring((x, y), colour);
            }
            match (ends.1, row.before.zip(row.after)) {
                (Some(x), Some((before, after))) if change.direction != Direction::Neutral => {
                    let towards = if after > before { Towards::Right } else { Towards::Left };
                    drawing.triangle((x, y), towards, colour);
                }
                (Some(x), _) => drawing.dot((x, y), colour),
                (None, _) => {}
            }
            let mut limited = String::new();
            if let Some(limit) = row.limit {
                let x = at(limit);
                drawing.line((x, y - 8.0), (x, y + 8.0), "currentColor", 2.5);
                limited = format!(", limit {}", Value::from(limit));
            }
            drawing.tell(&format!("{} from {before} to {after} ({difference}{word}{limited})", name(60)));
        }
        if self.shown.iter().any(|row| row.limit.is_some()) {
            drawing.say(Some("currentColor"), "limits");
        }
        if self.more > 0 {
            drawing.say(None, &format!("and {} in the table", plural(self.more, "further measurement")));
        }
    }

    /// What was measured, and of what.
    fn name(&self, change: &LoadChange, chars: usize) -> String {
        let run = change.run.after.as_ref().or(change.run.before.as_ref()).filter(|_| self.several);
        let of = change.endpoint.as_deref().unwrap_or("all requests");
        let metric = if change.metric == "error-rate" { "" } else { change.metric };
        let run = run.map(|run| format!("{run}: ")).unwrap_or_default();
        clipped(format!("{run}{metric} {of}").trim_start(), chars)
    }
}

/// The word for where a measurement leads, and its colour.
fn look(change: &LoadChange) -> (&'static str, &'static str) {
    let both = change.figure.before.is_some() && change.figure.after.is_some();
    match change.direction {
        Direction::Worse => ("worse", BAD),
        Direction::Better => ("better", GOOD),
        Direction::Neutral if both => ("tolerated", VALUE),
        Direction::Neutral => ("new", VALUE),
    }
}
