//! The same templates through the `handlebars` crate.

use super::{DATA, PARTIALS, render};

/// What signoff writes; `None` where it refuses the template.
pub(super) fn ours(template: &str) -> Option<String> {
    render(template, &*DATA).ok()
}

/// What the crate writes; `None` where it refuses the template.
pub(super) fn theirs(template: &str) -> Option<String> {
    let mut handlebars = handlebars::Handlebars::new();
    handlebars.set_strict_mode(true);
    handlebars.register_escape_fn(handlebars::no_escape);
    for (name, text) in [("main", template)].into_iter().chain(PARTIALS) {
        handlebars.register_template_string(name, text).ok()?;
    }
    handlebars.render("main", &*DATA).ok()
}

#[test]
fn what_the_guide_shows_is_written_as_the_crate_does() {
    let cases = [
        // White space.
        "a\n{{#if yes}}\nb\n{{else}}\nc\n{{/if}}\nd\n",
        "a\n  {{#if no}}  \n  b\n  {{else}}\t\n  c\n  {{/if}}\nd",
        "{{#if yes}}\nb\n{{/if}}",
        "a {{#if yes}}\nb\n{{/if}} c\n",
        "{{#if yes}}{{#if yes}}\nb\n{{/if}}{{/if}}\nc",
        "{{#if yes}}\n{{#if yes}}\nb\n{{/if}}\n{{/if}}\nc",
        "{{#if yes}}\r\nb\r\n{{/if}}\r\nc",
        "a\n{{! one }}\nb\n  {{!-- two }} --}}\nc{{! three }}\n{{!--}}\n",
        "a \n {{~a~}} \n b",
        "a \n {{~#if yes~}} \n b \n {{~else~}} \n c \n {{~/if~}} \n d",
        "a \n\n {{#if yes~}} \n\n b \n\n {{~/if}} \n\n d",
        "a\n{{#each list}}\n\n- {{a}}\n\n{{/each}}\nb",
        "x {{~{a}~}} {{~&a~}} x",
        // Texts that look like tags.
        "\\{{a}} {{a}} \\\\{{a}} \\ {{a}} \\\\\\{{a}}",
        "{ {a} } {{a}}} }} {",
        "\\{{{a}}} \\{{a}}\\{{b}}",
        // Values.
        "{{a}}{{{a}}}{{&a}}{{ a }}{{n}}{{yes}}{{no}}{{nil}}{{b}}",
        "{{this.a}}{{./a}}{{this/a}}{{obj.a}}{{obj/a}}{{obj.obj.a}}{{@root.a}}{{@root/obj.a}}",
        "{{[odd name]}}{{this.[odd name]}}{{obj.[a]}}{{list.0.a}}{{list.[1].a}}{{words.2}}{{@root.list.1.obj.a}}",
        // Blocks.
        "{{#if b}}1{{else if n}}2{{else}}3{{/if}}{{#if nil}}1{{else if no}}2{{else}}3{{/if}}",
        "{{#if no}}1{{else unless yes}}2{{else each words}}{{this}}{{else}}4{{/if}}",
        "{{#unless no}}1{{else}}2{{/unless}}{{#unless yes}}1{{^}}2{{/unless}}{{#if none}}1{{^}}2{{/if}}",
        "{{#each words}}{{@index}}{{@first}}{{@last}}{{this}}{{/each}}",
        "{{#each none}}1{{else}}2{{/each}}{{#each none}}1{{/each}}",
        "{{#each list}}{{a}}{{../a}}{{@root.a}}{{#each list}}{{a}}{{../a}}{{../../a}}{{@index}}{{@../index}}{{/each}}{{/each}}",
        "{{#each list}}{{#if yes}}{{a}}{{../a}}{{@index}}{{/if}}{{/each}}",
        "{{#with obj}}{{a}}{{../a}}{{#with obj}}{{a}}{{../a}}{{../../a}}{{/with}}{{/with}}",
        "{{#with nil}}1{{else}}2{{/with}}{{#with obj as |o|}}{{o.a}}{{a}}{{../a}}{{/with}}",
        "{{#each list}}{{#with obj}}{{@index}}{{a}}{{/with}}{{/each}}",
        "{{#each words as |word|}}{{word}}{{/each}}{{#each words as |word at|}}{{at}}{{word}}{{/each}}",
        "{{#each list as |outer i|}}{{#each outer.list as |inner j|}}{{i}}{{j}}{{outer.a}}{{inner.a}}{{/each}}{{/each}}",
        "{{#with obj}}{{#each this}}{{@key}}{{@first}}{{@last}} {{/each}}{{/with}}",
        // Helpers.
        "{{#if (eq a \"a4\")}}1{{/if}}{{#if (ne a 'a4')}}2{{/if}}{{eq n 4}}{{eq yes true}}{{eq nil null}}{{eq b \"\"}}",
        "{{gt n 2}}{{gt n 3}}{{gte n 3}}{{lt n 4}}{{lte n 3}}{{gt \"b\" \"a\"}}{{gt \"10\" 9}}{{lt n -1}}",
        "{{and yes n a}}{{and yes b}}{{or b no}}{{or b n}}{{not b}}{{not (and yes (or b n))}}",
        "{{len words}}{{len a}}{{lookup words 1}}{{lookup obj \"a\"}}{{#each words}}{{lookup ../words @index}}{{/each}}",
        "{{#eq a \"a4\"}}1{{else}}2{{/eq}}{{#and yes no}}1{{else}}2{{/and}}{{#if (gt (len words) 2)}}many{{/if}}",
        "{{#if no}}1{{else if (eq n 4)}}2{{/if}}{{eq a \"}}\"}}{{eq 'it\\'s' \"it's\"}}",
        // Partials.
        "{{> p}}{{> p obj}}{{#with obj}}{{> p}}{{/with}}",
        "a\n  {{> p}}\nb\n  {{> q}}\nc",
        "a {{> p}} b\n{{#each list}}\n{{> p}}\n{{/each}}\n",
        "{{#each list}}{{> p this}}{{> p ../obj}}{{/each}}",
    ];
    for template in cases {
        let ours = ours(template);
        assert!(ours.is_some(), "{template}: {:?}", render(template, &*DATA));
        assert_eq!(ours, theirs(template), "{template}");
    }
}

/// Where the two differ, the guide and the first implementation of Handlebars decide, or strictness does.
#[test]
fn where_the_crate_differs_is_known() {
    // What signoff writes, and what the crate does; `None` for an error.
    let cases = [
        // `~` ends at the next tag, whatever that is.
        ("{{a~}}{{! c }} x", Some("a4 x"), Some("a4x")),
        ("{{#with obj~}}\n{{n}} x{{/with}}", Some("3 x"), Some("3x")),
        ("x {{~! c ~}} y", Some("xy"), None),
        ("{{{~a~}}}", None, Some("a4")),
        // Blanks at the end of the file are the end of a line.
        ("{{> p}} ", Some("[a4]\n"), Some("[a4]\n ")),
        // Only a partial that has its line for itself is indented, and not by blanks that `~` takes.
        ("x\n  {{> q}}z\n", Some("x\n  - a3\n- a3\nend a4z\n"), Some("x\n  - a3\n  - a3\n  end a4z\n")),
        ("{{a~}}\n  {{> q}}\n", Some("a4- a3\n- a3\nend a4"), Some("a4  - a3\n  - a3\n  end a4")),
        // `{{!--` ends at `--}}` alone.
        ("{{!-- a }} {{a}}", None, Some(" a4")),
        // A name after `as` hides a member only at the start of a path.
        ("{{#each list as |n|}}{{this.n}}{{/each}}", Some("33"), Some("[object][object]")),
        // `this` and `..` stand at the start of a path, or alone.
        ("{{obj.this.a}}", None, Some("a3")),
        ("{{#each words}}{{.}}{{/each}}", Some("xyz"), None),
        ("{{#with obj}}{{#each words}}{{#with ..}}{{a}}{{/with}}{{/each}}{{/with}}", Some("a3a3a3"), None),
        // Nothing is outside of the data. A partial without a value of its own is no step.
        ("{{../a}}", None, Some("a4")),
        ("{{#each list}}{{> r}}{{/each}}", Some("a4a4"), Some("a3a3")),
        // Only loops have an `@index`; in a list, `@key` is the same.
        (
            "{{#each list}}{{#each words}}{{#with ../obj}}{{@../index}}{{/with}}{{/each}}{{/each}}",
            Some("000111"),
            Some("012012"),
        ),
        ("{{#each words}}{{@key}}{{/each}}", Some("012"), None),
        // Null is nothing to loop over or to go into; a name that does not exist is a mistake everywhere.
        ("{{#with nil}}1{{/with}}{{#each nil}}1{{/each}}", Some(""), None),
        ("{{#if missing}}1{{/if}}", None, Some("")),
        ("{{and yes missing}}", None, Some("false")),
        // Lists and groups have no text of their own, and are not compared.
        ("{{words}}", None, Some("[x, y, z]")),
        ("{{obj.obj.obj.obj}}", None, Some("[object]")),
        ("{{eq words words}}", None, Some("true")),
        ("{{gt yes 1}}", None, Some("false")),
        // Characters are counted, not bytes, and `\n` in a text is two of them.
        ("{{len \"é\"}}", Some("1"), Some("2")),
        ("{{len \"a\\nb\"}}", Some("4"), Some("3")),
        // What signoff has not.
        ("{{{{raw}}}}{{a}}{{{{/raw}}}}", None, Some("{{a}}")),
        ("{{> p a=\"z\"}}", None, Some("[z]\n")),
        ("{{#*inline \"i\"}}x{{/inline}}{{> i}}", None, Some("x")),
        ("{{#> p}}x{{/p}}", None, Some("[a4]\n")),
        ("{{#if no}}1{{^if yes}}2{{/if}}", None, Some("2")),
        ("{{gt 1.5 1}}", None, Some("true")),
        ("{{len [1, 2]}}", None, Some("2")),
    ];
    for (template, written, by_the_crate) in cases {
        assert_eq!(ours(template).as_deref(), written, "{template}: {:?}", render(template, &*DATA));
        assert_eq!(theirs(template).as_deref(), by_the_crate, "{template}");
    }
}
