//! hey: the CSV output, one answer a row.
//!
//! ```csv
//! response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset
//! 0.0102,0.0017,0.0000,0.0001,0.0082,0.0001,200,0.0034
//! ```
//!
//! Times are in seconds with four decimals. An answer of 400 and above is a failure,
//! and so is one whose status is cut off (`50`).
//! Requests without an answer are *not* in the file: against a dead server there is the header alone, which is reported,
//! and a run with some timeouts looks better than it was, which is a warning. Prefer a tool that writes them.

use crate::formats::Format;
use crate::model::{Kind, Tool};

use super::plain_csv::{self, Names};

pub(super) static FORMAT: Format = Format {
    id: "hey-csv",
    kinds: &[Kind::Load],
    tool: "hey",
    title: "CSV output",
    produce: "hey -o csv https://staging.example.com/ > hey.csv",
    detect: |probe| probe.has_columns(&["response-time", "DNS+dialup", "status-code"]),
    read: |doc, evidence| {
        evidence.tool = Some(Tool::new("hey", None));
        let names = Names { start: "offset", elapsed: "response-time", status: "status-code" };
        plain_csv::read(doc, evidence, &names)
    },
};
