//! jq: the checks of the user's own over the report, and the mappings of the user's own artifacts.
//!
//! What would make the same input give another result elsewhere is not there: the clock, the environment, the local
//! time zone, further inputs and modules.

use std::ops::Range;

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
    pub fn new(json: &serde_json::Value) -> Option<Report> {
        read::parse_single(json.to_string().as_bytes()).ok().map(Report)
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
    use super::{Expression, LEFT_OUT, Report};

    #[track_caller]
    fn check(code: &str, expected: Result<bool, &str>) {
        let report = serde_json::json!({"verdict": "passed", "tests": {"totals": {"failed": 0, "passed": 12}}});
        let report = Report::new(&report).expect("it is JSON");
        let given = Expression::new(code).expect("it compiles").ask(&report);
        assert_eq!(given, expected.map_err(str::to_owned), "{code}");
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
