//! oha: the CSV output, one answer a row.
//!
//! ```csv
//! request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status
//! 0.002957367,0.000039829,0.004533711,0.015327079,0.015328812,36,200
//! ```
//!
//! Times are in seconds. An answer of 400 and above is a failure, and so is one whose status is cut off (`50`).
//! Requests without an answer are not in the file, which is a warning; the JSON output counts them.

use crate::formats::Format;
use crate::model::{Kind, Tool};

use super::plain_csv::{self, Names};

pub(super) static FORMAT: Format = Format {
    id: "oha-csv",
    kinds: &[Kind::Load],
    tool: "oha",
    title: "CSV output",
    produce: "oha --no-tui --output-format csv https://staging.example.com/ > oha.csv",
    detect: |probe| probe.has_columns(&["request-start", "request-duration", "status"]),
    read: |doc, evidence| {
        evidence.tool = Some(Tool::new("oha", None));
        let names = Names { start: "request-start", elapsed: "request-duration", status: "status" };
        plain_csv::read(doc, evidence, &names)
    },
};
