//! jq: the checks of the user's own over the report, and the mappings of the user's own artifacts.
//!
//! What would make the same input give another result elsewhere is not there: the clock, the environment, the local
//! time zone, further inputs and modules.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars, data, unwrap_valr};
use jaq_json::{Val, read};

type Data = data::JustLut<Val>;

/// Names that are not there, since their value depends on more than the report or they end more than the expression.
const LEFT_OUT: &[&str] = &[
    "debug",
    "debug_empty",
    "env",
    "halt",
    "halt_error",
    "localtime",
    "now",
    "stderr",
    "stderr_empty",
    "strflocaltime",
];

/// How long one answer may take.
pub const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 30 });
/// Stack of the thread that an expression runs in: it may recurse.
const STACK: usize = 64 * 1024 * 1024;

/// Does something in a thread of its own, since nothing ends an expression that does not end. What the thread sends
/// is waited for no longer than [`PATIENCE`] at a time; one that is not waited for ends with the program.
///
/// # Errors
/// The thread cannot be started.
pub fn apart<T: Send + 'static>(work: impl FnOnce(Sender<T>) + Send + 'static) -> std::io::Result<Receiver<T>> {
    let (send, receive) = mpsc::channel();
    std::thread::Builder::new().stack_size(STACK).spawn(move || work(send))?;
    Ok(receive)
}

/// Asks a report several expressions.
///
/// # Errors
/// Of each: it does not give exactly one boolean, and what it does instead.
pub fn ask_all(codes: &[String], json: &serde_json::Value) -> Vec<Result<bool, String>> {
    let codes: Arc<[String]> = codes.into();
    let json: Arc<str> = json.to_string().into();
    let (mut answers, n) = (Vec::new(), codes.len());
    // An expression that does not come to an end keeps its thread, and the next ones get another.
    while answers.len() < n {
        let (first, codes, json) = (answers.len(), Arc::clone(&codes), Arc::clone(&json));
        let work = move |send: Sender<_>| {
            let report = Report::new(&json);
            for code in &codes[first..] {
                let answer = match (&report, Expression::new(code)) {
                    (None, _) => Err("cannot be asked: the report cannot be read back".to_owned()),
                    (_, Err(broken)) => Err(format!("is broken: {}", broken.message)),
                    (Some(report), Ok(expression)) => expression.ask(report),
                };
                if send.send(answer).is_err() {
                    return;
                }
            }
        };
        let received = apart(work).map_err(|error| format!("cannot be asked: {error}"));
        let next = |receive: &Receiver<_>| match receive.recv_timeout(PATIENCE) {
            Ok(answer) => (answer, true),
            Err(RecvTimeoutError::Timeout) => {
                (Err(format!("has not come to an end in {} s", PATIENCE.as_secs())), false)
            }
            Err(RecvTimeoutError::Disconnected) => (Err("made signoff fail".to_owned()), false),
        };
        let mut goes_on = true;
        while goes_on && answers.len() < n {
            let (answer, more) = match &received {
                Ok(receive) => next(receive),
                Err(problem) => (Err(problem.clone()), false),
            };
            answers.push(answer);
            goes_on = more;
        }
    }
    answers
}

/// The fields that an expression asks for by a name that is no string: `a` and `b` of `.a | .b`, in their order. What stands
/// in comments asks for nothing.
pub fn fields(code: &str) -> Vec<&str> {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = code.as_bytes();
    let mut fields = Vec::new();
    // How many parentheses are open in each interpolation that the place is in.
    let mut interpolations: Vec<u32> = Vec::new();
    let (mut at, mut is_text) = (0, false);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'\\' if is_text => {
                if bytes.get(at) == Some(&b'(') {
                    interpolations.push(0);
                    is_text = false;
                }
                at += 1;
            }
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'#' => at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at),
            b'(' => interpolations.last_mut().into_iter().for_each(|open| *open += 1),
            b')' => match interpolations.last_mut() {
                Some(0) => {
                    interpolations.pop();
                    is_text = true;
                }
                Some(open) => *open -= 1,
                None => {}
            },
            b'.' => {
                let end = at + bytes[at..].iter().take_while(|byte| is_of_name(**byte)).count();
                if bytes.get(at).is_some_and(|first| is_of_name(*first) && !first.is_ascii_digit()) {
                    fields.push(&code[at..end]);
                }
                at = end;
            }
            _ => {}
        }
    }
    fields
}

/// An expression that can be asked.
pub struct Expression(Filter<Data>);

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Where, in bytes from the start of the expression.
    pub at: Range<usize>,
    /// What.
    pub message: String,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// It is no jq, or uses a name that is not there.
    pub fn new(code: &str) -> Result<Expression, Broken> {
        let broken = |part: &str, message: String| {
            // Parts of the expression are slices of it; anything else stands for the whole.
            let start = (part.as_ptr() as usize).checked_sub(code.as_ptr() as usize);
            let at = start.map(|start| start..start + part.len()).filter(|at| at.end <= code.len());
            Broken { at: at.unwrap_or(0..code.len()), message }
        };
        let unknown = || Broken { at: 0..code.len(), message: "cannot be compiled".to_owned() };
        let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let defs = defs.filter(|def| !LEFT_OUT.contains(&def.name));
        let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let funs = funs.filter(|(name, ..)| !LEFT_OUT.contains(name));
        let arena = Arena::default();
        let modules = Loader::new(defs).load(&arena, File { code, path: () }).map_err(|errors| {
            let first = errors.into_iter().next().map(|(_, error)| error);
            let found = match first {
                Some(load::Error::Lex(errors)) => {
                    errors.into_iter().next().map(|(expected, part)| (part, format!("expected {}", expected.as_str())))
                }
                Some(load::Error::Parse(errors)) => {
                    errors.into_iter().next().map(|(expected, part)| (part, format!("expected {}", expected.as_str())))
                }
                Some(load::Error::Io(errors)) => {
                    errors.into_iter().next().map(|(part, _)| (part, "modules cannot be loaded".to_owned()))
                }
                None => None,
            };
            found.map_or_else(unknown, |(part, message)| broken(part, message))
        })?;
        let filter = Compiler::default().with_funs(funs).compile(modules).map_err(|errors| {
            let first = errors.into_iter().flat_map(|(_, errors)| errors).next();
            first.map_or_else(unknown, |(name, what)| broken(name, format!("there is no {} `{name}`", what.as_str())))
        })?;
        Ok(Expression(filter))
    }

    /// Gives the expression a value. What it gives is made as it is asked for; an error is the last thing.
    pub fn apply(&self, input: Val) -> impl Iterator<Item = Result<Val, String>> {
        let context = Ctx::<Data>::new(&self.0.lut, Vars::new([]));
        let given = self.0.id.run((context, input)).map(unwrap_valr);
        let mut has_failed = false;
        given.map_while(move |given| {
            let go_on = !std::mem::replace(&mut has_failed, given.is_err());
            go_on.then(|| given.map_err(|error| error.to_string()))
        })
    }

    /// Asks a report.
    ///
    /// # Errors
    /// It does not give exactly one boolean: what it gives instead.
    pub fn ask(&self, report: &Report) -> Result<bool, String> {
        let mut given = self.apply(report.0.clone());
        match (given.next(), given.next()) {
            (None, _) => Err("gives nothing".to_owned()),
            (Some(Err(error)), _) | (Some(Ok(_)), Some(Err(error))) => Err(format!("fails: {error}")),
            (Some(Ok(_)), Some(Ok(_))) => Err("gives more than one value".to_owned()),
            (Some(Ok(Val::Bool(holds))), None) => Ok(holds),
            (Some(Ok(other)), None) => Err(format!("gives {}, not true or false", kind(&other))),
        }
    }
}

/// A report that expressions can be asked about.
pub struct Report(Val);

impl Report {
    /// From its JSON; `None` where that cannot be read back.
    pub fn new(json: &str) -> Option<Report> {
        read::parse_single(json.as_bytes()).ok().map(Report)
    }
}

const fn kind(value: &Val) -> &'static str {
    match value {
        Val::Null => "null",
        Val::Bool(_) => "a boolean",
        Val::Num(_) => "a number",
        Val::BStr(_) | Val::TStr(_) => "a string",
        Val::Arr(_) => "an array",
        Val::Obj(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::{Expression, LEFT_OUT, Report, ask_all, fields};

    #[track_caller]
    fn check(code: &str, expected: Result<bool, &str>) {
        let report = serde_json::json!({"verdict": "passed", "tests": {"totals": {"failed": 0, "passed": 12}}});
        let report = Report::new(&report.to_string()).expect("it is JSON");
        let given = Expression::new(code).expect("it compiles").ask(&report);
        assert_eq!(given, expected.map_err(str::to_owned), "{code}");
    }

    #[test]
    fn fields_are_what_is_asked_for_and_not_what_is_said() {
        let code = ".load.runs[] | .overall.p95_ms < 1.5 and .. # .platform\n | .\"a b\" == \"x.y \\(.c | f(.d; \")\")) .e\" or .f";
        assert_eq!(fields(code), ["load", "runs", "overall", "p95_ms", "c", "d", "f"]);
        assert_eq!(fields("# \\"), [""; 0]);
        assert_eq!(fields("\"\\"), [""; 0]);
    }

    #[test]
    fn exactly_one_boolean_decides() {
        check(".tests.totals.failed == 0", Ok(true));
        check(".tests.totals | .passed > 12", Ok(false));
        check("[.tests.totals[]] | add == 12", Ok(true));
        check(".verdict | test(\"^pass\")", Ok(true));
        check(".nothing", Err("gives null, not true or false"));
        check(".tests.totals.passed", Err("gives a number, not true or false"));
        check("empty", Err("gives nothing"));
        check("true, true", Err("gives more than one value"));
        check("error(\"no\")", Err("fails: \"no\""));
    }

    #[test]
    fn an_expression_that_does_not_end_leaves_the_others_their_answers() {
        let codes = [".a == 1", "def f: f; f", ".a == 2", ".["].map(str::to_owned);
        let answers = ask_all(&codes, &serde_json::json!({"a": 1}));
        let late = Err("has not come to an end in 1 s".to_owned());
        let broken = Err("is broken: expected closing bracket".to_owned());
        assert_eq!(answers, [Ok(true), late, Ok(false), broken]);
    }

    #[test]
    fn what_is_broken_has_a_place() {
        for (code, at, message) in [
            (".tests | lenght > 0", 9, "there is no filter `lenght`"),
            (".tests[", 7, "expected closing bracket"),
            (".a == $x", 6, "there is no variable `$x`"),
            ("", 0, "expected term"),
        ] {
            let broken = Expression::new(code).err().expect("it is broken");
            assert_eq!((broken.at.start, broken.message.as_str()), (at, message), "{code}");
        }
    }

    #[test]
    fn clock_and_environment_are_not_there() {
        for name in LEFT_OUT.iter().chain(&["$ENV", "input", "inputs", "$__prog_args"]) {
            for code in [(*name).to_owned(), format!("{name}(.)")] {
                assert!(Expression::new(&code).is_err(), "{code} compiles");
            }
        }
    }
}
