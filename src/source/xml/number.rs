//! Numbers as tools write them into attributes, in the language of the machine.

/// A number with thousands separators (`1,234.5`), or with a comma for the decimal point (`0,031`).
pub(crate) fn plain_number(text: &str) -> Option<f64> {
    let digits = text.bytes().next().is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
    if !digits {
        return None;
    }
    match text.rsplit_once(',') {
        Some((whole, rest)) if !rest.contains('.') && (rest.len() != 3 || whole == "0") && !whole.contains(',') => {
            format!("{whole}.{rest}").parse().ok()
        }
        Some(_) => text.replace(',', "").parse().ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::plain_number;

    #[test]
    fn commas_are_read_as_meant() {
        for (text, number) in [
            ("1.5", Some(1.5)),
            ("1,234.5", Some(1234.5)),
            ("1,234", Some(1234.0)),
            ("1,234,567", Some(1_234_567.0)),
            ("0,031", Some(0.031)),
            ("3,5", Some(3.5)),
            ("1.234,5", None),
            ("1e-05", Some(0.00001)),
            ("NaN", None),
            ("0:01:02", None),
        ] {
            assert_eq!(plain_number(text), number, "{text}");
        }
    }
}
