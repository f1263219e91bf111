//! The table of diagnostic codes. A new code is one row.
//!
//! See the [example](mod@crate::diagnostics#example).

use super::Level;

/// One kind of problem.
///
///
/// See the [example](mod@crate::diagnostics#example).
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable id, kebab-case.
    pub id: &'static str,
    /// How much it weighs.
    pub level: Level,
    /// What it means and why it weighs what it weighs: the text of `signoff explain` and of the book.
    pub meaning: &'static str,
    /// What to do about it.
    pub help: &'static str,
}

macro_rules! codes {
    ($($name:ident $id:literal $level:ident $meaning:literal $help:literal;)*) => {
        $(
            #[doc = $meaning]
            #[doc = "\n\nSee the [example](mod@crate::diagnostics#example)."]
            pub static $name: Code = Code { id: $id, level: Level::$level, meaning: $meaning, help: $help };
        )*
        /// Every code, sorted by id.
        ///
        /// See the [example](mod@crate::diagnostics#example).
        pub static CODES: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    AMBIGUOUS_FORMAT "ambiguous-format" Error
        "The content could be of several formats, and they do not mean the same."
        "name the format with --format-of PATH=FORMAT";
    AUXILIARY "auxiliary" Note
        "A file that a tool leaves beside its results and that holds none itself: an attachment, a screenshot, a page for people, a list of categories. It is listed and not read as evidence."
        "nothing has to be done";
    BAD_ENCODING "bad-encoding" Error
        "The bytes are not text in the encoding that the file claims or that its format demands."
        "write the file as UTF-8";
    BASELINE_DOUBTFUL "baseline-doubtful" Note
        "The baseline is not quite what a comparison needs: of the same commit, of another target, judged by another policy. Where a key of the policy rests on the comparison, the rule `evidence.baseline` weighs what would make it worthless."
        "compare with the report of the release that runs now";
    BUNDLE_DIFFERS "bundle-differs" Error
        "A bundle says something else of an artifact than the artifact itself, or than another bundle, although the bytes are said to be the same. At least one of them was not made of those bytes."
        "collect the artifact again with the present version of signoff";
    CACHED "cached" Warning
        "The tool did not run this now: it repeats the result of an earlier run from its cache."
        "run the tests without the cache (`go test -count=1`)";
    CHECKS_FAILED "checks-failed" Warning
        "Checks of a load test failed, and its raw output does not list them as tests."
        "give the summary of the same run too (`--summary-export`, `handleSummary`): it lists them as tests";
    CI_HEAD "ci-head" Note
        "The commit of the CI system is not the head of the change: a merge commit that was made for this run, or the tip of another branch."
        "where the tests ran on the head, say so with --commit";
    CI_VARIABLE "ci-variable" Warning
        "A variable of the CI system does not say what it should: a word in place of a commit, a page that is no web address, or nothing. It is not used."
        "give the commit with --commit, or leave --ci out";
    CONTRADICTION "contradiction" Warning
        "Two places of the evidence disagree. signoff counts from the lowest level and prints both."
        "find out which of the two is right; the tool that wrote the file may count differently";
    DUPLICATE_ARTIFACT "duplicate-artifact" Note
        "The same bytes were given twice; they are counted once."
        "leave one of them out";
    DUPLICATE_KEY "duplicate-key" Error
        "An object has the same key twice. Readers disagree about which one counts, so the file proves nothing."
        "fix the tool that wrote the file";
    DUPLICATE_NAME "duplicate-name" Note
        "Several tests have the same name; each of them is counted."
        "give each test a name of its own";
    EMPTY_FILE "empty-file" Error
        "The file has no content. A crashed tool leaves the same file as a clean run with nothing to say."
        "run the tool again and see that it writes its result";
    FAILURES_UNSAID "failures-unsaid" Warning
        "The output of the load tool leaves out requests that got no answer, so how many failed is not known."
        "give an output that counts them, such as the JSON output of oha";
    FIXTURE_FAILED "fixture-failed" Warning
        "A set-up or tear-down around tests failed; the tests themselves may have passed."
        "see the tool's report, and run the tests again";
    FOLDED "folded" Note
        "There is more than a report can show. Everything is counted, and the first of each kind are kept."
        "the artifact has all of it";
    INCOMPLETE "incomplete" Error
        "The tool did not get to the end: it was stopped, or parts could not be tested."
        "run the tool again to its end";
    INTERNAL "internal" Error
        "signoff itself failed on this artifact. Nothing of it was used."
        "report it, with the file if you can";
    IO "io" Error
        "The file cannot be read."
        "check the path and the permissions";
    LIMIT "limit" Error
        "The file is larger or deeper than signoff reads."
        "give the part that matters, or raise the limit where there is an option for it";
    MAPPING "mapping" Error
        "The filter of a `[[format]]` cannot be applied to the artifact, or gives nothing. Nothing of the artifact is used."
        "mend the filter in the manifest; `signoff inspect` shows what it makes of the artifact";
    MISSING_FIELD "missing-field" Error
        "Something that the format demands is absent, so this part of the evidence cannot be read."
        "check the version of the tool";
    NAMED_FORMAT "named-format" Note
        "The format of the artifact was not recognised by its content, but named with `--format-of`."
        "see that the artifact is of that format";
    NOT_A_FILE "not-a-file" Error
        "Only regular files, folders and standard input are read: no device, pipe or socket, and no link that leaves the given folders."
        "copy the content into a regular file";
    NOT_COUNTED "not-counted" Note
        "The tool reports this beside its findings or leaves it out by its configuration; it is in none of the counts."
        "see the artifact";
    NOT_EVIDENCE "not-evidence" Error
        "The file is known, but is not evidence of a validation: a state, a list or an answer of another kind."
        "give the file that the help names";
    NOT_LISTED "not-listed" Note
        "The tool counts more tests than it lists: those that it skipped are in its totals and nowhere else."
        "the tool's own log names them";
    NOT_TESTED "not-tested" Warning
        "The tool passed over a part of what it was given. Nothing is known about that part."
        "see why the tool skipped it, or say in the manifest why it need not be tested";
    NOTHING_RAN "nothing-ran" Error
        "The tool ran nothing: no test, no target, no rule. A clean result of it says nothing."
        "see why nothing was selected, and run the tool again";
    OUT_OF_RANGE "out-of-range" Error
        "A number is not what it claims to be: negative, not finite, fractional where things are counted, or too large to be exact."
        "fix the tool that wrote the file";
    OVERLAP "overlap" Note
        "Some evidence repeats other evidence: records that sum up others of the same file or are parts of them, two files of one load run, of one run of tests, or of one scan. All of it is judged, as it stands, and what is counted once is said."
        "judge by the names that matter, not by all together";
    OWASP_NAME "owasp-name" Note
        "A category of the OWASP Top 10 has another name in the edition that its code belongs to. It is shown under the category that its name means."
        "use the names of one edition";
    PARTLY_SCANNED "partly-scanned" Warning
        "The tool warns that it did not understand some of what it looked at, or that it knows too little about it, so it may have missed something there."
        "see the tool's warnings";
    REPAIRED "repaired" Note
        "Something was read in a form that the format does not allow, but that leaves no doubt about what is meant."
        "fix the tool that wrote the file";
    SCANNERS_UNSAID "scanners-unsaid" Note
        "The tool makes several kinds of scan, and the artifact does not say which of them ran, or on what. What it found nothing of may not have been looked for."
        "see how the tool was called";
    SYNTAX "syntax" Error
        "The file is not well-formed: cut off, or damaged."
        "run the tool again and see that it is not interrupted while it writes";
    TOOL_FAILED "tool-failed" Error
        "The tool itself says that its run failed. What it found before is shown, but it is not the whole."
        "see the tool's own log, and run it again";
    UNKNOWN_FORMAT "unknown-format" Error
        "No format recognises the content."
        "`signoff formats` lists what can be read";
    UNKNOWN_WORD "unknown-word" Error
        "A word of a fixed list is not in the list that signoff knows for this tool. It is never counted as something better."
        "a newer version of the tool may have new words; report it";
    UNREADABLE_PART "unreadable-part" Error
        "One record of the artifact cannot be read. The others are used."
        "see the place in the file";
    UNSUPPORTED_VERSION "unsupported-version" Error
        "The format is known, this version of it is not."
        "write the file in a version that `signoff formats` lists";
    UNUSABLE_DETAIL "unusable-detail" Note
        "A detail that decides nothing, such as the duration of a test, cannot be read. It is left out."
        "fix the tool that wrote the file";
    UNUSED_PATTERN "unused-pattern" Note
        "A name or pattern in the policy matched nothing."
        "correct it, or leave it out";
    WAIVER_BROAD "waiver-broad" Note
        "A waiver covers anything of a check, or an approval any step of a rollback, so it also covers what nobody has seen yet."
        "name the test, finding, service or step that is accepted";
    WAIVER_EXPIRED "waiver-expired" Note
        "The last day of a waiver is over, so the violation counts again."
        "mend the violation, or accept it anew with a new date";
    WAIVER_EXPIRES_SOON "waiver-expires-soon" Note
        "A waiver ends within 14 days."
        "plan to mend the violation before";
    WAIVER_UNCLOCKED "waiver-unclocked" Note
        "Whether a waiver has expired was asked of the newest time in the evidence, since nobody says what time it is. By that time a waiver never ends as long as nobody tests anew."
        "give the time with --as-of or SOURCE_DATE_EPOCH";
    WAIVER_UNDATED "waiver-undated" Note
        "Whether a waiver still holds cannot be known, because the time of the report is not."
        "give the time with --as-of";
    WAIVER_UNUSED "waiver-unused" Note
        "A waiver holds and covers nothing: the violation is gone, or its scope is misspelt."
        "remove it, or correct its scope";
    WRONG_TYPE "wrong-type" Error
        "A value has another type than the format demands, so this part of the evidence cannot be read."
        "check the version of the tool";
}

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn the_table_is_sorted_and_unique() {
        for pair in CODES.windows(2) {
            assert!(pair[0].id < pair[1].id, "`{}` does not stand before `{}`", pair[0].id, pair[1].id);
        }
    }
}
