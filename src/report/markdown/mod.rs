//! Markdown, the document of record: [templates](template) place what the view says.

mod show;
mod template;

use std::borrow::Cow;
use std::path::Path;

use super::view::{ChangesAlone, ChangesView, View};
use crate::diagnostics::nearest;
use crate::model::order::sort_by;
pub use show::in_cell;
pub(super) use show::inline;
use template::{Source, TemplateError, Templates};

/// The built-in templates: name and text.
pub const TEMPLATES: &[(&str, &str)] = &[
    ("report", include_str!("../../../templates/report.md.hbs")),
    ("changes", include_str!("../../../templates/partials/changes.hbs")),
    ("checklist", include_str!("../../../templates/partials/checklist.hbs")),
    ("checks", include_str!("../../../templates/partials/checks.hbs")),
    ("decision", include_str!("../../../templates/partials/decision.hbs")),
    ("evidence", include_str!("../../../templates/partials/evidence.hbs")),
    ("issue", include_str!("../../../templates/partials/issue.hbs")),
    ("monitoring", include_str!("../../../templates/partials/monitoring.hbs")),
    ("performance", include_str!("../../../templates/partials/performance.hbs")),
    ("rollback", include_str!("../../../templates/partials/rollback.hbs")),
    ("security", include_str!("../../../templates/partials/security.hbs")),
    ("services", include_str!("../../../templates/partials/services.hbs")),
    ("sign-off", include_str!("../../../templates/partials/sign-off.hbs")),
    ("smoke", include_str!("../../../templates/partials/smoke.hbs")),
    ("summary", include_str!("../../../templates/partials/summary.hbs")),
];

/// The path of a template inside of a folder of templates.
pub fn template_path(name: &str) -> String {
    if name == "report" { "report.md.hbs".to_owned() } else { format!("partials/{name}.hbs") }
}

/// Why a report could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum MarkdownError {
    /// A template of the user's cannot be read.
    #[error("the template {path} cannot be read")]
    Read {
        /// Its path.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A folder of templates cannot be listed.
    #[error("the folder of templates {path} cannot be read")]
    Folder {
        /// Its path.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of the user's stands in for no template.
    #[error("{path} stands in for no template{}", .suggestion.as_ref().map(|name| format!("; did you mean {name}?")).unwrap_or_default())]
    Unknown {
        /// Its path inside of the folder.
        path: String,
        /// The nearest path of a template; `None` where none is near.
        suggestion: Option<String>,
    },
    /// A template is not well-formed, names what does not exist, or gives a helper what that cannot take.
    #[error("a template cannot be used")]
    Template(#[from] Box<TemplateError>),
}

/// Renders the view. `folder` may hold templates of the user's own, which stand in for the built-in ones of the
/// same name.
///
/// # Errors
/// A template cannot be read, is not well-formed, or names what does not exist.
pub fn render(view: &View, folder: Option<&Path>) -> Result<String, MarkdownError> {
    let sources = sources(folder)?;
    let markdown = Templates::new(&sources)?.render("report", view)?;
    Ok(tidy(&markdown))
}

/// Renders changes alone, as the report has them.
///
/// # Errors
/// None that can happen with the built-in templates.
pub fn changes(view: &ChangesView) -> Result<String, MarkdownError> {
    let sources = sources(None)?;
    let markdown = Templates::new(&sources)?.render("changes", &ChangesAlone { changes: view })?;
    Ok(tidy(&markdown))
}

/// The texts of all templates.
fn sources(folder: Option<&Path>) -> Result<Vec<Source>, MarkdownError> {
    if let Some(folder) = folder {
        only_templates(folder)?;
    }
    let mut sources = Vec::new();
    for (name, built_in) in TEMPLATES.iter().copied() {
        let path = folder.map(|folder| folder.join(template_path(name))).filter(|path| path.exists());
        sources.push(match path {
            None => Source { name, file: template_path(name), text: Cow::Borrowed(built_in) },
            Some(path) => {
                let file = path.display().to_string();
                match std::fs::read_to_string(&path) {
                    Ok(text) => Source { name, file, text: Cow::Owned(text) },
                    Err(source) => return Err(MarkdownError::Read { path: file, source }),
                }
            }
        });
    }
    Ok(sources)
}

/// Refuses a folder with a template of a name that is not known: it would be passed over silently.
fn only_templates(folder: &Path) -> Result<(), MarkdownError> {
    let known: Vec<String> = TEMPLATES.iter().map(|(name, _)| template_path(name)).collect();
    for (place, prefix) in [(folder.to_owned(), ""), (folder.join("partials"), "partials/")] {
        if !place.is_dir() {
            continue;
        }
        let unreadable = |source| MarkdownError::Folder { path: place.display().to_string(), source };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&place).map_err(unreadable)? {
            names.push(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
        }
        sort_by(&mut names, Ord::cmp);
        let paths = names.iter().filter(|name| name.ends_with(".hbs")).map(|name| format!("{prefix}{name}"));
        if let Some(path) = paths.into_iter().find(|path| !known.contains(path)) {
            let file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
            // The right name in the wrong folder is near as well.
            let same = known.iter().find(|known| file(known) == file(&path)).map(String::as_str);
            let suggestion = same.or_else(|| nearest(&path, known.iter().map(String::as_str))).map(str::to_owned);
            return Err(MarkdownError::Unknown { path, suggestion });
        }
    }
    Ok(())
}

/// At most one blank line in a row outside of fences, none at the end of the document, and no spaces at line ends.
fn tidy(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut fence: Option<String> = None;
    let mut blank = true;
    for line in markdown.lines() {
        match &fence {
            None => {
                let trimmed = line.trim_start();
                if trimmed.starts_with("```") {
                    fence = Some(trimmed.chars().take_while(|c| *c == '`').collect());
                }
            }
            Some(open) if line.ends_with(open) && line.trim_start() == open => fence = None,
            Some(_) => {}
        }
        let line = if fence.is_some() { line } else { line.trim_end() };
        if line.is_empty() && fence.is_none() {
            if !blank {
                out.push('\n');
            }
            blank = true;
        } else {
            out.push_str(line);
            out.push('\n');
            blank = false;
        }
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('\n');
    out
}
