//! The results as Markdown.

use crate::Results;
use crate::missing::Missing;
use crate::respond::Responded;
use crate::stat::{Stat, number};
use crate::subject::OURS;
use crate::sweep::Swept;
use crate::target::mib;

/// A table of everything that was measured.
pub(crate) fn markdown(results: &Results) -> String {
    let machine = &results.machine;
    let mut text = format!(
        "Measured on {} ({}, {} cores, {} GiB, {}).\n",
        machine.day, machine.processor, machine.cores, machine.memory_gib, machine.system
    );
    if !results.respond.is_empty() {
        text += &respond(&results.respond);
    }
    if !results.sweep.is_empty() {
        text += &sweep(&results.sweep);
    }
    if !results.missing.is_empty() {
        text += &missing(&results.missing);
    }
    text += "\n| must be | wanted | measured | |\n|---|--:|--:|---|\n";
    for target in &results.targets {
        let met = if target.met { "met" } else { "**missed**" };
        let line = format!("| {} | {} | {} | {met} |", target.what, target.wanted, target.got);
        text += &(line + "\n");
    }
    text
}

fn missing(all: &[Missing]) -> String {
    let mut text = "\n| not measured | why |\n|---|---|\n".to_owned();
    for Missing { name, why } in all {
        let why = why.replace(['\n', '|'], " ");
        let short: String = why.chars().take(300).collect();
        let line = format!("| {name} | {short} |\n");
        text += &line;
    }
    text
}

/// One line for each measure, one column for each subject.
fn respond(all: &[Responded]) -> String {
    type Times = (&'static str, fn(&Responded) -> Stat);
    type Values = (&'static str, fn(&Responded) -> f64);
    const TIMES: [Times; 6] = [
        ("start to ready, ms", |it| it.cold),
        ("the same, HTTPS, 20 ms away", |it| it.cold_far),
        ("there, first event to key Inactive", |it| it.first_inactive),
        ("there, first event to answer", |it| it.first_answer),
        ("there, start to key Inactive", |it| it.start_to_inactive),
        ("warm event to answer", |it| it.warm),
    ];
    const VALUES: [Values; 4] = [
        ("CPU for a warm event, ms", |it| it.cpu_per_event),
        ("peak memory, MiB", |it| mib(it.peak_memory)),
        ("the same, HTTPS", |it| mib(it.peak_memory_https)),
        ("package, zipped, MiB", |it| mib(it.package)),
    ];
    let names: Vec<_> = all.iter().map(|it| it.name).collect();
    let mut text = format!(
        "\n**Responding** (median / 99th percentile, in brackets the ratio to this function)\n\n\
         | | {} |\n|---|{}\n",
        names.join(" | "),
        "--:|".repeat(all.len())
    );
    for (name, time) in TIMES {
        let cell = |it: &Responded| time(it).to_string();
        text += &line(name, all, cell, |it| time(it).median);
    }
    for (name, value) in VALUES {
        text += &line(name, all, |it| number(value(it)), value);
    }
    text
}

fn line(
    name: &str,
    all: &[Responded],
    cell: impl Fn(&Responded) -> String,
    value: impl Fn(&Responded) -> f64,
) -> String {
    let ours = all.iter().find(|it| it.name == OURS).map(&value);
    let cells = all.iter().map(|it| {
        let ratio = |ours| format!(" ({}×)", number(value(it) / ours));
        cell(it) + &ours.filter(|_| it.name != OURS).map(ratio).unwrap_or_default()
    });
    format!("| {name} | {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

fn sweep(all: &[Swept]) -> String {
    let mut text = "\n**Sweeping** (two keys a user, 1 % stale, 20 ms away)\n\n\
                    | users | throttle | | calls | refused | s | ratio | calls/s | CPU s | peak MiB | missed | wrong |\n\
                    |--:|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for it in all {
        let same = |other: &&Swept| {
            other.name == OURS && (other.users, other.throttled) == (it.users, it.throttled)
        };
        let ours = all.iter().find(same).map(|ours| it.seconds / ours.seconds);
        let ratio = ours.map(|ratio| number(ratio) + "×").unwrap_or_default();
        let throttle = if it.throttled { "50/s" } else { "none" };
        let numbers = [it.seconds, it.rate, it.cpu_seconds, mib(it.peak_memory)].map(number);
        let [seconds, rate, cpu, peak] = numbers;
        let complaint =
            it.complaint.as_ref().map(|text| format!(" (says: {text})")).unwrap_or_default();
        let line = format!(
            "| {} | {throttle} | {}{complaint} | {} | {} | {seconds} | {ratio} | {rate} | {cpu} | {peak} | {} | {} |\n",
            it.users, it.name, it.calls, it.refused, it.missed, it.wrong
        );
        text += &line;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

    #[test]
    fn who_could_not_be_measured_is_a_row() {
        let why = "it did not install: autoconf | not\nfound".to_owned();
        let missing = vec![Missing { name: "it", why }];
        let (respond, sweep, targets) = (Vec::new(), Vec::new(), Vec::new());
        let text =
            markdown(&Results { machine: Machine::this(), respond, sweep, missing, targets });
        assert!(text.contains("\n| it | it did not install: autoconf   not found |\n"), "{text}");
    }
}
