//! Start tags that are written in another way, well-formed or not: taken apart by quick-xml.

use quick_xml::events::BytesStart;

use super::MAX_ATTRIBUTES;
use super::tag::{Attribute, Span, Start, is_blank};
use crate::source::json::shorten;

/// Why an attribute of an odd tag cannot be read.
pub(super) enum OddFault {
    /// More than [`MAX_ATTRIBUTES`].
    Many,
    /// It is not well-formed, in these words.
    Syntax(String),
}

impl Start {
    /// Takes the name of a tag that is not written in the usual way from what stands between `<` and `>`.
    pub fn odd_name(&mut self, tag: &str) {
        let (content, is_empty) = odd_content(tag);
        let name_end = content.bytes().position(is_blank).unwrap_or(content.len());
        let local = content[..name_end].find(':').map_or(0, |colon| colon + 1);
        self.attributes.clear();
        self.beside.clear();
        (self.length, self.is_empty, self.may_repeat) = (tag.len(), is_empty, true);
        (self.name_end, self.local_start) = (1 + name_end, 1 + local);
    }

    /// Takes the attributes of such a tag, as far as they can be read.
    pub fn odd_attributes(&mut self, tag: &str) -> Result<(), OddFault> {
        let (content, _) = odd_content(tag);
        for attribute in BytesStart::from_content(content, self.name_end - 1).attributes().with_checks(false) {
            let attribute =
                attribute.map_err(|error| OddFault::Syntax(format!("an attribute is not well-formed: {error}")))?;
            if self.attributes.len() >= MAX_ATTRIBUTES {
                return Err(OddFault::Many);
            }
            if attribute.value.contains('<') {
                return Err(OddFault::Syntax("`<` stands in the value of an attribute".to_owned()));
            }
            let key = attribute.key.as_ref();
            if key == "xmlns" || key.starts_with("xmlns:") {
                continue;
            }
            let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).map_err(|error| {
                let error = shorten(&error.to_string());
                OddFault::Syntax(format!("an attribute cannot be read: {error}"))
            })?;
            let start = self.beside.len();
            self.beside.push_str(attribute.key.local_name().as_ref());
            let middle = self.beside.len();
            self.beside.push_str(&value);
            let (key, value) = (Span::new(start, middle, true), Span::new(middle, self.beside.len(), true));
            self.attributes.push(Attribute { key, value, is_suspect: true });
        }
        Ok(())
    }
}

/// What stands between `<` and `>` or `/>`.
fn odd_content(tag: &str) -> (&str, bool) {
    let content = &tag[1..];
    match content.strip_suffix("/>") {
        Some(content) => (content, true),
        None => (content.strip_suffix('>').unwrap_or(content), false),
    }
}
