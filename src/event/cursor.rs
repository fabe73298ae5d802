//! Reads untrusted JSON. A cursor always knows its path, which an error names.
//!
//! Facts that an action needs (a key, a user) are read strictly: an absent value is `None`, a wrong
//! type is a [`ParseError`]. Facts that only describe, or could only speak against an action, are read
//! with lenient functions such as [`Cursor::get`], [`Cursor::label`] and [`Cursor::is`]. An empty
//! string counts as absent.

use jiff::Timestamp;
use serde_json::Value;

use super::ParseError;
use crate::ids::{AccountId, Label, UserName};

static NULL: Value = Value::Null;

/// A place in an event: the value there and the path that led to it.
pub(crate) struct Cursor<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(value: &'a Value, path: &str) -> Self {
        Self { value, path: path.to_owned() }
    }

    pub(crate) fn null() -> Self {
        Self { value: &NULL, path: String::new() }
    }

    /// The field `name`, or its `PascalCase` form, which an SDK or the CLI writes. An absent field is a
    /// null cursor.
    ///
    /// # Errors
    /// [`ParseError`] if this place holds something other than an object.
    pub(crate) fn field(&self, name: &str) -> Result<Self, ParseError> {
        match self.value {
            Value::Null | Value::Object(_) => Ok(self.child(name)),
            _ => Err(self.expected("an object")),
        }
    }

    fn child(&self, name: &str) -> Self {
        let path =
            if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        let value = self.value.get(name).or_else(|| self.value.get(pascal_case(name)));
        Self { value: value.unwrap_or(&NULL), path }
    }

    /// The place that `names` lead to, or a null cursor if the way is not all objects.
    pub(crate) fn get(&self, names: &[&str]) -> Self {
        let here = Self { value: self.value, path: self.path.clone() };
        names.iter().fold(here, |cursor, name| cursor.child(name))
    }

    /// This place, or the other if this one is absent.
    pub(crate) fn or(self, other: Self) -> Self {
        if self.is_absent() { other } else { self }
    }

    /// The value.
    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    /// The same path with another value.
    pub(crate) fn with<'b>(&self, value: &'b Value) -> Cursor<'b> {
        Cursor { value, path: self.path.clone() }
    }

    /// The place that `names` lead to.
    ///
    /// # Errors
    /// [`ParseError`] if the way is not all objects.
    pub(crate) fn at(&self, names: &[&str]) -> Result<Self, ParseError> {
        let here = Self { value: self.value, path: self.path.clone() };
        names.iter().try_fold(here, |cursor, name| cursor.field(name))
    }

    /// The elements of a list. An absent list has none.
    ///
    /// # Errors
    /// [`ParseError`] if it is not a list.
    pub(crate) fn items(&self) -> Result<Vec<Self>, ParseError> {
        match self.value {
            Value::Null => Ok(Vec::new()),
            Value::Array(items) => Ok(items
                .iter()
                .enumerate()
                .map(|(index, value)| Self { value, path: format!("{}[{index}]", self.path) })
                .collect()),
            _ => Err(self.expected("a list")),
        }
    }

    /// # Errors
    /// [`ParseError`] if the value is present and not a string.
    pub(crate) fn text(&self) -> Result<Option<&'a str>, ParseError> {
        Ok(self.read("a string", Value::as_str)?.filter(|text| !text.is_empty()))
    }

    /// # Errors
    /// [`ParseError`] if the value is not a string.
    pub(crate) fn need_text(&self) -> Result<&'a str, ParseError> {
        self.text()?.ok_or_else(|| self.expected("a string"))
    }

    /// # Errors
    /// [`ParseError`] if the value is present and neither true nor false.
    pub(crate) fn flag(&self) -> Result<Option<bool>, ParseError> {
        self.read("true or false", Value::as_bool)
    }

    fn read<T>(
        &self,
        expected: &'static str,
        as_type: fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ParseError> {
        match (self.value, as_type(self.value)) {
            (Value::Null, _) => Ok(None),
            (_, None) => Err(self.expected(expected)),
            (_, value) => Ok(value),
        }
    }

    /// A number, also one in a string. Anything else is `None`.
    pub(crate) fn number(&self) -> Option<f64> {
        let spelled = || self.value.as_str()?.trim().parse().ok();
        self.value.as_f64().or_else(spelled).filter(|number: &f64| number.is_finite())
    }

    /// Whether it is this text.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.value.as_str() == Some(text)
    }

    /// Whether it is true, also as a string.
    pub(crate) fn is_true(&self) -> bool {
        self.value == &Value::Bool(true) || self.is("true")
    }

    /// Descriptive text, if any.
    pub(crate) fn label(&self) -> Option<Label> {
        self.value.as_str().and_then(Label::new)
    }

    /// The account in an ARN, if any.
    pub(crate) fn account_in_arn(&self) -> Option<AccountId> {
        self.value.as_str().and_then(AccountId::from_arn)
    }

    /// A user's name or ARN. IAM confirms the name later, so anything else is `None` and not an error.
    pub(crate) fn user(&self) -> Option<UserName> {
        self.value.as_str().and_then(UserName::parse)
    }

    /// An account, if any.
    pub(crate) fn account(&self) -> Option<AccountId> {
        self.value.as_str().and_then(AccountId::parse)
    }

    /// A time in RFC 3339, if any.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        self.value.as_str()?.parse().ok()
    }

    /// A whole number that only describes, if any.
    pub(crate) fn count(&self) -> Option<u32> {
        Some(u32::try_from(self.value.as_u64()?).unwrap_or(u32::MAX))
    }

    /// Whether it begins as an access key ID does, among values of several kinds.
    pub(crate) fn looks_like_key(&self) -> bool {
        self.value.as_str().is_some_and(|text| text.starts_with("AKIA") || text.starts_with("ASIA"))
    }

    pub(crate) fn is_absent(&self) -> bool {
        self.value.is_null() || self.is("")
    }

    /// The names of an object's fields.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.value.as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str))
    }

    pub(crate) fn expected(&self, expected: &'static str) -> ParseError {
        ParseError::new(&self.path, expected)
    }
}

fn pascal_case(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_and_what_is_expected_of_them() {
        #[track_caller]
        fn check(names: &[&str], expected: [Result<&str, &str>; 3]) {
            let event = json!({"detail": {"Text": "t", "number": 8, "flag": true, "list": [1], "null": null}});
            let cursor = Cursor::new(&event, "").at(names).unwrap();
            let found = [
                cursor.text().map(|text| format!("{text:?}")),
                cursor.flag().map(|flag| format!("{flag:?}")),
                cursor.items().map(|items| format!("{} items", items.len())),
            ];
            let found = found.map(|read| read.map_err(|error| error.to_string()));
            assert_eq!(found, expected.map(|read| read.map(str::to_owned).map_err(str::to_owned)));
        }
        const ABSENT: [Result<&str, &str>; 3] = [Ok("None"), Ok("None"), Ok("0 items")];
        check(&["detail", "absent"], ABSENT);
        check(&["absent", "absent"], ABSENT);
        check(&["detail", "null"], ABSENT);
        check(
            &["detail", "text"],
            [
                Ok("Some(\"t\")"),
                Err("detail.text: expected true or false"),
                Err("detail.text: expected a list"),
            ],
        );
        check(
            &["detail", "number"],
            [
                Err("detail.number: expected a string"),
                Err("detail.number: expected true or false"),
                Err("detail.number: expected a list"),
            ],
        );
        check(
            &["detail", "flag"],
            [
                Err("detail.flag: expected a string"),
                Ok("Some(true)"),
                Err("detail.flag: expected a list"),
            ],
        );
        check(
            &["detail", "list"],
            [
                Err("detail.list: expected a string"),
                Err("detail.list: expected true or false"),
                Ok("1 items"),
            ],
        );
    }

    #[test]
    fn what_need_not_decide_takes_what_it_can_get() {
        #[track_caller]
        fn check(value: &Value, number: Option<f64>, is_true: bool, is_absent: bool) {
            let event = json!({"field": value});
            let cursor = Cursor::new(&event, "").get(&["field"]);
            assert_eq!((cursor.number(), cursor.is_true()), (number, is_true), "{value}");
            assert_eq!(cursor.is_absent(), is_absent, "{value}");
            assert!(cursor.get(&["a", "b"]).is_absent(), "{value}");
        }
        check(&json!(8.5), Some(8.5), false, false);
        check(&json!("8"), Some(8.0), false, false);
        check(&json!("high"), None, false, false);
        check(&json!("NaN"), None, false, false);
        check(&json!(true), None, true, false);
        check(&json!("true"), None, true, false);
        check(&json!("false"), None, false, false);
        check(&json!([8]), None, false, false);
        check(&json!(null), None, false, true);
        check(&json!(""), None, false, true);
    }

    #[test]
    fn only_an_object_has_fields() {
        let event = json!({"list": [{"text": "t"}]});
        let root = Cursor::new(&event, "Records[0].body");
        let error = root.at(&["list", "text"]).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("Records[0].body.list: expected an object"));
    }
}
