//! What is refused, with its place.

use super::{DATA, render};

#[track_caller]
fn refused(template: &str, message: &str) {
    let error = render(template, &*DATA).expect_err("the template is refused").to_string();
    assert_eq!(error.strip_prefix("main:").unwrap_or(&error), message, "{template}");
}

#[test]
fn names_that_do_not_exist_have_their_place() {
    refused("{{ aa }}", "1:4: the data of the report has no `aa`");
    refused("é {{wrods}}", "1:5: the data of the report has no `wrods`; did you mean `words`?");
    refused("a\n\n  {{#if obj.lits}}", "3:3: `{{#if}}` is not closed: there is no `{{/if}}`");
    refused("a\n\n  {{#if obj.lits}}{{/if}}", "3:9: the data of the report has no `obj.lits`; did you mean `list`?");
    refused("{{#unless x}}{{/unless}}", "1:11: the data of the report has no `x`");
    refused("{{#each none.x}}{{/each}}", "1:9: the data of the report has no `none.x`; `x` is looked up in a list");
    refused("{{words.3}}", "1:3: the data of the report has no `words.3`; `3` is looked up in a list");
    refused("{{n.x}}", "1:3: the data of the report has no `n.x`; `x` is looked up in a number");
    refused(
        "{{#each words}}{{list}}{{/each}}",
        "1:18: the data of the report has no `list`; `list` is looked up in raw text",
    );
    refused("{{lookup obj 'lsit'}}", "1:3: the data of the report has no `obj.[lsit]`; did you mean `list`?");
    refused(
        "{{#if (or yes (not wrods))}}{{/if}}",
        "1:20: the data of the report has no `wrods`; did you mean `words`?",
    );
    refused(
        "{{#with obj.obj.obj.obj.obj}}{{nil}}{{/with}}",
        "1:32: the data of the report has no `nil`; did you mean `../nil`?",
    );
    refused("{{../a}}", "1:3: `../a` leads out of the data of the report");
    refused("{{#with obj}}{{@index}}{{/with}}", "1:16: `@index` stands in no `{{#each}}`");
    refused("{{#each words}}{{@../first}}{{/each}}", "1:18: `@../first` stands in no `{{#each}}`");
}

#[test]
fn words_that_are_not_known_are_refused_where_nothing_is_rendered() {
    refused("{{#if no}}{{txet a}}{{/if}}", "1:13: no helper is called `txet`; did you mean `text`?");
    refused("{{#if no}}{{eq (lenn a) 1}}{{/if}}", "1:17: no helper is called `lenn`; did you mean `len`?");
    refused("{{#eahc list}}{{/eahc}}", "1:4: no block is called `eahc`; did you mean `#each`?");
    refused(
        "{{#list}}{{/list}}",
        "1:4: no block is called `list`; write `{{#if list}}`, `{{#each list}}` or `{{#with list}}`",
    );
    refused(
        "{{#list a}}{{/list}}",
        "1:4: no block is called `list`; there are each, if, unless, with, and the helpers that test",
    );
    refused("{{#if no}}{{include 'm'}}{{/if}}", "1:21: no template is called `m`");
    refused("{{#if no}}{{> mian}}{{/if}}", "1:15: no template is called `mian`; did you mean `main`?");
    refused("{{@indx}}", "1:3: there is no `@indx`; did you mean `@index`?");
    refused("{{include a}}", "1:11: no template is called `a4`");
}

#[test]
fn helpers_take_what_they_can() {
    refused("{{text}}", "1:3: `text` takes 1 value, not 0; a member of this name is `this.text`");
    refused("{{eq a}}", "1:3: `eq` takes 2 values, not 1");
    refused("{{fence a 1 2}}", "1:3: `fence` takes 1 or 2 values, not 3");
    refused("{{#if (and)}}{{/if}}", "1:8: `and` takes 1 value or more, not 0; a member of this name is `this.and`");
    refused("{{#if a b}}{{/if}}", "1:4: `#if` takes 1 value, not 2");
    refused("{{#each}}{{/each}}", "1:4: `#each` takes 1 value, not 0");
    refused("{{> p a b}}", "1:5: `> name` takes 1 value at most, not 2");
    refused("{{eq (text a) 1}}", "1:7: `text` writes and gives no value, so it cannot stand in brackets");
    refused("{{#if a as |b|}}{{/if}}", "1:4: `{{#if}}` gives no name after `as`");
    refused("{{#with a as |b c|}}{{/with}}", "1:4: `{{#with}}` gives 1 name at most after `as`");
    refused(
        "{{text a}}",
        "1:8: `a` is raw text, and `{{text}}` takes text that it escapes: write `{{fence a}}`, or `{{{a}}}` where it is Markdown of the manifest",
    );
    refused("{{table nil}}", "1:9: `nil` is null, and `{{table}}` takes a table: ask first, with `{{#if nil}}`");
    refused("{{fence words}}", "1:9: `words` is a list, and `{{fence}}` takes raw text: write `{{#each words}}`");
    refused("{{fence a 81}}", "1:11: `81` is a number, and `{{fence}}` is indented by 0 to 80 spaces");
    refused("{{fence a 'x'}}", "1:11: `'x'` is raw text, and `{{fence}}` is indented by 0 to 80 spaces");
    refused(
        "{{obj}}",
        "1:3: `obj` is a group of values, and braces alone write raw text, words and numbers: name one of its members",
    );
    refused(
        "{{#each a}}{{/each}}",
        "1:9: `a` is raw text, and `{{#each}}` takes a list: write `{{fence a}}`, or `{{{a}}}` where it is Markdown of the manifest",
    );
    refused("{{lt words 1}}", "1:6: `words` is a list, and cannot be compared with the other");
    refused("{{lt 1 a}}", "1:8: `a` is raw text, and cannot be compared with the other");
    refused("{{len n}}", "1:7: `n` is a number, and `len` takes a list, a table or text");
    refused("{{ordinal a}}", "1:11: `a` is raw text, and `ordinal` takes a number");
    refused("{{lookup words yes}}", "1:16: `yes` is true or false, and `lookup` takes a name or a number");
    refused(
        "{{lookup obj 'list' }}",
        "1:3: `lookup obj 'list'` is a list, and braces alone write raw text, words and numbers",
    );
    refused("{{include n}}", "1:11: `n` is a number, and the name of a template is raw text");
}

#[test]
fn blocks_and_tags_are_closed() {
    refused("{{#if a}}", "1:1: `{{#if}}` is not closed: there is no `{{/if}}`");
    refused("{{#if a}}\n{{#if b}}{{/if}}{{else}}", "1:1: `{{#if}}` is not closed: there is no `{{/if}}`");
    refused("{{#if a}}\n {{/each}}", "2:2: `{{/each}}` cannot close `{{#if}}` of line 1");
    refused("{{#if a}}{{else}}{{else}}{{/if}}", "1:18: the block has its `{{else}}` already");
    refused("{{#if a}}{{else}}{{else if b}}{{/if}}", "1:18: the block has its `{{else}}` already");
    refused("a {{else}}", "1:3: `{{else}}` stands in no block");
    refused("a {{/if}}", "1:3: `{{/if}}` closes nothing");
    refused("a {{a", "1:6: the end of the file is not expected here");
    refused("a {{a ", "1:3: the tag is not closed");
    refused("{{a b}}", "1:3: no helper is called `a`");
    refused("{{a }", "1:5: '}' is not expected here");
    refused("{{{a}}", "1:6: '}' is not expected here");
    refused("{{! a", "1:1: the comment is not closed");
    refused("{{!-- a }}", "1:1: the comment is not closed");
    refused("{{eq 'a b}}", "1:6: the text in quotation marks is not closed");
    refused("{{[a }}", "1:3: `[` is not closed");
    refused("{{eq (eq a b", "1:13: the end of the file is not expected here");
    refused("{{eq (eq a ", "1:6: `(` is not closed");
    refused("{{}}", "1:3: '}' is not expected here");
    refused("{{a.}}", "1:5: '}' is not expected here");
    refused("{{#each words as |a}}{{/each}}", "1:20: '}' is not expected here");
    refused("{{a%}}", "1:4: '%' is not expected here");
}

#[test]
fn what_the_language_has_not_is_said() {
    refused("a\n{{{{b}}}}{{{{/b}}}}", "2:1: templates have no raw blocks (`{{{{`): for braces write `\\{{`");
    refused("{{* a}}", "1:3: templates have no decorators");
    refused("{{#*inline 'a'}}{{/inline}}", "1:4: templates have no inline partials");
    refused("{{#> p}}{{/p}}", "1:4: templates have no partials with a block");
    refused("{{> @partial-block}}", "1:5: templates have no partials with a block");
    refused("{{> p a=b}}", "1:7: templates have no parameters with a name (`name=value`): write the value alone");
    refused("{{^a}}{{/a}}", "1:1: templates have no names after `^`: write `{{else if …}}` or `{{#unless …}}`");
    refused("{{'a'}}", "1:3: templates have no literals by themselves: write it without braces");
    refused("{{eq n 1.5}}", "1:8: templates have no numbers with a fraction");
    refused(&format!("{{{{eq n {}}}}}", "9".repeat(60)), "1:8: templates have no numbers as large as this");
    refused("{{a/../b}}", "1:5: `..` can only be the start of a path; for a member of this name write `[..]`");
    refused("{{obj.this}}", "1:7: `this` can only be the start of a path; for a member of this name write `[this]`");
}

#[test]
fn nothing_is_nested_without_end() {
    let blocks = |depth| "{{#if yes}}".repeat(depth) + "x" + &"{{/if}}".repeat(depth);
    assert_eq!(render(&blocks(64), &*DATA).expect("64 blocks are not too many"), "x");
    refused(&blocks(65), "1:705: nested deeper than 64 levels");
    let brackets = |depth| format!("{{{{#if {}yes{}}}}}x{{{{/if}}}}", "(not ".repeat(depth), ")".repeat(depth));
    assert_eq!(render(&brackets(64), &*DATA).expect("64 brackets are not too many"), "x");
    refused(&brackets(65), "1:327: nested deeper than 64 levels");
    for itself in ["{{include 'main'}}", "{{> main}}", "{{#each list}}{{> main @root}}{{/each}}"] {
        let error = render(itself, &*DATA).expect_err("a template cannot contain itself").to_string();
        assert!(error.ends_with("nested deeper than 128 levels: a template seems to contain itself"), "{error}");
    }
    let others = "{{else if no}}".repeat(2_000);
    assert_eq!(render(&format!("{{{{#if no}}}}{others}{{{{else}}}}x{{{{/if}}}}"), &*DATA).expect("a long chain"), "x");
}

/// Were it not linear, this would take minutes.
#[test]
fn long_templates_are_parsed_in_linear_time() {
    for part in [
        "{{!-- x --~}}",
        "{{! x }}",
        "{{a}} ",
        "\\{{",
        "{{eq 'a\\'' a}}",
        "{{#if a}}{{/if}}",
        "   \\\\{{a}}",
        "{{> p}}\n",
    ] {
        let template = part.repeat(20_000);
        assert!(render(&template, &*DATA).is_ok(), "{part}");
    }
}
