//! The view as templates walk it: by name, borrowed, without a copy.
//!
//! A [`Value`] is what a path of a template leads to. Every structure that a template can see is a row of the table
//! at the end of this file; a field that is missing in its row does not compile.

use std::collections::BTreeSet;

use super::{
    Align, ChangeGroup, ChangesView, Column, FreeView, IssueView, Labelled, Table, View, appendix, changes, checklist,
    decision, monitoring, performance, rollback, security, services, smoke, status, summary,
};
use crate::model::Phrase;

/// What templates can be given.
pub(in crate::report) trait Data {
    /// What it is to a template.
    fn value(&self) -> Value<'_>;

    /// What the member of this name is where there is no value of this type: null as well. `None` where the type has
    /// no such member, so that a misspelt name is found also below a null.
    fn below_null(_name: &str) -> Option<Value<'static>> {
        None
    }

    /// Adds the names of the members of this type, and of the types in it.
    fn names(_known: &mut BTreeSet<&'static str>) {}
}

/// A value that a template sees.
#[derive(Clone, Copy)]
pub(in crate::report) enum Value<'d> {
    /// Nothing, and what its members would be.
    Null(fn(&str) -> Option<Value<'static>>),
    /// True or false.
    Bool(bool),
    /// A whole number.
    Number(i128),
    /// Text that nobody has escaped.
    Text(&'d str),
    /// A sentence, to be escaped.
    Phrase(&'d Phrase),
    /// A table.
    Table(&'d Table),
    /// Items in order.
    List(&'d dyn List),
    /// Members with names.
    Record(&'d dyn Record),
}

/// Items in order.
pub(in crate::report) trait List {
    /// How many there are.
    fn len(&self) -> usize;

    /// One of them, counted from 0.
    fn item(&self, index: usize) -> Option<Value<'_>>;
}

/// Members with names.
pub(in crate::report) trait Record {
    /// The member of a name.
    fn member(&self, name: &str) -> Option<Value<'_>>;

    /// All names, in order.
    fn names(&self) -> Vec<&str>;
}

impl<'d> Value<'d> {
    /// A null without members.
    pub(in crate::report) const NULL: Value<'static> = Value::Null(|_| None);

    /// A member by its name, or an item by its number.
    pub(in crate::report) fn member(self, name: &str) -> Option<Value<'d>> {
        match self {
            Value::Null(below) => below(name),
            Value::Record(record) => record.member(name),
            Value::Table(table) => table.member(name),
            Value::List(list) => list.item(name.parse().ok()?),
            Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Phrase(_) => None,
        }
    }
}

impl Data for bool {
    fn value(&self) -> Value<'_> {
        Value::Bool(*self)
    }
}

impl Data for str {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Data for String {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Data for Align {
    fn value(&self) -> Value<'_> {
        Value::Text(match self {
            Align::Left => "left",
            Align::Right => "right",
        })
    }
}

impl Data for Phrase {
    fn value(&self) -> Value<'_> {
        Value::Phrase(self)
    }
}

impl<T: Data + ?Sized> Data for &T {
    fn value(&self) -> Value<'_> {
        T::value(self)
    }

    fn below_null(name: &str) -> Option<Value<'static>> {
        T::below_null(name)
    }

    fn names(known: &mut BTreeSet<&'static str>) {
        T::names(known);
    }
}

impl<T: Data> Data for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null(T::below_null), Data::value)
    }

    fn below_null(name: &str) -> Option<Value<'static>> {
        T::below_null(name)
    }

    fn names(known: &mut BTreeSet<&'static str>) {
        T::names(known);
    }
}

impl<T: Data> Data for Vec<T> {
    fn value(&self) -> Value<'_> {
        Value::List(self)
    }

    fn names(known: &mut BTreeSet<&'static str>) {
        T::names(known);
    }
}

impl<T: Data> List for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> Option<Value<'_>> {
        self.get(index).map(Data::value)
    }
}

/// What a field is where its structure is null; the field itself only says the type.
fn null<S, T: Data>(_: fn(&S) -> &T) -> Value<'static> {
    Value::Null(T::below_null)
}

/// The names in a field; the field itself only says the type.
fn names<S, T: Data>(_: fn(&S) -> &T, known: &mut BTreeSet<&'static str>) {
    T::names(known);
}

/// Implements [`Data`] and [`Record`]: what a template sees, the structure, and all of its fields.
macro_rules! data {
    ($($seen:ident: $name:ty { $($field:ident),+ })+) => {$(
        impl Data for $name {
            fn value(&self) -> Value<'_> {
                Value::$seen(self)
            }

            fn below_null(name: &str) -> Option<Value<'static>> {
                match name {
                    $(stringify!($field) => Some(null(|this: &Self| &this.$field)),)+
                    _ => None,
                }
            }

            fn names(known: &mut BTreeSet<&'static str>) {
                $(
                    known.insert(stringify!($field));
                    names(|this: &Self| &this.$field, known);
                )+
            }
        }

        impl Record for $name {
            fn member(&self, name: &str) -> Option<Value<'_>> {
                let Self { $($field),+ } = self;
                match name {
                    $(stringify!($field) => Some($field.value()),)+
                    _ => None,
                }
            }

            fn names(&self) -> Vec<&str> {
                vec![$(stringify!($field)),+]
            }
        }
    )+};
}

// Wrapped at the same width as code, which `cargo fmt` does not do here.
data! {
    Record: View {
        title, verdict, verdict_means, meta, decision, changes, summary, status, smoke, monitoring, rollback, services,
        performance, security, checklist, sign_off, sections, appendix, footer
    }
    Record: Labelled { label, text }
    Record: FreeView { title, body }
    Record: IssueView { title, facts }
    Record: appendix::AppendixView { artifacts, digests, folded, redactions, notices, checks, waivers }
    Record: appendix::NoticesView { title, items }
    Record: appendix::ChecksView { title, table }
    Record: ChangesView { facts, doubts, result, overview, counts, groups }
    Record: ChangeGroup { title, table, note }
    Record: changes::ChangesAlone<'_> { changes }
    Record: checklist::ChecklistView { narrative, present, items, blockers, recommendations }
    Record: checklist::SignOffView { narrative, criteria, environment, approvals }
    Record: decision::DecisionView {
        facts, decisions, reasons, excused, without_waivers, not_looked_at, would_change, nearest
    }
    Record: decision::ReasonsView { title, table }
    Record: monitoring::MonitoringView {
        narrative, present, services, targets, alerts, samples, configuration, recommendations, issues
    }
    Record: monitoring::ConfigurationView { name, facts, items }
    Record: performance::PerformanceView { narrative, present, responses, runs, limits, grade, issues }
    Record: performance::RunView { facts, measurements, folded, spread, timeline }
    Record: rollback::RollbackView { narrative, present, rehearsed, plans, matrix_source, matrix, issues }
    Record: rollback::PlanView { kind, title, facts, steps, folded, commands, migrations, considerations, errors }
    Record: rollback::StepView { line, code }
    Record: security::SecurityView {
        narrative, present, owasp, owasp_note, scans, findings, folded, suppressed, headers, grade, recommendations,
        issues
    }
    Record: services::ServicesView { narrative, present, counts, services, issues }
    Record: smoke::SmokeView { narrative, present, facts, counts, groups, issues, fixes }
    Record: smoke::GroupView { title, tests, folded }
    Record: smoke::TestView { line, facts, detail }
    Record: status::StatusView { smoke, platform, rollback, performance, security, checklist, evidence }
    Record: summary::SummaryView { narrative, results, footnote }
    Table: Table { columns, rows }
    Record: Column { title, align }
}
