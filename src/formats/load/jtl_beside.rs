//! What JMeter writes beside the requests themselves: samples that sum up others, and samples that are parts of others.

use std::collections::HashMap;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::OVERLAP;
use crate::source::Diags;

use super::requests::{Group, Requests};

/// The labels of the samples that stand beside others, in the order of the file; each kind of them is noted.
///
/// A transaction controller writes a sample of its own (apache/jmeter, `TransactionController`). A label that a
/// controller and a sampler share counts as one of requests.
/// The parts of a sample, such as redirects, follow it as `Home-0`, `Home-1`, … after `Home` (apache/jmeter,
/// `SampleResult.addSubResult` and `CSVSaveService.saveSampleResult`).
pub(super) fn beside(requests: &Requests, diags: &Diags) -> Vec<String> {
    let groups: HashMap<&str, &Group> = requests.groups().iter().map(|group| (group.name(), group)).collect();
    let parts: Vec<&Group> = requests.groups().iter().filter(|group| is_part(group, &groups)).collect();
    let transactions: u64 = requests.groups().iter().map(|group| group.sums).sum();
    if let Some(first) = requests.groups().iter().find(|group| group.sums > 0) {
        let message = format!("samples that sum up others (transactions) are counted beside them: {transactions}");
        note(diags, first, message);
    }
    if let Some(first) = parts.first() {
        let count: u64 = parts.iter().map(|group| group.requests).sum();
        note(diags, first, format!("samples that are parts of others are counted beside them: {count}"));
    }
    requests
        .groups()
        .iter()
        .filter(|group| is_sum(group) || is_part(group, &groups))
        .map(|g| g.name().to_owned())
        .collect()
}

fn note(diags: &Diags, first: &Group, message: String) {
    diags.push(Diagnostic::new(&OVERLAP, message).at(first.line().clone()));
}

fn is_sum(group: &Group) -> bool {
    group.sums > 0 && group.sums == group.requests
}

/// Whether all samples of a label are parts of those of another one: no part lasts longer than what it is a part of,
/// and each of these has it once at the most.
fn is_part(group: &Group, groups: &HashMap<&str, &Group>) -> bool {
    let Some(whole) = whole_of(group.name()).and_then(|whole| groups.get(whole)) else { return false };
    let has_first = groups.contains_key(format!("{}-0", whole.name()).as_str());
    let is_shorter = group.slowest().zip(whole.slowest()).is_none_or(|(part, whole)| part <= whole);
    has_first && is_shorter && group.sums == 0 && whole.sums == 0 && group.requests <= whole.requests
}

/// The label of what a part is a part of, if its label is one of parts: `Home` of `Home-1`.
pub(super) fn whole_of(label: &str) -> Option<&str> {
    let (whole, number) = label.rsplit_once('-')?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(whole)
}
