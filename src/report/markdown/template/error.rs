//! What is wrong with a template, and where.

/// A template that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}:{column}: {problem}")]
pub(crate) struct TemplateError {
    /// The file.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The character in this line, from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: Problem,
}

impl TemplateError {
    /// At a place of a text, counted in bytes.
    pub(super) fn new(file: &str, text: &str, at: usize, problem: Problem) -> Box<TemplateError> {
        let before = text.get(..at).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |feed| feed + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[start..].chars().count() + 1;
        Box::new(TemplateError { file: file.to_owned(), line, column, problem })
    }
}

/// What is wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// The end of the file in the middle of something.
    #[error("{0} is not closed")]
    Open(&'static str),
    /// A block without its end.
    #[error("`{{{{#{0}}}}}` is not closed: there is no `{{{{/{0}}}}}`")]
    OpenBlock(String),
    /// An end without its block.
    #[error("`{{{{/{0}}}}}` closes nothing")]
    ClosesNothing(String),
    /// The end of another block.
    #[error("`{{{{/{end}}}}}` cannot close `{{{{#{open}}}}}` of line {line}")]
    ClosesOther {
        /// What is closed.
        end: String,
        /// What is open.
        open: String,
        /// Where that was opened.
        line: usize,
    },
    /// An `else` outside of blocks.
    #[error("`{{{{else}}}}` stands in no block")]
    ElseOfNothing,
    /// An `else` after the last one.
    #[error("the block has its `{{{{else}}}}` already")]
    SecondElse,
    /// Something that the language has not, and what to write.
    #[error("templates have no {0}{rest}", rest = after_colon(*.1))]
    Refused(&'static str, Option<&'static str>),
    /// A character that cannot stand there; `None` for the end of the file.
    #[error("{found} is not expected here", found = character(*.0))]
    Unexpected(Option<char>),
    /// A path that goes on after it came to itself.
    #[error("`{0}` can only be the start of a path; for a member of this name write `[{0}]`")]
    NotFirst(String),
    /// A variable that is not known.
    #[error("there is no `@{name}`{}", hint(*.suggestion, "@"))]
    UnknownVariable {
        /// Its name.
        name: String,
        /// The nearest that is known.
        suggestion: Option<&'static str>,
    },
    /// A helper that is not known.
    #[error("no helper is called `{name}`{}", hint(*.suggestion, ""))]
    UnknownHelper {
        /// Its name.
        name: String,
        /// The nearest that is known.
        suggestion: Option<&'static str>,
    },
    /// A block that is not known.
    #[error("no block is called `{0}`{1}")]
    UnknownBlock(String, String),
    /// A template that is not known.
    #[error("no template is called `{name}`{}", hint(*.suggestion, ""))]
    UnknownTemplate {
        /// Its name.
        name: String,
        /// The nearest that is known.
        suggestion: Option<&'static str>,
    },
    /// A helper has more or fewer values than it takes.
    #[error("`{name}` takes {wanted}, not {n_values}{}", own_name(.name, *.n_values))]
    Count {
        /// The helper.
        name: String,
        /// How many it takes.
        wanted: &'static str,
        /// How many it has.
        n_values: usize,
    },
    /// A helper that writes where a value is wanted.
    #[error("`{0}` writes and gives no value, so it cannot stand in brackets")]
    GivesNothing(String),
    /// A block gives too many names, or none can be given.
    #[error("`{{{{#{name}}}}}` gives {most} after `as`")]
    Names {
        /// The block.
        name: String,
        /// How many it gives at most.
        most: &'static str,
    },
    /// Blocks in blocks, or brackets in brackets.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
    /// Templates in templates.
    #[error("nested deeper than {0} levels: a template seems to contain itself")]
    Endless(usize),
    /// A name that does not exist.
    #[error("the data of the report has no `{path}`{}", .hint.as_ref().map(|text| format!("; {text}")).unwrap_or_default())]
    Missing {
        /// The whole path.
        path: String,
        /// What may be meant.
        hint: Option<String>,
    },
    /// More steps out than there are blocks.
    #[error("`{0}` leads out of the data of the report")]
    Outside(String),
    /// A variable of a loop outside of a loop.
    #[error("`{0}` stands in no `{{{{#each}}}}`")]
    NoLoop(String),
    /// A value of another kind than is wanted.
    #[error("`{path}` is {is}, and {wanted}{}", after_colon(.instead.as_deref()))]
    Kind {
        /// How the value is written.
        path: String,
        /// What it is.
        is: &'static str,
        /// What takes another kind.
        wanted: &'static str,
        /// What can be written.
        instead: Option<String>,
    },
}

fn character(found: Option<char>) -> String {
    found.map_or_else(|| "the end of the file".to_owned(), |c| format!("{c:?}"))
}

fn hint(suggestion: Option<&str>, before: &str) -> String {
    suggestion.map_or_else(String::new, |name| format!("; did you mean `{before}{name}`?"))
}

fn after_colon(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| format!(": {text}"))
}

/// What is said of a helper without a value: there may be a member of the same name.
fn own_name(name: &str, n_values: usize) -> String {
    if n_values > 0 || name.starts_with('#') {
        return String::new();
    }
    format!("; a member of this name is `this.{name}`")
}
