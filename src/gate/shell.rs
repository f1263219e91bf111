//! A command line of a shell, cut into the commands that it runs.

/// One command with its arguments, without what a shell takes away.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Simple {
    pub(super) words: Vec<String>,
    /// The file that it is given to read: `< down.sql`.
    pub(super) input: Option<String>,
    /// The text that it is given to read: `<<< 'source down.sql'`.
    pub(super) text: Option<String>,
}

/// Commands of which each reads what the one before it writes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pipeline {
    pub(super) commands: Vec<Simple>,
    /// Whether it runs only where the one before it failed: what stands behind `||`.
    pub(super) is_fallback: bool,
}

/// The pipelines of a command line, in their order.
pub(super) fn pipelines(line: &str) -> Vec<Pipeline> {
    let mut reader = Reader { rest: line, pipelines: vec![Pipeline::default()], goes_to: Target::Words };
    reader.open();
    while let Some(first) = reader.rest.chars().next() {
        reader.next(first);
    }
    let mut pipelines = reader.pipelines;
    pipelines.iter_mut().for_each(|pipeline| pipeline.commands.retain(|command| *command != Simple::default()));
    pipelines.retain(|pipeline| !pipeline.commands.is_empty());
    pipelines
}

/// What the next word is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Words,
    Input,
    Text,
    /// It is written, or ends a text that follows.
    Nothing,
}

struct Reader<'l> {
    rest: &'l str,
    pipelines: Vec<Pipeline>,
    goes_to: Target,
}

/// What ends a command, the longer first, and whether what follows reads it, or runs only where it failed.
const ENDS: &[(&str, bool, bool)] = &[
    ("||", false, true),
    ("|&", true, false),
    ("|", true, false),
    ("&&", false, false),
    ("&", false, false),
    (";", false, false),
    ("\n", false, false),
    ("(", false, false),
    (")", false, false),
];

/// What leads a word elsewhere, the longer first.
const REDIRECTIONS: &[(&str, Target)] = &[
    ("<<<", Target::Text),
    ("<<", Target::Nothing),
    ("<&", Target::Nothing),
    ("<>", Target::Nothing),
    ("<(", Target::Nothing),
    ("<", Target::Input),
    ("&>>", Target::Nothing),
    ("&>", Target::Nothing),
    (">>", Target::Nothing),
    (">&", Target::Nothing),
    (">|", Target::Nothing),
    (">", Target::Nothing),
];

impl Reader<'_> {
    fn next(&mut self, first: char) {
        if self.rest.starts_with("\\\n") {
            self.skip(2);
        } else if first == '#' {
            self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if let Some((sign, target)) = REDIRECTIONS.iter().find(|(sign, _)| self.rest.starts_with(sign)) {
            self.skip(sign.len());
            self.goes_to = *target;
        } else if let Some((sign, is_read, is_fallback)) = ENDS.iter().find(|(sign, ..)| self.rest.starts_with(sign)) {
            self.skip(sign.len());
            self.goes_to = Target::Words;
            if !is_read {
                self.pipelines.push(Pipeline { is_fallback: *is_fallback, ..Pipeline::default() });
            }
            self.open();
        } else if first.is_whitespace() || first == '`' {
            // Behind a backquote stands a command, be it in Markdown.
            self.skip(first.len_utf8());
        } else {
            self.word();
        }
    }

    fn skip(&mut self, length: usize) {
        self.rest = &self.rest[length..];
    }

    fn open(&mut self) {
        if let Some(pipeline) = self.pipelines.last_mut() {
            pipeline.commands.push(Simple::default());
        }
    }

    fn word(&mut self) {
        let (word, length) = word(self.rest);
        self.skip(length);
        // `2>` says what is led elsewhere.
        let is_number = self.rest.starts_with(['<', '>']) && word.bytes().all(|byte| byte.is_ascii_digit());
        let target = std::mem::replace(&mut self.goes_to, Target::Words);
        let Some(command) = self.pipelines.last_mut().and_then(|pipeline| pipeline.commands.last_mut()) else { return };
        match target {
            Target::Words if is_number => {}
            Target::Words => command.words.push(word),
            Target::Input => command.input = Some(word),
            Target::Text => command.text = Some(word),
            Target::Nothing => {}
        }
    }
}

/// The word that starts here without its quotes, and how long it is with them.
/// A backslash stands for itself but for a quote behind it, since folders of Windows have it.
fn word(rest: &str) -> (String, usize) {
    let mut word = String::new();
    let mut quote = None;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_whitespace() || "|&;()<>`".contains(c) => return (word, at),
            _ if c == '\\' && quote != Some('\'') && chars.peek().is_some_and(|(_, next)| "\"'".contains(*next)) => {
                word.extend(chars.next().map(|(_, next)| next));
            }
            _ => word.push(c),
        }
    }
    (word, rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[&[&[&str]]]) {
        let found = pipelines(line);
        let words: Vec<Vec<&Vec<String>>> =
            found.iter().map(|pipeline| pipeline.commands.iter().map(|command| &command.words).collect()).collect();
        assert_eq!(words, expected, "{line}");
    }

    #[test]
    fn a_line_is_cut_where_a_shell_cuts_it() {
        check("cd db && psql -f 'a b.sql'; ls", &[&[&["cd", "db"]], &[&["psql", "-f", "a b.sql"]], &[&["ls"]]]);
        check("cat a.sql | psql 2>&1 >log", &[&[&["cat", "a.sql"], &["psql"]]]);
        check("# psql -f a.sql\nls a#b", &[&[&["ls", "a#b"]]]);
        check("bash -c \"psql -c \\\"x\\\" -f db\\\\a.sql\"", &[&[&["bash", "-c", "psql -c \"x\" -f db\\\\a.sql"]]]);
        check("psql \\\n  -f a.sql", &[&[&["psql", "-f", "a.sql"]]]);
        check("`psql -f a.sql`", &[&[&["psql", "-f", "a.sql"]]]);
        check(" ; | && #", &[]);
    }

    #[test]
    fn what_is_led_elsewhere_is_no_argument() {
        let found = pipelines("< a.sql psql shop 2> b.log || true");
        assert_eq!(found[0].commands[0].input.as_deref(), Some("a.sql"));
        assert_eq!(found[0].commands[0].words, ["psql", "shop"]);
        assert!(found[1].is_fallback && !found[0].is_fallback);
        assert_eq!(pipelines("mysql <<< 'source a.sql'")[0].commands[0].text.as_deref(), Some("source a.sql"));
    }
}
