//! Severities of CVSS vectors: `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H` is 9.8, critical.
//!
//! Versions 2.0, 3.0, 3.1 and 4.0 are read. Of versions 2 and 3 the base score counts, whatever temporal and
//! environmental metrics the vector has; of version 4 all metrics of the vector, as its specification has it.

use std::str::FromStr;

use cvss::Cvss;

use crate::model::Severity;

/// The score of a CVSS vector, with what the edition calls it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// From 0.0 to 10.0.
    pub score: f64,
    /// By the rating scale of the vector's own version: version 2 has no critical.
    pub severity: Severity,
}

/// The score of a vector; `None` where it is none, incomplete, or of another version.
pub fn score(vector: &str) -> Option<Scored> {
    // Vectors of version 2 often stand in parentheses, and some tools name their version all the same.
    let vector = vector.trim().trim_start_matches('(').trim_end_matches(')');
    let vector = vector.strip_prefix("CVSS:2.0/").unwrap_or(vector);
    Some(match Cvss::from_str(vector).ok()? {
        Cvss::CvssV20(base) => v2(base.score().value()),
        Cvss::CvssV30(base) | Cvss::CvssV31(base) if is_complete(&base) => v3(base.base_score().value()),
        Cvss::CvssV40(all) => v3(all.score().value()),
        _ => return None,
    })
}

/// The severity of a base score of version 2.
/// Source: NVD's rating of CVSS v2.0 (7.0 and above high, 4.0 medium, the rest low).
pub fn severity_v2(score: f64) -> Severity {
    match score {
        s if s >= 7.0 => Severity::High,
        s if s >= 4.0 => Severity::Medium,
        s if s >= 0.0 => Severity::Low,
        _ => Severity::Unknown,
    }
}

/// The crate gives a vector of version 3 a score of 0 where metrics are missing; the other versions it refuses.
const fn is_complete(vector: &cvss::v3::Vector) -> bool {
    vector.av.is_some()
        && vector.ac.is_some()
        && vector.pr.is_some()
        && vector.ui.is_some()
        && vector.s.is_some()
        && vector.c.is_some()
        && vector.i.is_some()
        && vector.a.is_some()
}

fn v2(score: f64) -> Scored {
    Scored { score, severity: severity_v2(score) }
}

fn v3(score: f64) -> Scored {
    Scored { score, severity: Severity::from_cvss(score) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(vector: &str, expected: Option<(f64, Severity)>) {
        assert_eq!(score(vector).map(|s| (s.score, s.severity)), expected, "{vector}");
    }

    // The examples of FIRST's guide to version 2, section 3.3.
    #[test]
    fn version_2() {
        check("AV:N/AC:L/Au:N/C:N/I:N/A:C", Some((7.8, Severity::High)));
        check("(AV:N/AC:L/Au:N/C:C/I:C/A:C)", Some((10.0, Severity::High)));
        check("AV:L/AC:H/Au:N/C:C/I:C/A:C", Some((6.2, Severity::Medium)));
        check("CVSS:2.0/AV:N/AC:M/Au:N/C:N/I:P/A:N", Some((4.3, Severity::Medium)));
        check("AV:L/AC:H/Au:N/C:P/I:N/A:N/E:POC/RL:OF/RC:C", Some((1.2, Severity::Low)));
    }

    // FIRST's examples of version 3.1, and vectors of the NVD.
    #[test]
    fn version_3() {
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some((9.8, Severity::Critical)));
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", Some((10.0, Severity::Critical)));
        check("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", Some((6.1, Severity::Medium)));
        check("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", Some((3.1, Severity::Low)));
        check("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", Some((6.4, Severity::Medium)));
        check("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Some((0.0, Severity::Info)));
        // Temporal metrics do not change the base score.
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:U", Some((9.8, Severity::Critical)));
    }

    // FIRST's examples of version 4.
    #[test]
    fn version_4() {
        check("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", Some((10.0, Severity::Critical)));
        check("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Some((9.3, Severity::Critical)));
        check("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Some((7.3, Severity::High)));
        check("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Some((7.7, Severity::High)));
        check("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", Some((0.0, Severity::Info)));
    }

    #[test]
    fn what_is_no_vector_has_no_score() {
        for text in ["", "7.5", "HIGH", "CVSS:3.1", "CVSS:3.1/AV:N", "CVSS:5.0/AV:N/AC:L", "AV:N/AC:L/Au:N", "é/:."] {
            check(text, None);
        }
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:Q", None);
    }
}
