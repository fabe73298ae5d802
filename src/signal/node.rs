//! Walks untrusted JSON, knowing at every step where it is.
//!
//! What decides (a key, a severity, a flag) is read strictly: absent is `None`, a wrong type is a
//! [`Misread`]. What only describes is read with [`Node::label`], which takes what it can get.

use jiff::Timestamp;
use serde_json::Value;

use super::Misread;
use crate::ids::{AccountId, Label, UserName};

/// A place in an event: the value there and the path that led to it.
pub(crate) struct Node<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Node<'a> {
    pub(crate) fn new(value: &'a Value, path: &str) -> Self {
        Self { value, path: path.to_owned() }
    }

    /// The field `name`, or its `PascalCase` twin: findings that an SDK or the CLI passes on are
    /// spelled that way. A field that is not there is a null node.
    ///
    /// # Errors
    /// [`Misread`] if this place holds something other than an object.
    pub(crate) fn field(&self, name: &str) -> Result<Self, Misread> {
        let path =
            if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        let value = match self.value {
            Value::Null => &Value::Null,
            Value::Object(fields) => {
                fields.get(name).or_else(|| fields.get(&pascal_case(name))).unwrap_or(&Value::Null)
            }
            _ => return Err(self.misread("an object")),
        };
        Ok(Self { value, path })
    }

    /// The place that `names` lead to, one after the other.
    ///
    /// # Errors
    /// [`Misread`] if something other than an object is on the way.
    pub(crate) fn at(&self, names: &[&str]) -> Result<Self, Misread> {
        let here = Self { value: self.value, path: self.path.clone() };
        names.iter().try_fold(here, |node, name| node.field(name))
    }

    /// The elements of a list; none if it is absent.
    ///
    /// # Errors
    /// [`Misread`] if it is not a list.
    pub(crate) fn items(&self) -> Result<Vec<Self>, Misread> {
        match self.value {
            Value::Null => Ok(Vec::new()),
            Value::Array(items) => Ok(items
                .iter()
                .enumerate()
                .map(|(index, value)| Self { value, path: format!("{}[{index}]", self.path) })
                .collect()),
            _ => Err(self.misread("a list")),
        }
    }

    /// # Errors
    /// [`Misread`] if it is there and no string.
    pub(crate) fn text(&self) -> Result<Option<&'a str>, Misread> {
        self.read("a string", Value::as_str)
    }

    /// # Errors
    /// [`Misread`] if there is no string.
    pub(crate) fn need_text(&self) -> Result<&'a str, Misread> {
        self.text()?.ok_or_else(|| self.misread("a string"))
    }

    /// # Errors
    /// [`Misread`] if it is there and no number.
    pub(crate) fn number(&self) -> Result<Option<f64>, Misread> {
        self.read("a number", Value::as_f64)
    }

    /// # Errors
    /// [`Misread`] if it is there and neither true nor false.
    pub(crate) fn flag(&self) -> Result<Option<bool>, Misread> {
        self.read("true or false", Value::as_bool)
    }

    fn read<T>(
        &self,
        expected: &'static str,
        as_type: fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Misread> {
        match (self.value, as_type(self.value)) {
            (Value::Null, _) => Ok(None),
            (_, None) => Err(self.misread(expected)),
            (_, value) => Ok(value),
        }
    }

    /// Descriptive text, or nothing.
    pub(crate) fn label(&self) -> Option<Label> {
        self.value.as_str().and_then(Label::new)
    }

    /// A user's name or ARN. It is a hint that IAM confirms, so anything else is no name at all.
    pub(crate) fn user(&self) -> Option<UserName> {
        self.value.as_str().and_then(UserName::parse)
    }

    /// An account, or nothing.
    pub(crate) fn account(&self) -> Option<AccountId> {
        self.value.as_str().and_then(AccountId::parse)
    }

    /// A time in RFC 3339, or nothing.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        self.value.as_str()?.parse().ok()
    }

    /// A whole number that only describes, or nothing.
    pub(crate) fn count(&self) -> Option<u32> {
        Some(u32::try_from(self.value.as_u64()?).unwrap_or(u32::MAX))
    }

    /// Whether it begins as an access key ID does, among values of several kinds.
    pub(crate) fn looks_like_key(&self) -> bool {
        self.value.as_str().is_some_and(|text| text.starts_with("AKIA") || text.starts_with("ASIA"))
    }

    pub(crate) fn is_absent(&self) -> bool {
        self.value.is_null()
    }

    /// The names of an object's fields.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.value.as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str))
    }

    pub(crate) fn misread(&self, expected: &'static str) -> Misread {
        Misread::new(&self.path, expected)
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
        fn check(names: &[&str], expected: [Result<&str, &str>; 4]) {
            let event = json!({"detail": {"Text": "t", "number": 8, "flag": true, "list": [1], "null": null}});
            let node = Node::new(&event, "").at(names).unwrap();
            let found = [
                node.text().map(|text| format!("{text:?}")),
                node.number().map(|number| format!("{number:?}")),
                node.flag().map(|flag| format!("{flag:?}")),
                node.items().map(|items| format!("{} items", items.len())),
            ];
            let found = found.map(|read| read.map_err(|misread| misread.to_string()));
            assert_eq!(found, expected.map(|read| read.map(str::to_owned).map_err(str::to_owned)));
        }
        const ABSENT: [Result<&str, &str>; 4] = [Ok("None"), Ok("None"), Ok("None"), Ok("0 items")];
        check(&["detail", "absent"], ABSENT);
        check(&["absent", "absent"], ABSENT);
        check(&["detail", "null"], ABSENT);
        check(
            &["detail", "text"],
            [
                Ok("Some(\"t\")"),
                Err("detail.text: expected a number"),
                Err("detail.text: expected true or false"),
                Err("detail.text: expected a list"),
            ],
        );
        check(
            &["detail", "number"],
            [
                Err("detail.number: expected a string"),
                Ok("Some(8.0)"),
                Err("detail.number: expected true or false"),
                Err("detail.number: expected a list"),
            ],
        );
        check(
            &["detail", "flag"],
            [
                Err("detail.flag: expected a string"),
                Err("detail.flag: expected a number"),
                Ok("Some(true)"),
                Err("detail.flag: expected a list"),
            ],
        );
        check(
            &["detail", "list"],
            [
                Err("detail.list: expected a string"),
                Err("detail.list: expected a number"),
                Err("detail.list: expected true or false"),
                Ok("1 items"),
            ],
        );
    }

    #[test]
    fn only_an_object_has_fields() {
        let event = json!({"list": [{"text": "t"}]});
        let root = Node::new(&event, "Records[0].body");
        let misread = root.at(&["list", "text"]).err().map(|misread| misread.to_string());
        assert_eq!(misread.as_deref(), Some("Records[0].body.list: expected an object"));
    }
}
