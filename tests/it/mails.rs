//! What people read, for one event or sweep of each kind: the mail and the message in chat, as they are in
//! `mails/`. A new one begins as an empty file there; `INSTA_UPDATE=always cargo test` writes the files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use iam_key_deactivator::message::Message;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mails").join(name)
}

/// The files of a folder, by the names of what they are about.
pub(crate) fn names(of: &str) -> Vec<String> {
    let files = fs::read_dir(folder(of)).unwrap().map(|file| file.unwrap().path());
    let mut names: Vec<_> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    assert!(!names.is_empty(), "no mails in {of}");
    names
}

/// Where the mail begins to differ from its file, if it does.
pub(crate) fn difference(of: &str, name: &str, mail: &Message) -> Option<String> {
    let path = folder(of).join(name).with_extension("txt");
    let Message { subject, body, chat, .. } = mail;
    let text = format!("Subject: {subject}\n\n{body}\n--- In chat ---\n{chat}\n");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(&path, &text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    if text == expected {
        return None;
    }
    let lines = text.lines().zip(expected.lines());
    let same = lines.take_while(|(line, expected)| line == expected).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(the end)").to_owned();
    let (number, found, expected) = (same + 1, line(&text), line(&expected));
    Some(format!("{of}/{name}.txt, line {number}:\n  is:        {found}\n  should be: {expected}"))
}
