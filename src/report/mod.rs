//! Reports: the view, computed once, and the renderers.

pub mod facts;
pub mod figures;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod view;
mod write;

use std::path::Path;

pub use write::{WriteError, is_report_folder, write};

use view::{Subject, View};

/// One form that a report can have.
pub struct Renderer {
    /// Its name on the command line.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// The files that it writes.
    pub files: &'static [&'static str],
    /// Whether it is written where `--format` is not given.
    pub default: bool,
    /// Renders the content of each file, in the order of `files`.
    render: fn(&Rendering<'_>) -> anyhow::Result<Vec<String>>,
}

/// Every form.
pub static RENDERERS: &[Renderer] = &[
    Renderer {
        id: "md",
        title: "Markdown, the document of record",
        files: &["report.md"],
        default: true,
        render: |r| Ok(vec![r.markdown()?.to_owned()]),
    },
    Renderer {
        id: "html",
        title: "one page without scripts",
        files: &["report.html"],
        default: true,
        render: |r| Ok(vec![html::render(&r.subject, r.markdown()?)]),
    },
    Renderer {
        id: "junit",
        title: "JUnit XML for CI servers",
        files: &["report.junit.xml"],
        default: true,
        render: |r| Ok(vec![junit::render(&r.subject)?]),
    },
    Renderer {
        id: "json",
        title: "everything, for machines",
        files: &["report.json"],
        default: true,
        render: |r| Ok(vec![serde_json::to_string_pretty(&json::Report(&r.subject))? + "\n"]),
    },
];

/// What several renderers share.
struct Rendering<'r> {
    subject: Subject<'r>,
    templates: Option<&'r Path>,
    markdown: std::cell::OnceCell<String>,
}

impl Rendering<'_> {
    fn markdown(&self) -> anyhow::Result<&str> {
        if let Some(markdown) = self.markdown.get() {
            return Ok(markdown);
        }
        let markdown = markdown::render(&View::new(&self.subject), self.templates)?;
        Ok(self.markdown.get_or_init(|| markdown))
    }
}

/// A file of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// Its content.
    pub content: String,
}

/// Renders a report in several forms, in the order of the table.
///
/// # Errors
/// A template of the user's cannot be used.
pub fn render(
    subject: Subject<'_>,
    forms: &[&'static Renderer],
    templates: Option<&Path>,
) -> anyhow::Result<Vec<File>> {
    let rendering = Rendering { subject, templates, markdown: std::cell::OnceCell::new() };
    let mut files = Vec::new();
    for form in forms {
        let contents = (form.render)(&rendering)?;
        files.extend(form.files.iter().zip(contents).map(|(name, content)| File { name, content }));
    }
    Ok(files)
}
