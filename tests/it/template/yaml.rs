//! CloudFormation's YAML: its short tags (`!Ref`, `!GetAtt`, `!Sub` …) in their long form.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Value, json};

pub(super) fn parse(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).unwrap();
    let [document] = documents.as_slice() else { panic!("{} documents", documents.len()) };
    value(document)
}

fn value(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Value(scalar) => match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(flag) => (*flag).into(),
            Scalar::Integer(number) => (*number).into(),
            Scalar::FloatingPoint(number) => number.into_inner().into(),
            Scalar::String(text) => text.as_ref().into(),
        },
        Yaml::Sequence(items) => items.iter().map(value).collect(),
        Yaml::Mapping(fields) => {
            let field = |(name, field): (&Yaml, &Yaml)| {
                (name.as_str().unwrap_or_else(|| panic!("{name:?}")).to_owned(), value(field))
            };
            fields.iter().map(field).collect()
        }
        Yaml::Tagged(tag, inner) => long_form(&tag.suffix, &value(inner)),
        other => panic!("not in a template: {other:?}"),
    }
}

fn long_form(tag: &str, value: &Value) -> Value {
    match (tag, value) {
        ("Ref" | "Condition", _) => json!({ tag: value }),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').unwrap();
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        _ => json!({ format!("Fn::{tag}"): value }),
    }
}

#[test]
fn short_tags_are_read() {
    let text = "
        A: !If [Here, !GetAtt Queue.Arn, !Ref AWS::NoValue]
        B: !Sub
          - ${X}
          - X: !Select [0, [a]]
        C: !And [!Condition Here, true]
        D: \"2012-10-17\"";
    let expected = json!({
        "A": { "Fn::If": ["Here", { "Fn::GetAtt": ["Queue", "Arn"] }, { "Ref": "AWS::NoValue" }] },
        "B": { "Fn::Sub": ["${X}", { "X": { "Fn::Select": [0, ["a"]] } }] },
        "C": { "Fn::And": [{ "Condition": "Here" }, true] },
        "D": "2012-10-17",
    });
    assert_eq!(parse(text), expected);
}
