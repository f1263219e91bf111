//! Documents written by hand, and random ones as quick-xml reads them, whatever pieces they arrive in.

use std::collections::BTreeMap;

use proptest::prelude::*;
use quick_xml::events::{BytesStart, Event};

use super::*;
use crate::source::content::Content;
use crate::source::hashing::Hashing;
use crate::source::trickle::Trickle;

fn see(text: &mut String, seen: &mut Vec<String>) {
    if !text.is_empty() {
        seen.push(format!("`{text}`"));
        text.clear();
    }
}

fn walk(mut xml: Xml<'_>) -> Result<Vec<String>, String> {
    let mut seen = Vec::new();
    let mut text = String::new();
    loop {
        let event = xml.next_after(&mut text).map_err(|stop| format!("{}: {}", stop.0.code.id, stop.0.message))?;
        let is_inside = match event {
            XmlEvent::Open(_) => xml.open_elements() > 1,
            XmlEvent::Close(_) => true,
            XmlEvent::End => false,
        };
        match is_inside {
            true => see(&mut text, &mut seen),
            false => text.clear(),
        }
        match event {
            XmlEvent::Open(element) => {
                let attributes: Vec<String> =
                    element.attributes().map(|(name, value)| format!(" {name}=`{value}`")).collect();
                seen.push(format!("{}{}", element.pointer(), attributes.concat()));
            }
            XmlEvent::Close(name) => seen.push(format!("/{name}")),
            XmlEvent::End => return Ok(seen),
        }
    }
}

fn whole(text: &[u8]) -> Result<Vec<String>, String> {
    walk(Xml::new(text.to_vec(), Box::new(std::io::empty()), Diags::default()))
}

fn trickled(text: &[u8], at_once: usize) -> Result<Vec<String>, String> {
    walk(Xml::new(Vec::new(), Box::new(Trickle { left: text, at_once }), Diags::default()))
}

#[test]
fn elements_have_paths_and_text_is_whole() {
    let seen = whole(b"<a><b n='1'/>x &lt;<![CDATA[<&]]>&#65;<!-- c -->y<x:b p:n='&quot;'></x:b></a>");
    let expected = ["/a", "/a/b[1] n=`1`", "/b", "`x <<&Ay`", "/a/b[2] n=`\"`", "/b", "/a"];
    assert_eq!(seen, Ok(expected.map(String::from).to_vec()));
}

#[test]
fn ends_of_lines_and_white_space_in_values_are_normalised() {
    let text = b"<a b='1\r\n2\t3\r4&#10;5'>x\r\ny\rz&#13;&#10;<![CDATA[\r\n\r]]>\r</a>";
    let expected = ["/a b=`1 2 3 4\n5`", "`x\ny\nz\r\n\n\n\n`", "/a"];
    assert_eq!(whole(text), Ok(expected.map(String::from).to_vec()));
    assert_eq!(trickled(text, 1), whole(text));
}

#[test]
fn what_is_no_xml_is_refused() {
    for bad in [
        "<a><b></a>",
        "<a/><b/>",
        "<a/>x",
        "<a>&foo;</a>",
        "<a x='1' x='2'/>",
        "<a>&#0;</a>",
        "<a",
        "",
        "<a><![CDATA[x</a>",
        "<a x='<'/>",
        "<a></b></a>",
        "</a>",
        "<a>\0</a>",
        "<a b=c/>",
        "<a b/>",
        "<a b='&x;'/>",
        "<a><!-- </a>",
        "<a>&amp</a>",
        "<a><!x></a>",
        "<x:a></y:a>",
    ] {
        assert!(whole(bad.as_bytes()).is_err_and(|e| e.starts_with("syntax")), "{bad}: {:?}", whole(bad.as_bytes()));
    }
    for (bad, code) in [
        (&b"<!DOCTYPE r [<!ENTITY a \"b\">]><r>&a;</r>"[..], "limit"),
        (b"<?xml version='2.0'?><a/>", "unsupported-version"),
        (b"<a>\xff</a>", "bad-encoding"),
        (b"<a/>\xc3", "bad-encoding"),
    ] {
        let result = trickled(bad, 3);
        assert!(result.as_ref().is_err_and(|e| e.starts_with(code)), "{result:?}");
    }
    assert!(whole("<a>".repeat(1000).as_bytes()).is_err_and(|e| e.starts_with("limit")));
    assert!(whole(format!("<{}/>", "a".repeat(1000)).as_bytes()).is_err_and(|e| e.starts_with("limit")));
    let many: String = (0..1001).map(|n| format!(" a{n}=''")).collect();
    assert!(whole(format!("<a{many}/>").as_bytes()).is_err_and(|e| e.starts_with("limit")));
}

#[test]
fn a_place_counts_lines_and_characters() {
    let mut xml = Xml::new(Vec::new(), Box::new("<a>\n <b>é\n €</b><c/></a>".as_bytes()), Diags::default());
    let mut places = Vec::new();
    loop {
        match xml.next().expect("well-formed") {
            XmlEvent::Open(element) => places.push((element.place.line, element.place.column)),
            XmlEvent::Close(_) => places.push((xml.place().line, xml.place().column)),
            XmlEvent::End => break,
        }
    }
    assert_eq!(places, [(1, 4), (2, 5), (3, 7), (3, 11), (3, 11), (3, 15)]);
}

/// The same events by quick-xml.
fn reference(text: &[u8]) -> Result<Vec<String>, String> {
    let mut reader = quick_xml::Reader::from_reader(text);
    let (mut buffer, mut seen, mut text, mut had_root) = (Vec::new(), Vec::new(), String::new(), false);
    let mut open: Vec<(String, Vec<String>)> = Vec::new();
    let bad = |error: &dyn std::fmt::Display| format!("syntax: {error}");
    let element = |tag: &BytesStart<'_>, open: &mut Vec<(String, Vec<String>)>| -> Result<(String, String), String> {
        let name = tag.local_name().as_ref().to_owned();
        let path = match open.last_mut() {
            None => format!("/{name}"),
            Some((outer, children)) => {
                children.push(name.clone());
                format!("{outer}/{name}[{}]", children.iter().filter(|child| **child == name).count())
            }
        };
        let (mut shown, mut keys) = (path.clone(), Vec::new());
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| bad(&error))?;
            if attribute.value.contains('<') {
                return Err(bad(&"<"));
            }
            if attribute.key.as_ref() == "xmlns" || attribute.key.as_ref().starts_with("xmlns:") {
                continue;
            }
            let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).map_err(|error| bad(&error))?;
            let key = attribute.key.local_name().as_ref().to_owned();
            shown += &format!(" {key}=`{value}`");
            if value.contains('\0') || keys.contains(&key) {
                return Err(bad(&key));
            }
            keys.push(key);
        }
        Ok((path, shown))
    };
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).map_err(|error| bad(&error))?;
        match &event {
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::CData(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(name) => match name.resolve_char_ref() {
                Ok(Some(char)) => text.push(char),
                _ => text.push_str(
                    quick_xml::escape::resolve_predefined_entity(name.as_ref()).ok_or_else(|| bad(&"entity"))?,
                ),
            },
            Event::Decl(declaration) if !["1.0", "1.1"].contains(&&*declaration.version().unwrap_or_default()) => {
                return Err(bad(&"another version"));
            }
            Event::DocType(declaration) if declaration.contains("<!ENTITY") => return Err(bad(&"entities")),
            Event::Start(_) | Event::Empty(_) | Event::End(_) | Event::Eof => {
                match open.is_empty() {
                    true if !text.trim().is_empty() => return Err(bad(&"text")),
                    true => text.clear(),
                    false if text.contains('\0') => return Err(bad(&"NUL")),
                    false => see(&mut text, &mut seen),
                }
                let is_empty = matches!(event, Event::Empty(_));
                match &event {
                    Event::Start(tag) | Event::Empty(tag) => {
                        if open.is_empty() && std::mem::replace(&mut had_root, true) {
                            return Err(bad(&"root"));
                        }
                        let (path, shown) = element(tag, &mut open)?;
                        seen.push(shown);
                        match is_empty {
                            true => seen.push(format!("/{}", tag.local_name().as_ref())),
                            false => open.push((path, Vec::new())),
                        }
                    }
                    Event::End(tag) => {
                        open.pop();
                        seen.push(format!("/{}", tag.local_name().as_ref()));
                    }
                    _ if open.is_empty() && had_root => return Ok(seen),
                    _ => return Err(bad(&"end")),
                }
            }
            _ => {}
        }
    }
}

/// Pieces of documents, well-formed or not.
fn piece() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec![
        "<a>",
        "<a>",
        "</a>",
        "</a>",
        "<b x='1'>",
        "</b>",
        "<p:c y=\"2\" z='>'/>",
        "<d/>",
        "<d />",
        "text",
        " ",
        "\r\n",
        "\r",
        "é€",
        "&amp;",
        "&#x41;",
        "&#13;",
        "&lt;",
        "<![CDATA[a]b]]>",
        "<![CDATA[<>&\r\n]]]>",
        "<!-- c - -->",
        "<?pi ?>",
        "\u{fffe}",
        "]]>",
        "<a\n\tx = '1'\n>",
        "<a x='\t&#9;&quot;\r\n'>",
        "</a >",
        "<e xmlns:x='u' x:a='1'/>",
    ]);
    let odd = prop::sample::select(vec![
        "<",
        ">",
        "&",
        "&x;",
        "'",
        "\"",
        "<a x=1>",
        "<a x>",
        "<a x='1' x='2'/>",
        "<!-->",
        "<!--->",
        "<!---->",
        "<?>",
        "<??>",
        "<!x>",
        "</",
        "<a/b>",
        "<a/ >",
        "<>",
        "</>",
        "<a x='1'y='2'/>",
        "<a x='<'/>",
        "<![CDATA[",
        "]]",
        "--",
        "&#0;",
        "&#x110000;",
        "&#+1;",
        "\0",
        "<a \"='>'/>",
        "<:/>",
        "<a :='1'/>",
        "<!DOCTYPE a>",
        "<!DOCTYPE a [<!ELEMENT a ANY>]>",
        "<!doctype>",
        "<?xml version='1.0'?>",
        "<?xml?>",
        "\u{feff}",
        "<a x='&'/>",
        "<a x='&#1;'/>",
        "<a x=''/>",
        "=",
    ]);
    prop_oneof![30 => plain, 1 => odd].prop_map(str::to_owned)
}

fn document() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(piece(), 0..40);
    (pieces, any::<bool>(), any::<bool>()).prop_map(|(pieces, closes, declares)| {
        let mut text = if declares { "<?xml version=\"1.0\"?>\n<r>".to_owned() } else { "<r>".to_owned() };
        let mut open = vec!["r".to_owned()];
        for piece in pieces {
            let name = piece.trim_start_matches('<').split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
            if closes && piece.starts_with("</") {
                // Mostly the end tag that is due.
                if open.len() > 1 {
                    text += &format!("</{}>", open.pop().unwrap_or_default());
                }
                continue;
            }
            if closes && piece.starts_with('<') && !name.is_empty() && piece.ends_with('>') && !piece.ends_with("/>") {
                open.push(name.to_owned());
            }
            text += &piece;
        }
        while closes && let Some(name) = open.pop() {
            text += &format!("</{name}>");
        }
        text
    })
}

/// Elements that follow each other and are mostly written alike, in a root.
fn alike() -> impl Strategy<Value = String> {
    let value = || {
        prop::sample::select(vec![
            "",
            "x",
            "a name of some length",
            "a value of more bytes than are compared together",
            "a&lt;b &amp; c",
            "&#38;&#x26;&quot;&apos;&gt;",
            "&#1;",
            "utf8 é",
            "'",
            "1.5",
            "\t",
            "\u{fffe}",
            "\u{1}",
            "<",
            "&no;",
            "\"",
        ])
    };
    let tag = (value(), value(), 0..32).prop_map(|(one, two, kind)| match kind {
        0 => format!("<n:e k=\"{one}\"/>"),
        1 => format!("<e k=\"{one}\" k=\"{two}\"/>"),
        2 => format!("<e k=\"{one}\"  l=\"{two}\" />"),
        3 => format!("<e k='{one}' l='{two}'/>"),
        4 => format!("<e k=\"{one}\" l=\"{two}\">text</e>"),
        5 => format!("<f k=\"{one}\" l=\"{two}\"/>"),
        6 => format!("text<e k=\"{one}\" l=\"{two}\"/>"),
        8 => format!("<e k=\"{one}\" l=\"{two}\"> <oo>{one}<![CDATA[{two}]]></oo><o>{two}</o>\n</e>"),
        9 => format!("<e k=\"{one}\" l=\"{two}\"><o>{one}</o></e>"),
        10 => format!("<e k=\"{one}\" l=\"{two}\"><o>{one}</oo></e>"),
        11 => format!("<e k=\"{one}\" l=\"{two}\"><o>{one}</o>text</e>"),
        12 => format!("<e k=\"{one}\" l=\"{two}\"><o/></e>"),
        7 => format!("<e xmlns=\"{one}\" k=\"{two}\"/>"),
        _ => format!("\n  <e k=\"{one}\" l=\"{two}\"/>"),
    });
    prop::collection::vec(tag, 0..12).prop_map(|tags| format!("<r>{}</r>", tags.concat()))
}

/// The elements in the root with their attributes, and how many of each name there are; nothing after the first fault.
/// Those that follow an empty one are passed over together, up to one whose `k` is `x`.
fn children(text: &str, at_once: usize, is_together: bool) -> (Vec<String>, bool) {
    let mut xml = Xml::new(Vec::new(), Box::new(Trickle { left: text.as_bytes(), at_once }), Diags::default());
    let shown = |tag: Tag<'_>| format!("{} {:?}", tag.name(), tag.attributes().collect::<Vec<_>>());
    let mut seen = Vec::new();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut is_root = true;
    loop {
        match xml.advance() {
            Ok(Mark::Open) if take(&mut is_root) => continue,
            Ok(Mark::Open) => {}
            end => return (seen, matches!(end, Ok(Mark::Close(_)))),
        }
        seen.push(shown(xml.tag()));
        let (name, pointer) = (xml.tag().name().to_owned(), xml.element().pointer());
        let count = counts.entry(name.clone()).or_default();
        *count += 1;
        assert_eq!(pointer.as_path(), format!("/r/{name}[{count}]"));
        let is_passed = is_together && xml.pass_only(&["oo", "o"]);
        if !is_passed && xml.skip().is_err() {
            return (seen, false);
        }
        if is_together {
            xml.pass_alike(&name, &["o", "oo"], |tag, position| {
                let is_taken = tag.attr("k") != Some("x");
                seen.extend(is_taken.then(|| shown(tag)));
                *count += u64::from(is_taken);
                assert_eq!(position, *count + u64::from(!is_taken));
                is_taken
            });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_document_has_the_events_that_quick_xml_finds(
        text in prop_oneof![document(), alike()],
        at_once in 1usize..40,
    ) {
        let seen = whole(text.as_bytes());
        match reference(text.as_bytes()) {
            Ok(expected) => prop_assert_eq!(seen.as_ref(), Ok(&expected)),
            Err(_) => prop_assert!(seen.is_err(), "{:?}", seen),
        }
        prop_assert_eq!(trickled(text.as_bytes(), at_once), seen);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60), at_once in 1usize..9) {
        let text = [b"<a>", &bytes[..], b"</a>"].concat();
        let seen = whole(&text);
        prop_assert_eq!(reference(&text).is_ok(), seen.is_ok());
        prop_assert_eq!(trickled(&text, at_once).is_ok(), seen.is_ok());
    }

    #[test]
    fn what_is_passed_over_is_as_well_formed_as_what_is_read(text in document()) {
        let mut xml = Xml::new(text.clone().into_bytes(), Box::new(std::io::empty()), Diags::default());
        let passes = match xml.advance() {
            Ok(Mark::Open) => xml.skip().is_ok() && matches!(xml.advance(), Ok(Mark::End)),
            _ => false,
        };
        prop_assert_eq!(passes, whole(text.as_bytes()).is_ok());
    }

    #[test]
    fn elements_that_are_alike_are_passed_over_one_by_one(text in alike(), at_once in 1usize..40) {
        prop_assert_eq!(children(&text, at_once, false), children(&text, at_once, true));
    }
}

/// A document of several megabytes, of which parts are read by another thread: with texts that are longer than what a
/// window has room for, and characters of several bytes everywhere.
fn long() -> String {
    let elements = (0..40_000_u32).map(|n| match n % 1_000 {
        0 => format!("<long k=\"{}\">{}</long>", "é".repeat(9_000), "€".repeat(20_000)),
        1 => format!("<text>{}</text>", "x&lt;\n".repeat(1_000)),
        k => format!("<e n=\"{n}\" k=\"{}\"/>\n", "ü€😀".chars().cycle().take(k as usize % 7).collect::<String>()),
    });
    format!("<r>\n{}</r>", elements.collect::<String>())
}

#[test]
fn what_another_thread_reads_is_the_same() {
    let text = long();
    let middle = text.len() / 2;
    let broken = [&text.as_bytes()[..middle], b"\xff", &text.as_bytes()[middle..]].concat();
    for bytes in [text.as_bytes(), &text.as_bytes()[..text.len() - 3], &broken] {
        let direct = walk(Xml::new(Vec::new(), Box::new(bytes), Diags::default()));
        assert_eq!(direct.is_ok(), bytes.len() == text.len());
        let own = Content::own(Box::new(std::io::Cursor::new(bytes.to_vec())), u64::MAX, None);
        let ahead = walk(Xml::new(Vec::new(), Box::new(Hashing::of(own)), Diags::default()));
        assert!(ahead == direct);
    }
}

#[test]
fn whoever_reads_a_limit_is_met_at_the_same_byte() {
    let text = long();
    // How many tags there are before the limit, and why there are no more.
    let count = |mut xml: Xml<'_>| {
        let mut n_tags = 0;
        loop {
            match xml.advance() {
                Ok(Mark::End) => return (n_tags, None),
                Ok(_) => n_tags += 1,
                Err(stop) => return (n_tags, Some(stop.0.message)),
            }
        }
    };
    for max in [1_048_576, 1_500_001, 2_000_002, 2_000_003, text.len() as u64 - 1] {
        let own = || Content::own(Box::new(std::io::Cursor::new(text.clone())), max, None);
        let ahead = count(Xml::new(Vec::new(), Box::new(Hashing::of(own())), Diags::default()));
        let direct = count(Xml::new(Vec::new(), Box::new(Hashing::new(own())), Diags::default()));
        assert_eq!(ahead, direct, "{max}");
        assert!(direct.1.is_some_and(|message| message.starts_with("is larger than")));
    }
}
