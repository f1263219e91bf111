//! Which files a command gives to a database client to be run.
//!
//! Client and file must belong to one command: a line that only names both (`echo psql -f down.sql`,
//! `which psql && cat down.sql`) runs nothing of the file.

use super::shell::{Pipeline, Simple, pipelines};

/// A program that runs scripts of SQL, by its manual.
struct Client {
    names: &'static [&'static str],
    /// Options whose value is a file that it runs.
    files: &'static [&'static str],
    /// Options whose value is a text that it runs. Beside one of these or of those above it reads nothing else.
    texts: &'static [&'static str],
    /// Whether a text that it runs may also stand without an option: `sqlite3 shop.db '.read down.sql'`.
    takes_text: bool,
    /// Options with which it runs nothing.
    idle: &'static [&'static str],
}

const CLIENTS: &[Client] = &[
    Client {
        names: &["psql"],
        files: &["-f", "--file"],
        texts: &["-c", "--command"],
        takes_text: false,
        idle: &["--version", "--help", "-?", "-V", "-l", "--list"],
    },
    Client {
        names: &["cockroach"],
        files: &["-f", "--file"],
        texts: &["-e", "--execute"],
        takes_text: false,
        idle: &["--version", "--help", "-h"],
    },
    Client {
        names: &["mysql", "mariadb"],
        files: &[],
        texts: &["-e", "--execute"],
        takes_text: false,
        idle: &["--version", "--help", "-?", "-V"],
    },
    Client {
        names: &["sqlcmd", "isql"],
        files: &["-i", "-input", "--input-file"],
        texts: &["-Q", "-q", "--query", "--initial-query"],
        takes_text: false,
        idle: &["--version", "--help", "-?"],
    },
    Client {
        names: &["sqlite3", "duckdb"],
        files: &["-init", "-f", "-file"],
        texts: &["-cmd", "-c", "-s"],
        takes_text: true,
        idle: &["--version", "-version", "--help", "-help"],
    },
    Client { names: &["sqlplus"], files: &[], texts: &[], takes_text: true, idle: &["-V", "-version", "-H", "-help"] },
    Client {
        names: &["clickhouse-client", "clickhouse"],
        files: &["--queries-file"],
        texts: &["-q", "--query"],
        takes_text: false,
        idle: &["--version", "--help", "-V"],
    },
    Client { names: &["db2"], files: &["-f"], texts: &[], takes_text: true, idle: &["?"] },
];

/// How deep a command may stand in another one: `ssh host "docker exec db bash -c 'psql -f down.sql'"`.
const MAX_DEPTH: usize = 5;

/// The files that a command line gives to a database client.
pub(super) fn files_run(line: &str) -> Vec<String> {
    let mut files = Vec::new();
    of_line(line, &[], MAX_DEPTH, &mut files);
    files
}

/// Takes the files of a line whose first commands are given others to read.
fn of_line(line: &str, given: &[String], depth: usize, files: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let pipelines = pipelines(line);
    for (at, pipeline) in pipelines.iter().enumerate() {
        // What runs only where another failed is no trial, and of what may fail nothing tells whether it did.
        let is_ignored = pipelines.get(at + 1).is_some_and(is_shrug);
        if !pipeline.is_fallback && !is_ignored {
            of_pipeline(pipeline, given, depth, files);
        }
    }
}

/// Whether a pipeline makes good of the failure of the one before it: `|| true`.
fn is_shrug(pipeline: &Pipeline) -> bool {
    let first = pipeline.commands.first().and_then(|command| command.words.first());
    pipeline.is_fallback && first.is_some_and(|word| matches!(word.as_str(), "true" | ":" | "echo" | "printf"))
}

fn of_pipeline(pipeline: &Pipeline, given: &[String], depth: usize, files: &mut Vec<String>) {
    let mut read = given.to_vec();
    for command in &pipeline.commands {
        if let Some(input) = &command.input {
            read = vec![input.clone()];
        } else if let Some(text) = &command.text {
            read = named_in(text);
        }
        of_simple(command, &read, depth, files);
        read = passed_on(command, read);
    }
}

/// The files that the next command of a pipeline reads in whole.
fn passed_on(command: &Simple, read: Vec<String>) -> Vec<String> {
    let mut words = command.words.iter().map(String::as_str);
    let program = words.next().map(name_of).unwrap_or_default();
    let named: Vec<&str> = words.filter(|word| !word.starts_with('-')).collect();
    match program {
        "echo" | "printf" => named_in(&named.join(" ")),
        "tee" | "envsubst" => read,
        "cat" | "type" | "pv" | "Get-Content" if named.is_empty() => read,
        "cat" | "type" | "pv" | "Get-Content" => named.into_iter().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The name of a program without its folder.
fn name_of(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

fn of_simple(command: &Simple, read: &[String], depth: usize, files: &mut Vec<String>) {
    let mut words: &[String] = &command.words;
    while let Some(first) = words.first() {
        let name = name_of(first);
        if let Some(client) = CLIENTS.iter().find(|client| client.names.contains(&name)) {
            return client.run(&words[1..], read, files);
        }
        match inner(name, words) {
            Inner::Words(at) if at > 0 => words = words.get(at..).unwrap_or_default(),
            Inner::Line(line) => return of_line(&line, read, depth, files),
            Inner::Words(_) | Inner::None => return,
        }
    }
}

/// The command that another one runs.
enum Inner {
    /// It starts with that word.
    Words(usize),
    /// It is a line for another shell.
    Line(String),
    None,
}

/// Commands that run what follows their options: their name, the options that have a value, and how many words stand
/// before what is run.
const WRAPPERS: &[(&str, &str, usize)] = &[
    ("!", "", 0),
    ("$", "", 0),
    ("do", "", 0),
    ("doas", "-u -C", 0),
    ("else", "", 0),
    ("env", "-u --unset -C --chdir", 0),
    ("exec", "-a", 0),
    ("gosu", "", 1),
    ("if", "", 0),
    ("nice", "-n --adjustment", 0),
    ("nohup", "", 0),
    ("stdbuf", "-i -o -e", 0),
    ("sudo", "-u --user -g --group -h --host -p --prompt -C -D -R -T -r -t -iu -Eu -nu", 0),
    ("then", "", 0),
    ("time", "-f --format -o --output", 0),
    ("timeout", "-s --signal -k --kill-after", 1),
    ("{", "", 0),
];

/// Commands that run what follows `--`.
const DASHED: &[&str] = &["aws-vault", "chamber", "doppler", "dotenv", "kubectl", "oc", "op", "runuser"];

const SHELLS: &[&str] = &["ash", "bash", "cmd", "dash", "ksh", "powershell", "pwsh", "sh", "su", "zsh"];

/// Options of containers and of `ssh` that have a value.
const CONTAINER_VALUES: &str = "
    -H --host -c --context -f --file -p --project-name --project-directory --profile --env-file -e --env -u --user -w
    --workdir --name --network --net -v --volume --mount --publish --index --platform -l --label --link --add-host
    --volumes-from --hostname -h --entrypoint --pull -m --memory --detach-keys
";
const SSH_VALUES: &str = "-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -P -Q -R -S -W -w";

fn inner(name: &str, words: &[String]) -> Inner {
    if let Some((_, values, before)) = WRAPPERS.iter().find(|(known, ..)| *known == name) {
        return Inner::Words(past_options(words, 1, values) + before);
    }
    if is_assignment(&words[0]) {
        return Inner::Words(1);
    }
    match name {
        "ssh" => words
            .get(past_options(words, 1, SSH_VALUES) + 1..)
            .map_or(Inner::None, |command| Inner::Line(command.join(" "))),
        "docker" | "docker-compose" | "podman" | "podman-compose" | "nerdctl" => in_container(words),
        "fly" | "flyctl" | "gcloud" => value_of(words, &["-C", "--command"]).map_or(Inner::None, Inner::Line),
        _ if SHELLS.contains(&name) => in_shell(words),
        _ if DASHED.contains(&name) => {
            words.iter().position(|word| word == "--").map_or(Inner::None, |at| Inner::Words(at + 1))
        }
        _ => Inner::None,
    }
}

/// Whether a word sets a variable for the command behind it.
fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name).unwrap_or_default();
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Where the first word stands, from `at` on, that is no option or its value, nor a variable that is set.
fn past_options(words: &[String], mut at: usize, values: &str) -> usize {
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-') || is_assignment(word)) {
        at += 1;
        if word == "--" {
            break;
        }
        at += usize::from(values.split_ascii_whitespace().any(|known| known == word));
    }
    at
}

/// What a container runs: `docker exec -i db psql`, `docker compose run --rm db psql`, `docker run image psql`.
fn in_container(words: &[String]) -> Inner {
    let mut at = 1;
    loop {
        at = past_options(words, at, CONTAINER_VALUES);
        match words.get(at).map(String::as_str) {
            Some("compose" | "container") => at += 1,
            Some("exec" | "run") => break,
            _ => return Inner::None,
        }
    }
    let container = past_options(words, at + 1, CONTAINER_VALUES);
    let Some(program) = value_of(&words[at..container.min(words.len())], &["--entrypoint"]) else {
        return Inner::Words(container + 1);
    };
    let arguments = words.get(container + 1..).unwrap_or_default().iter().map(|word| format!("'{word}'"));
    Inner::Line(std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" "))
}

/// What a shell is told to run: `bash -ec '…'`, `cmd /c …`, `su - postgres -c '…'`.
fn in_shell(words: &[String]) -> Inner {
    let is_command = |word: &String| match word.strip_prefix('-') {
        Some(letters) if letters.starts_with('-') => letters == "-command",
        Some(letters) => letters.ends_with('c') || letters.eq_ignore_ascii_case("command"),
        None => word.eq_ignore_ascii_case("/c"),
    };
    let Some(at) = words.iter().position(is_command) else { return Inner::None };
    match (name_of(&words[0]), words.get(at + 1..)) {
        ("cmd" | "powershell" | "pwsh", Some(rest)) => Inner::Line(rest.join(" ")),
        (_, Some([line, ..])) => Inner::Line(line.clone()),
        _ => Inner::None,
    }
}

/// The value of the first of these options: `--file down.sql`, `--file=down.sql`.
fn value_of(words: &[String], options: &[&str]) -> Option<String> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if options.contains(&word.as_str()) {
            return words.next().cloned();
        }
        if let Some(value) = options.iter().find_map(|option| word.strip_prefix(option)?.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}

impl Client {
    /// Takes the files that this client runs, with those that it is given to read.
    fn run(&self, arguments: &[String], read: &[String], files: &mut Vec<String>) {
        if arguments.iter().any(|word| self.idle.contains(&word.as_str())) {
            return;
        }
        let mut reads_input = true;
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            if let Some(value) = option(word, self.files, &mut words) {
                let is_input = matches!(value.as_str(), "-" | "/dev/stdin");
                reads_input &= is_input;
                files.extend(value.split(',').filter(|_| !is_input).map(str::to_owned));
            } else if let Some(text) = option(word, self.texts, &mut words) {
                reads_input = false;
                files.extend(named_in(&text));
            } else if self.takes_text {
                files.extend(named_in(word));
            }
        }
        files.extend(read.iter().filter(|_| reads_input).cloned());
    }
}

/// The value of an option, which may stand in the same word: `-fdown.sql`, `--file=down.sql`, `-Xqf down.sql`.
fn option<'w>(word: &str, options: &[&str], rest: &mut impl Iterator<Item = &'w String>) -> Option<String> {
    for option in options {
        if word == *option {
            return rest.next().cloned();
        }
        let is_long = option.len() > 2;
        match word.strip_prefix(option) {
            Some(value) if is_long => {
                if let Some(value) = value.strip_prefix('=') {
                    return Some(value.to_owned());
                }
            }
            Some(value) => return Some(value.to_owned()),
            None => {}
        }
        let flags = word.strip_prefix('-').filter(|flags| flags.bytes().all(|byte| byte.is_ascii_alphabetic()));
        if !is_long && flags.is_some_and(|flags| flags.len() > 1 && flags.ends_with(&option[1..])) {
            return rest.next().cloned();
        }
    }
    None
}

/// Commands of the clients that run a file.
const INCLUDES: &[&str] = &["\\i", "\\ir", "\\include", "\\.", "source", ".read", "start", ":r"];

/// The files that a text for a client names to be run: `\i down.sql`, `source down.sql`, `.read down.sql`, `@down.sql`.
fn named_in(text: &str) -> Vec<String> {
    let mut files = Vec::new();
    let parts = text.split([';', '\n']).flat_map(|part| part.split("\\n"));
    for part in parts {
        let mut words = part.split(|c: char| c.is_whitespace() || "'\"".contains(c)).filter(|word| !word.is_empty());
        match (words.next(), words.next()) {
            (Some(first), Some(file)) if INCLUDES.iter().any(|known| first.eq_ignore_ascii_case(known)) => {
                files.push(file.to_owned());
            }
            (Some(first), _) if first.starts_with('@') => files.push(first.trim_start_matches('@').to_owned()),
            _ => {}
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::files_run;

    #[test]
    fn a_file_is_run_where_a_client_is_given_it() {
        for line in [
            "psql -f down.sql",
            "psql -Xqf down.sql shop",
            "psql --file=down.sql",
            "/usr/bin/psql -fdown.sql",
            "PGPASSWORD=x psql shop <down.sql",
            "< down.sql psql",
            "cat down.sql | psql shop",
            "cat down.sql | tee log | docker exec -i db psql -U shop",
            "docker exec -i -u postgres db psql shop < down.sql",
            "docker compose -f compose.yml exec -T db psql -f down.sql",
            "docker-compose run --rm -e A=b db mysql shop < down.sql",
            "docker run --rm --entrypoint psql postgres:16 -h db -f down.sql",
            "kubectl -n prod exec -i pod/db -- psql -f down.sql",
            "fly ssh console -C 'psql -f down.sql'",
            "gcloud compute ssh db --command='psql -f down.sql'",
            "ssh -p 22 db@host psql -f down.sql",
            "ssh host \"docker exec db bash -c 'psql -f down.sql'\"",
            "sudo -u postgres psql -f down.sql",
            "su - postgres -c 'psql -f down.sql'",
            "time psql -f down.sql",
            "timeout -k 5 60 psql -f down.sql",
            "set -e; cd db && psql -v ON_ERROR_STOP=1 -f down.sql || exit 1",
            "if ! psql -f down.sql; then exit 1; fi",
            "bash -ec 'psql < down.sql'",
            "psql -c '\\i down.sql'",
            "psql -f - < down.sql",
            "echo '\\i down.sql' | psql",
            "mysql shop -e 'source down.sql;'",
            "mysql <<< 'source down.sql'",
            "sqlite3 shop.db '.read down.sql'",
            "sqlplus -S shop/pw@db @down.sql",
            "sqlcmd -S . -i up.sql,down.sql",
            "db2 -tvf down.sql",
            "cockroach sql --insecure -f down.sql",
            "clickhouse-client --queries-file down.sql",
            "psql.exe -f down.sql",
            "`psql -f down.sql`",
            "$ psql -f down.sql",
        ] {
            assert!(files_run(line).iter().any(|file| file == "down.sql"), "{line}: {:?}", files_run(line));
        }
    }

    #[test]
    fn a_line_that_names_client_and_file_runs_nothing() {
        for line in [
            "echo psql -f down.sql",
            "which psql && cat down.sql",
            "grep -n psql down.sql",
            "git add down.sql; psql --version",
            "mysql --help | grep down.sql",
            "# psql -f down.sql",
            "ls # psql -f down.sql",
            "docker exec db echo psql -f down.sql",
            "docker exec psql cat down.sql",
            "docker cp down.sql psql:/tmp",
            "ssh host cat down.sql",
            "bash -c 'echo psql' down.sql",
            "psql -f up.sql -o down.sql",
            "psql -c 'SELECT 1' > down.sql",
            "psql -c 'SELECT 1' < down.sql",
            "psql -f up.sql < down.sql",
            "psql -f up.sql -L down.sql",
            "psql --help -f down.sql",
            "cat down.sql | grep -v DROP | psql",
            "cat down.sql && psql",
            "true || psql -f down.sql",
            "psql -f down.sql || true",
            "psql <<EOF\n\\i up.sql\nEOF",
            "vim down.sql",
            "command -v psql down.sql",
            "kubectl cp down.sql db:/psql",
        ] {
            assert!(!files_run(line).iter().any(|file| file == "down.sql"), "{line}: {:?}", files_run(line));
        }
    }
}
