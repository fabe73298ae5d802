//! Parameters, and the settings that they become.

use std::collections::BTreeSet;

use iam_key_deactivator::config::{Config, SETTINGS};
use serde_json::{Value, json};

use super::{environment, forwarder, functions, many, references, template};

fn screaming_snake(pascal: &str) -> String {
    let mut name = String::new();
    for letter in pascal.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

/// The parameter that decides a variable's value: the value itself, or its condition's.
fn parameter_of<'a>(template: &'a Value, value: &'a Value) -> Option<&'a str> {
    let condition = value["Fn::If"][0].as_str();
    let condition = condition.map(|name| &template["Conditions"][name]["Fn::Equals"][0]);
    condition.unwrap_or(value)["Ref"].as_str()
}

/// What stands in a variable if its parameter has this value.
fn chosen(template: &Value, value: &Value, of_parameter: String) -> String {
    let Some(condition) = value["Fn::If"][0].as_str() else { return of_parameter };
    let is_so = template["Conditions"][condition]["Fn::Equals"][1] == of_parameter;
    match &value["Fn::If"][if is_so { 1 } else { 2 }] {
        Value::String(text) => text.clone(),
        // The name that CloudFormation gives a policy has the stack's name before it.
        resource => {
            let name = resource["Ref"].as_str().unwrap();
            assert_eq!(template["Resources"][name]["Type"], "AWS::IAM::ManagedPolicy");
            format!("arn:aws:iam::123456789012:policy/iam-key-deactivator-{name}-1A2B3C4D5E6F")
        }
    }
}

/// A function's environment as the function sees it, with `given` in place of defaults.
fn deployed<'a>(
    template: &'a Value,
    function: &'a Value,
    given: &'a [(&str, &str)],
) -> impl Fn(&'static str) -> Option<String> + 'a {
    move |name| {
        let (_, value) = environment(function).find(|(variable, _)| *variable == name)?;
        let Some(parameter) = parameter_of(template, value) else {
            return value.as_str().map(str::to_owned);
        };
        let given = given.iter().find(|(name, _)| *name == parameter);
        let of_parameter = match (given, &template["Parameters"][parameter]["Default"]) {
            (Some((_, value)), _) => (*value).to_owned(),
            (None, Value::String(default)) => default.clone(),
            (None, default) => default.to_string(),
        };
        Some(chosen(template, value, of_parameter))
    }
}

/// Whether CloudFormation takes the value for the parameter.
pub(super) fn takes(parameter: &Value, value: &str) -> bool {
    let number = value.parse::<f64>().ok();
    if parameter["Type"] == "Number" {
        let within = |number: f64| {
            parameter["MinValue"].as_f64().is_none_or(|min| number >= min)
                && parameter["MaxValue"].as_f64().is_none_or(|max| number <= max)
        };
        return number.is_some_and(within);
    }
    let pattern = |pattern: &Value| {
        let schema = json!({ "pattern": pattern });
        jsonschema::is_valid(&schema, &Value::from(value))
    };
    let allowed = &parameter["AllowedValues"];
    (allowed.is_null() || many(allowed).contains(&&Value::from(value)))
        && Some(&parameter["AllowedPattern"]).filter(|p| !p.is_null()).is_none_or(pattern)
        && parameter["MaxLength"].as_u64().is_none_or(|max| value.len() as u64 <= max)
}

/// Values that are taken, and values that are not.
type Values = (&'static [&'static str], &'static [&'static str]);

/// The most bytes that a parameter's value can have.
fn longest(name: &str, parameter: &Value) -> usize {
    let values = many(&parameter["AllowedValues"]).into_iter();
    let longest = values.filter_map(Value::as_str).map(str::len).max();
    let number = parameter["Default"].as_str().is_some_and(|text| text.parse::<u32>().is_ok());
    let digits = number.then_some("10000".len()).filter(|_| !takes(parameter, "10001"));
    let length = parameter["MaxLength"].as_u64().and_then(|max| usize::try_from(max).ok());
    // Its pattern bounds what is before the point, and nobody writes more behind it.
    let severity = (name == "MinSeverity").then_some("10.000000".len());
    longest.or(digits).or(length).or(severity).unwrap_or_else(|| panic!("{name} is not bounded"))
}

#[test]
fn setting_parameters_and_settings_are_the_same() {
    let template = template();
    let mut set = BTreeSet::new();
    for (id, function) in functions(template) {
        for (variable, value) in environment(function) {
            set.insert(variable.to_owned());
            if variable == "FUNCTION" {
                // A resource cannot have a parameter's name, such as ActivateFunction.
                let name = match id {
                    "ActivateKeyFunction" => "activate".to_owned(),
                    _ => id.strip_suffix("Function").unwrap().to_lowercase(),
                };
                assert_eq!(value, &json!(name), "{id}: FUNCTION is a constant");
                continue;
            }
            let parameter = parameter_of(template, value);
            let parameter = parameter.unwrap_or_else(|| panic!("{id}: {variable} is no parameter"));
            assert_eq!(screaming_snake(parameter), variable, "{id}");
        }
    }
    let settings: BTreeSet<String> = SETTINGS.iter().map(|&setting| setting.to_owned()).collect();
    assert_eq!(set, settings);
}

/// Each function is given what it reads, and nothing else.
#[test]
fn a_function_has_the_variables_that_it_reads() {
    let template = template();
    for (id, function) in functions(template) {
        let read = std::cell::RefCell::new(BTreeSet::new());
        let value = deployed(template, function, &[]);
        let config = Config::read(|name| {
            read.borrow_mut().insert(name);
            Ok(value(name))
        });
        assert!(config.is_ok(), "{id}: {config:?}");
        let given: BTreeSet<&str> = environment(function).map(|(variable, _)| variable).collect();
        assert_eq!(given, read.into_inner(), "{id}");
    }
}

#[test]
fn defaults_of_template_and_code_are_the_same() {
    let template = template();
    for (id, function) in functions(template) {
        let value = deployed(template, function, &[]);
        let templates = Config::read(|name| Ok(value(name)));
        let codes = Config::read(|name| Ok(value(name).filter(|_| name == "FUNCTION")));
        assert_eq!(templates.unwrap(), codes.unwrap(), "{id}");
    }
}

/// Where both check a value, they agree on it: what the template lets through starts, and what it
/// refuses would not have.
#[test]
fn template_and_code_agree_on_values() {
    const DAYS: Values = (
        &["0", "1", "9", "10", "99", "100", "999", "1000", "2999", "3599", "3649", "3650"],
        &["-1", "3651", "3660", "4000", "10000", "", "x", "90.5", "1e2"],
    );
    const FLAG: Values = (&["true", "false"], &["True", "yes", "", "1"]);
    const GLOBS: Values = (
        &["", "ci-*", "a, b", "a,b", "x+=.@_-"],
        &["a,", ",a", "a,,b", "a b", "a/b", "a?", "ü", "a;b"],
    );
    let table: &[(&str, Values)] = &[
        ("ResponseMode", (&["enforce", "dry-run"], &["", "Enforce", "dryrun"])),
        ("MinSeverity", (&["0", "10", "7.0", "6.5", "10.0"], &["", "10.1", "-1", "7,0", "high"])),
        ("AlwaysActTypes", (&["", "Recon:*, C&CActivity.B!DNS"], &["a,", "a b", "a?"])),
        ("ExcludedFindingTypes", (&["", "PenTest:IAMUser/*"], &["a,", "a b", "a?"])),
        (
            "TrustedProducts",
            (
                &["", "aws/*", "aws/guardduty, crowdstrike/crowdstrike-falcon", "*", "a b/c.d_e"],
                &["a,", ",a", "a,,b", "a?", "a:b", "a;b"],
            ),
        ),
        ("ProtectedUsers", GLOBS),
        ("DeactivateQuarantinedUsers", FLAG),
        ("DeactivateNewKeys", FLAG),
        ("DenySessions", (&["ENABLED", "DISABLED"], &[])),
        ("SweepMode", (&["enforce", "dry-run"], &["", "Dry-Run", "off"])),
        ("MaxKeyAgeDays", DAYS),
        ("MaxUnusedDays", DAYS),
        ("NoticeDays", (&["0", "10", "299", "359", "365"], &["-1", "366", "400", "", "x", "7.5"])),
        ("MaxDeactivationPercent", (&["1", "99", "100"], &["0", "101", "-1", "", "x", "2.5"])),
        ("MaxDeactivationsPerSweep", (&["1", "9999", "10000"], &["0", "10001", "", "x", "1.5"])),
        (
            "ExemptTag",
            (
                &["key-deactivator:exempt-until", "a b", "A_.:/=+-@9"],
                &["", "a*", "a,b", "Key-Deactivator:notice:x"],
            ),
        ),
        ("ExemptUsers", GLOBS),
        (
            "ExemptPaths",
            (
                &["", "/", "/ci/", "/service/, /ci/", "/service/,/ci/", "/a.b/(c)/~"],
                &["ci/", "/ci/,", ",/ci/", "/ci/*", "/ci/,,/x/", "/a b/", "/ü/"],
            ),
        ),
        ("ExemptGroups", (&["", "robots", "a, b"], &["a,", "a*", "a b", "a/b"])),
    ];
    let template = template();
    for (parameter, (good, bad)) in table {
        let definition = &template["Parameters"][parameter];
        assert!(definition.is_object(), "{parameter} is no parameter");
        let all = good.iter().map(|v| (*v, true)).chain(bad.iter().map(|v| (*v, false)));
        for (value, expected) in all {
            assert_eq!(takes(definition, value), expected, "template: {parameter} = `{value}`");
            for (id, function) in functions(template) {
                let is_set =
                    |(_, set): (&str, &Value)| parameter_of(template, set) == Some(*parameter);
                if !environment(function).any(is_set) {
                    continue;
                }
                let given = [(*parameter, value)];
                let read = deployed(template, function, &given);
                let config = Config::read(|name| Ok(read(name)));
                assert_eq!(config.is_ok(), expected, "{id}: {parameter} = `{value}`: {config:?}");
            }
        }
    }
    let tested: BTreeSet<String> = table.iter().map(|(name, _)| screaming_snake(name)).collect();
    let settings = SETTINGS.iter().filter(|name| **name != "FUNCTION");
    let missing: Vec<_> = settings.filter(|name| !tested.contains(**name)).collect();
    assert!(missing.is_empty(), "no values for {missing:?}");
}

/// Lambda's quota. Over it, an update fails only once the long lists are there.
#[test]
fn the_environment_fits_whatever_is_set() {
    let template = template();
    for (id, function) in functions(template) {
        let bytes: usize = environment(function)
            .map(|(variable, value)| {
                let value = match parameter_of(template, value) {
                    None => variable.len(),
                    // The longest name that a policy may have.
                    Some(_) if value["Fn::If"].is_array() => {
                        "arn:aws-us-gov:iam::123456789012:policy/".len() + 128
                    }
                    Some(parameter) => longest(parameter, &template["Parameters"][parameter]),
                };
                // As JSON counts: two pairs of quotes, a colon, a comma.
                variable.len() + value + 6
            })
            .sum();
        assert!(bytes <= 4096, "{id}: {bytes} bytes");
    }
}

#[test]
fn every_parameter_is_checked_used_and_explained() {
    for template in [template(), forwarder()] {
        let used = references(&json!([
            template["Conditions"],
            template["Resources"],
            template["Globals"],
            template["Rules"],
        ]));
        let interface = &template["Metadata"]["AWS::CloudFormation::Interface"];
        let groups = many(&interface["ParameterGroups"]).into_iter();
        let grouped: Vec<&Value> = groups.flat_map(|group| many(&group["Parameters"])).collect();

        let parameters = template["Parameters"].as_object().unwrap();
        for (name, parameter) in parameters {
            assert!(used.contains(name), "{name} does nothing");
            assert!(parameter["Description"].is_string(), "{name} has no description");
            assert!(
                ["AllowedPattern", "AllowedValues", "MinValue"]
                    .iter()
                    .any(|key| !parameter[key].is_null()),
                "{name} takes any value"
            );
            // Only the user can know which Region is the main one.
            assert_eq!(parameter["Default"].is_null(), name == "MainRegion", "{name}: default");
            let times = grouped.iter().filter(|grouped| **grouped == name).count();
            assert_eq!(times, 1, "{name} is in one group of the console's form");
        }
        assert_eq!(grouped.len(), parameters.len(), "groups name unknown parameters");
    }
}
