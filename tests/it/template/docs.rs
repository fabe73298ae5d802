//! The documents are complete, and their links lead somewhere.

use std::{collections::BTreeSet, fs, path::Path};

use iam_key_deactivator::{config::SETTINGS, event::IgnoreReason, outcome::Status};
use serde_json::Value;

use super::{forwarder, read, resources, template};

/// The cells of each table row of a document.
fn rows(document: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    document.lines().filter(|line| line.starts_with('|')).map(cells).collect()
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// The row whose first cell has all of these in backticks.
fn row_of<'a>(rows: &'a [Vec<String>], names: &[&str]) -> Option<&'a [String]> {
    let is_it = |row: &&Vec<String>| names.iter().all(|name| row[0].contains(&code(name)));
    rows.iter().find(is_it).map(Vec::as_slice)
}

fn default(parameter: &Value) -> String {
    match &parameter["Default"] {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => code(text),
        other => code(&other.to_string()),
    }
}

#[test]
fn every_parameter_has_a_row_with_its_default() {
    let document = read("docs/settings.md");
    let (main, of_forwarder) = document.split_once("\n## The forwarder\n").unwrap();
    for (template, document) in [(template(), main), (forwarder(), of_forwarder)] {
        let rows = rows(document);
        for (name, parameter) in template["Parameters"].as_object().unwrap() {
            let row = row_of(&rows, &[name]);
            let row = row.unwrap_or_else(|| panic!("docs/settings.md has no row for {name}"));
            assert_eq!(row[1], default(parameter), "{name}: default in docs/settings.md");
        }
    }
}

/// The README repeats the defaults of the settings that people change.
#[test]
fn defaults_in_the_readme_are_the_templates() {
    let (template, rows) = (template(), rows(&read("README.md")));
    let parameters = template["Parameters"].as_object().unwrap();
    let named = parameters.iter().filter_map(|it| row_of(&rows, &[it.0]).map(|row| (it, row)));
    let named: Vec<_> = named.collect();
    assert_eq!(named.len(), 8, "settings that people change");
    for ((name, parameter), row) in named {
        assert_eq!(row[1], default(parameter), "{name}: default in README.md");
    }
}

#[test]
fn every_variable_stands_beside_its_parameter() {
    let document = read("docs/settings.md");
    let rows = rows(&document);
    for variable in SETTINGS.iter().filter(|name| **name != "FUNCTION") {
        let cell = format!("`{}` (`{variable}`)", variable.replace('_', ""));
        let found = rows.iter().any(|row| row[0].to_uppercase() == cell);
        assert!(found, "docs/settings.md has no row for {variable}");
    }
    assert!(document.contains("`FUNCTION`"));
}

#[test]
fn every_alarm_says_what_to_do() {
    let rows = rows(&read("docs/operations.md"));
    let missing = |template: &Value, of: &str| -> Vec<String> {
        let alarms = resources(template, "AWS::CloudWatch::Alarm").into_iter();
        alarms
            .map(|(id, _)| format!("{}{of}", code(id)))
            .filter(|cell| !rows.iter().any(|row| row[0] == *cell))
            .collect()
    };
    assert_eq!(missing(template(), ""), [""; 0]);
    assert_eq!(missing(forwarder(), " (forwarder)"), [""; 0]);
}

#[test]
fn every_status_and_reason_is_described() {
    let rows = rows(&read("docs/report.md"));
    let statuses = Status::ALL.map(|status| format!("{status:?}"));
    let reasons = IgnoreReason::ALL.map(|reason| format!("{reason:?}"));
    for name in statuses.iter().chain(&reasons) {
        assert!(row_of(&rows, &[name]).is_some(), "docs/report.md has no row for {name}");
    }
}

/// A sample that nobody explains is as bad as a row without a sample.
#[test]
fn every_sample_is_in_a_table_of_events() {
    let rows = rows(&read("docs/events.md"));
    let names = rows.iter().flat_map(|row| row.iter().take(2));
    let names: Vec<_> = names.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let matches = |name: &str, sample: &str| match name.split_once('*') {
        Some((start, end)) => sample.starts_with(start) && sample.ends_with(end),
        None => name == sample,
    };
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("events").read_dir().unwrap();
    let samples = events.map(|entry| entry.unwrap().path());
    let samples: Vec<_> =
        samples.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    for sample in &samples {
        assert!(names.iter().any(|name| matches(name, sample)), "docs/events.md lacks {sample}");
    }
    for name in names.iter().filter(|name| name.ends_with("-*")) {
        let is_there = samples.iter().any(|sample| matches(name, sample));
        assert!(is_there, "events/ has no {name}");
    }
}

/// What GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn anchors(document: &str) -> BTreeSet<String> {
    let mut in_code = false;
    let mut found = BTreeSet::new();
    for line in document.lines() {
        in_code ^= line.trim_start().starts_with("```");
        if let (false, Some(heading)) = (in_code, line.strip_prefix('#')) {
            found.insert(anchor(heading.trim_start_matches('#').trim()));
        }
    }
    found
}

/// The targets of a document's links to files of this repository.
fn links(document: &str) -> Vec<&str> {
    let targets = document.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://")).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = root.join("docs").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let of_docs = files.filter(|path| path.extension().is_some_and(|it| it == "md"));
    let above = ["README", "CONTRIBUTING", "CHANGELOG", "SECURITY"];
    let above = above.map(|name| root.join(format!("{name}.md")));
    let mut followed = 0;
    for document in of_docs.chain(above) {
        let text = fs::read_to_string(&document).unwrap();
        for link in links(&text) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => document.clone(),
                _ => document.parent().unwrap().join(file),
            };
            let at = document.display();
            assert!(target.exists(), "{at}: nothing at {link}");
            if !heading.is_empty() {
                let anchors = anchors(&fs::read_to_string(&target).unwrap());
                assert!(anchors.contains(heading), "{at}: no heading for {link}");
            }
            followed += 1;
        }
    }
    assert!(followed > 30, "{followed} links");
}

/// The README shows a mail. It is the recorded one, as it is or in JSON.
#[test]
fn the_mail_in_the_readme_is_real() {
    fn recorded(folder: &Path) -> Vec<String> {
        let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
        let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
        let is_it =
            |path: &Path| path.to_string_lossy().contains("guardduty-compromised-credentials");
        let here = files.into_iter().filter(|path| is_it(path));
        let here = here.map(|path| fs::read_to_string(path).unwrap());
        here.chain(folders.iter().flat_map(|folder| recorded(folder))).collect()
    }
    let readme = read("README.md");
    let mail = readme.split("```text\n").nth(1).and_then(|rest| rest.split("\n```").next());
    let mail = mail.unwrap();
    let escaped = serde_json::to_string(mail).unwrap();
    let escaped = escaped.trim_matches('"');
    let recorded = recorded(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it"));
    assert!(
        recorded.iter().any(|text| text.contains(mail) || text.contains(escaped)),
        "the recorded mail is another one by now: copy it into README.md"
    );
}

/// What the Serverless Application Repository refuses (AWS SAM Developer Guide, "AWS SAM template Metadata
/// section properties").
#[test]
fn the_serverless_application_repository_takes_this_version() {
    let application = &template()["Metadata"]["AWS::ServerlessRepo::Application"];
    assert_eq!(application["SemanticVersion"], env!("CARGO_PKG_VERSION"));
    assert_eq!(application["SpdxLicenseId"], env!("CARGO_PKG_LICENSE"));
    assert!(application["Description"].as_str().unwrap().len() <= 256);
    for file in ["LicenseUrl", "ReadmeUrl"] {
        read(application[file].as_str().unwrap());
    }
}
