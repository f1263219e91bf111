//! Reports: the view, computed once, and the renderers.
//!
//! # Example
//!
//! ```
//! use signoff::pipeline::{Request, validate};
//! use signoff::report::{RENDERERS, RenderOptions, render, sums};
//!
//! let request = Request { paths: vec!["samples/minimal".into()], ..Request::default() };
//! let validation = validate(&request);
//! let forms: Vec<_> = RENDERERS.iter().filter(|form| form.default).collect();
//! let made = request.made(&forms, RenderOptions::default());
//! let files = render(validation.subject(&request, &made), &forms, RenderOptions::default())?;
//! assert_eq!(files[0].name, "report.md");
//! assert!(sums(&files).contains("  report.json\n"));
//! # Ok::<(), signoff::report::RenderError>(())
//! ```
//!
//! [`Writer`] puts such files into a folder, each complete or not at all.

pub(crate) mod changes;
pub(crate) mod csv;
pub(crate) mod ctrf;
mod error;
#[doc(hidden)]
pub mod facts;
pub(crate) mod figures;
#[doc(hidden)]
pub mod html;
pub(crate) mod intoto;
#[doc(hidden)]
pub mod json;
pub(crate) mod junit;
#[doc(hidden)]
pub mod made;
pub(crate) mod markdown;
pub(crate) mod sarif;
pub(crate) mod summary;
#[doc(hidden)]
pub mod view;
mod write;
mod xml;

use std::io;
use std::iter;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;

pub use error::RenderError;
pub use html::Style;
pub use junit::Profile;
pub use made::Made;
pub use summary::{BUDGETS, Budget};
pub use view::Subject;
pub use write::{SUMS, WriteError, Writer, sums};
pub(crate) use write::{no_evidence, written};

use view::View;

use crate::model::order::sort_by_key;
use crate::source::cores;

/// One form that a report can have.
///
/// See the [example](mod@crate::report#example).
pub struct Renderer {
    /// Its name on the command line.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// The files that it writes.
    pub files: &'static [&'static str],
    /// Whether it is written where `--format` is not given.
    pub default: bool,
    render: Render,
}

/// How a form is rendered.
#[derive(Clone, Copy)]
enum Render {
    /// The content of each file, in the order of its `files`; those at the end may be left out.
    Texts(fn(&Rendering<'_>) -> Result<Vec<String>, RenderError>),
    /// Its one file piece by piece, since it may be large, and with nothing that the others make too.
    Pieces(fn(&Subject<'_>, RenderOptions<'_>, &mut dyn io::Write) -> io::Result<()>),
}

/// Every form.
///
/// See the [example](mod@crate::report#example).
pub static RENDERERS: &[Renderer] = &[
    Renderer {
        id: "md",
        title: "Markdown, the document of record",
        files: &["report.md"],
        default: true,
        render: Render::Texts(|r| Ok(vec![r.markdown()?.to_owned()])),
    },
    Renderer {
        id: "html",
        title: "one page without scripts",
        files: &["report.html", html::STYLE_FILE],
        default: true,
        render: Render::Texts(|r| Ok(html::render(&r.subject, r.markdown()?, r.options.style))),
    },
    Renderer {
        id: "junit",
        title: "JUnit XML for CI servers",
        files: &["report.junit.xml"],
        default: true,
        render: Render::Pieces(|subject, options, out| junit::render(subject, options.profile, out)),
    },
    Renderer {
        id: "json",
        title: "everything, for machines",
        files: &["report.json"],
        default: true,
        render: Render::Pieces(|subject, _, out| crate::safety::json::write_pretty(&json::Report(subject), out)),
    },
    Renderer {
        id: "summary",
        title: "the decision in the size that a ticket or comment allows",
        files: &["summary.md"],
        default: false,
        render: Render::Texts(|r| Ok(vec![summary::render(&r.subject, r.markdown()?, r.options.budget)])),
    },
    Renderer {
        id: "csv",
        title: "tests, findings and endpoints for spreadsheets",
        files: &["tests.csv", "findings.csv", "endpoints.csv"],
        default: false,
        render: Render::Texts(|r| Ok(csv::render(&r.subject))),
    },
    Renderer {
        id: "ctrf",
        title: "tests and checks in the common test report format",
        files: &["report.ctrf.json"],
        default: false,
        render: Render::Texts(|r| json_files(&[ctrf::render(&r.subject)])),
    },
    Renderer {
        id: "sarif",
        title: "checks that do not hold and open findings, as SARIF 2.1.0",
        files: &["report.sarif"],
        default: false,
        render: Render::Texts(|r| json_files(&[sarif::render(&r.subject)])),
    },
    Renderer {
        id: "intoto",
        title: "an in-toto statement of the test results, and its predicate alone, for signing",
        files: &["report.intoto.json", "report.predicate.json"],
        default: false,
        render: Render::Texts(|r| json_files(&intoto::test_result(&r.subject)?)),
    },
    Renderer {
        id: "svr",
        title: "an in-toto statement with a simple verification result, and its predicate alone, for signing",
        files: &["report.svr.json", "report.svr-predicate.json"],
        default: false,
        render: Render::Texts(|r| json_files(&intoto::verification(&r.subject)?)),
    },
    Renderer {
        id: "html-fragment",
        title: "the page without its frame, for embedding",
        files: &["report.fragment.html"],
        default: false,
        render: Render::Texts(|r| Ok(vec![html::fragment(&r.subject, r.markdown()?)])),
    },
];

/// Each value as a text of JSON.
fn json_files(values: &[impl serde::Serialize]) -> Result<Vec<String>, RenderError> {
    values.iter().map(|value| Ok(crate::safety::json::pretty(value)? + "\n")).collect()
}

/// What the user wants of the forms.
///
/// See the [example](mod@crate::report#example).
#[derive(Clone, Copy, Debug, Default)]
pub struct RenderOptions<'o> {
    /// A folder of templates that stand in for the built-in ones.
    pub templates: Option<&'o Path>,
    /// The size of a summary.
    pub budget: Budget,
    /// How much the JUnit XML says.
    pub profile: Profile,
    /// Where the styles of the page stand.
    pub style: Style,
}

/// What several renderers share.
struct Rendering<'r> {
    subject: Subject<'r>,
    options: RenderOptions<'r>,
    markdown: std::cell::OnceCell<String>,
}

impl<'r> Rendering<'r> {
    const fn new(subject: Subject<'r>, options: RenderOptions<'r>) -> Rendering<'r> {
        Rendering { subject, options, markdown: std::cell::OnceCell::new() }
    }

    fn markdown(&self) -> Result<&str, RenderError> {
        if let Some(markdown) = self.markdown.get() {
            return Ok(markdown);
        }
        let markdown = markdown::render(&View::new(&self.subject), self.options.templates)
            .map_err(|error| RenderError::Template(error.into()))?;
        Ok(self.markdown.get_or_init(|| markdown))
    }
}

/// A file of a report.
///
/// See the [example](mod@crate::report#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// Its content.
    pub content: String,
}

/// Renders a report in several forms, in their order.
///
/// # Errors
/// A template of the user's cannot be used, or a form lacks what it is about.
///
/// See the [example](mod@crate::report#example).
pub fn render(
    subject: Subject<'_>,
    forms: &[&'static Renderer],
    options: RenderOptions<'_>,
) -> Result<Vec<File>, RenderError> {
    let rendering = Rendering::new(subject, options);
    let mut files = Vec::new();
    for form in forms {
        let contents = match form.render {
            Render::Texts(render) => render(&rendering)?,
            Render::Pieces(render) => {
                let mut bytes = Vec::new();
                render(&subject, options, &mut bytes)?;
                vec![String::from_utf8(bytes).map_err(io::Error::other)?]
            }
        };
        files.extend(form.files.iter().zip(contents).map(|(name, content)| File { name, content }));
    }
    Ok(files)
}

/// As [`render`], but each file is written as soon as it is made, so that not all are in memory at once, and what shares
/// nothing with the others at the same time as they, where there are cores for it.
///
/// # Errors
/// As for [`render`], or the operating system refuses.
///
/// See the [example](mod@crate::report#example).
pub fn write(
    subject: Subject<'_>,
    forms: &[&'static Renderer],
    options: RenderOptions<'_>,
    writer: &mut Writer<'_>,
) -> Result<(), RenderError> {
    let pieces = forms.iter().enumerate().filter_map(|(place, form)| match form.render {
        Render::Pieces(render) => Some((place, render, writer.begin(form.files.first()?))),
        Render::Texts(_) => None,
    });
    // The last is begun first: it is JSON as a rule, which takes longest.
    let waiting = Mutex::new(pieces.collect::<Vec<_>>());
    let waiting = || waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let helpers = waiting().len().min(cores().get() - 1);
    let write_pieces = || -> Vec<_> {
        let next = || waiting().pop();
        iter::from_fn(next)
            .map(|(place, render, stream)| (place, stream.write(|out| render(&subject, options, out))))
            .collect()
    };
    thread::scope(|scope| {
        let others: Vec<_> = (0..helpers).map(|_| scope.spawn(write_pieces)).collect();
        let texts = write_texts(&Rendering::new(subject, options), forms, writer);
        if texts.is_err() {
            waiting().clear();
        }
        let mut written = write_pieces();
        for other in others {
            written.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        texts?;
        sort_by_key(&mut written, |(place, _)| *place);
        written.into_iter().try_for_each(|(_, sum)| {
            writer.end(sum?);
            Ok(())
        })
    })
}

fn write_texts(
    rendering: &Rendering<'_>,
    forms: &[&'static Renderer],
    writer: &mut Writer<'_>,
) -> Result<(), RenderError> {
    for form in forms {
        let Render::Texts(render) = form.render else { continue };
        let files = form.files.iter().zip(render(rendering)?);
        files.map(|(name, content)| File { name, content }).try_for_each(|file| writer.put(&file))?;
    }
    Ok(())
}
