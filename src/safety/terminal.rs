//! Text for terminals and the logs of CI systems.
//!
//! CI systems read commands out of a log: `::error::`, `##vso[task.complete]`, `##teamcity[…]`, `section_start:`.
//! [`line()`] breaks them in artifacts' text.
//! [`message`], [`property`] and [`azure_property`] escape for annotations that we write ourselves.
//!
//! See the [example](mod@crate::safety#example).

use std::borrow::Cow;

use super::visible;

/// Text as (a part of) one line, in which nothing is a command to a terminal or a CI system.
///
/// `module::name` stays as it is: two colons are a command at the start of a word alone.
///
/// See the [example](mod@crate::safety#example).
pub fn line(text: &str) -> Cow<'_, str> {
    let shown = visible::one_line(text);
    let mut breaks = Vec::new();
    let bytes = shown.as_bytes();
    for i in 0..bytes.len().saturating_sub(1) {
        let is_after_word = i > 0 && (bytes[i - 1].is_ascii_alphanumeric() || b"_>)]}".contains(&bytes[i - 1]));
        let is_command = match &bytes[i..i + 2] {
            b"::" => !is_after_word,
            b"##" => {
                let name = bytes[i + 2..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
                bytes.get(i + 2 + name) == Some(&b'[')
            }
            _ => false,
        };
        if is_command {
            breaks.push(i + 1);
        }
    }
    for marker in ["section_start", "section_end"] {
        breaks.extend(shown.match_indices(marker).map(|(at, _)| at + "section".len()));
    }
    if breaks.is_empty() {
        return shown;
    }
    breaks.sort_unstable();
    let mut out = String::with_capacity(shown.len() + breaks.len());
    let mut from = 0;
    for at in breaks {
        out.push_str(&shown[from..at]);
        out.push(' ');
        from = at;
    }
    out.push_str(&shown[from..]);
    Cow::Owned(out)
}

/// Text as the message of an annotation that we write (`::error …::MESSAGE`); its lines survive.
///
/// See the [example](mod@crate::safety#example).
pub fn message(text: &str) -> String {
    percent(&visible::block(text), "%\r\n")
}

/// Text as the value of a property of a GitHub annotation (`file=VALUE,title=VALUE`).
///
/// See the [example](mod@crate::safety#example).
pub fn property(text: &str) -> String {
    percent(&visible::one_line(text), "%\r\n:,")
}

/// Text as the value of a property of an Azure annotation (`##vso[task.logissue type=error;sourcepath=VALUE]`).
///
/// See the [example](mod@crate::safety#example).
pub fn azure_property(text: &str) -> String {
    percent(&visible::one_line(text), "%\r\n;]")
}

fn percent(text: &str, special: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if special.contains(c) {
            out.push_str(match c {
                '%' => "%25",
                '\r' => "%0D",
                '\n' => "%0A",
                ':' => "%3A",
                ',' => "%2C",
                ';' => "%3B",
                _ => "%5D",
            });
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_ci_systems_are_broken() {
        assert_eq!(line("::error::x"), ": :error::x");
        assert_eq!(line("a ::stop-commands::t"), "a : :stop-commands::t");
        assert_eq!(line(":::add-mask::"), ": : :add-mask::");
        assert_eq!(line("x##vso[task.complete result=Succeeded]"), "x# #vso[task.complete result=Succeeded]");
        assert_eq!(line("##[error]"), "# #[error]");
        assert_eq!(line("###teamcity[x]"), "## #teamcity[x]");
        assert_eq!(line("section_start:1:x"), "section _start:1:x");
    }

    #[test]
    fn names_of_code_stay() {
        assert_eq!(line("crate::safety::line ## heading"), "crate::safety::line ## heading");
        assert_eq!(line("Vec<T>::new"), "Vec<T>::new");
    }

    #[test]
    fn annotations_keep_their_lines_and_their_end() {
        assert_eq!(message("100%\r\n::warning::x"), "100%25%0A::warning::x");
        assert_eq!(property("a:b,c"), "a%3Ab%2Cc");
        assert_eq!(azure_property("a;b]"), "a%3Bb%5D");
    }
}
