//! Totals that an XML report claims, held against what was counted.

use crate::diagnostics::codes::{CONTRADICTION, TOOL_FAILED};
use crate::model::{Outcome, Pointer, Suite};
use crate::source::Element;

/// Reports a total that is none of the counts that the tool's rules allow; the first is what signoff counts.
/// `other` is a place that shows it.
pub(super) fn compare(element: &Element, attribute: &str, allowed: &[u64], other: Option<Pointer>) {
    let Some(claimed) = element.count(attribute).filter(|claimed| !allowed.contains(claimed)) else { return };
    let counted = allowed.first().copied().unwrap_or(0);
    let mut diagnostic = element.diagnostic(&CONTRADICTION, format!("`{attribute}` says {claimed}, counted {counted}"));
    diagnostic.other = other;
    element.push(diagnostic);
}

/// Reports a number of failures (the sum of the attributes that are there) that is not between `least` and `most`.
/// One that claims more than is listed is an error: the others are hidden.
pub(super) fn compare_failed(element: &Element, attributes: &[&str], least: u64, most: u64, other: Option<Pointer>) {
    let claims: Vec<u64> = attributes.iter().filter_map(|attribute| element.count(attribute)).collect();
    let claimed = claims.iter().fold(0u64, |sum, claim| sum.saturating_add(*claim));
    if claims.is_empty() || (least..=most).contains(&claimed) {
        return;
    }
    let names = attributes.join("` and `");
    let says = if attributes.len() == 1 { "says" } else { "say" };
    if claimed > most {
        let message = format!("`{names}` {says} {claimed}, counted {most}: the others are not listed");
        element.report(&TOOL_FAILED, message);
    } else {
        let message = format!("`{names}` {says} {claimed}, counted {most}");
        let mut diagnostic = element.diagnostic(&CONTRADICTION, message);
        diagnostic.other = other;
        element.push(diagnostic);
    }
}

/// Where the first case that failed or is errored stands.
pub(super) fn first_bad(suites: &[Suite]) -> Option<Pointer> {
    let cases = suites.iter().flat_map(Suite::cases);
    let mut bad = cases.filter(|case| matches!(case.outcome, Outcome::Failed | Outcome::Errored));
    bad.next().map(|case| case.pointer.clone())
}

/// Where the first case stands.
pub(super) fn first(suites: &[Suite]) -> Option<Pointer> {
    suites.iter().flat_map(Suite::cases).next().map(|case| case.pointer.clone())
}
