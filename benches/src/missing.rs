//! Who could not be measured, and why: that costs the others nothing.

use std::any::Any;
use std::fs;

use serde::Serialize;

use crate::paths;

/// Who could not be measured, and why.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Missing {
    pub(crate) name: &'static str,
    pub(crate) why: String,
}

/// Measures one of them. Whatever goes wrong with it, a panic included, is its own affair.
pub(crate) async fn apart<T: Send + 'static>(
    name: &'static str,
    work: impl Future<Output = Result<T, String>> + Send + 'static,
) -> Result<T, Missing> {
    let why = match tokio::spawn(work).await {
        Ok(Ok(measured)) => return Ok(measured),
        Ok(Err(why)) => why,
        Err(error) => said(error.into_panic().as_ref()),
    };
    eprintln!("==> {name} could not be measured: {why}");
    Err(Missing { name, why })
}

/// What a panic says.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref().cloned()).unwrap_or_default()
}

/// Whether `scripts/bench-tools` has installed this.
pub(crate) fn installed(tool: &str) -> Result<(), String> {
    match fs::read_to_string(paths::tool(&format!("{tool}-failed.log"))) {
        Ok(log) => Err(format!("it did not install: {}", reason(&log))),
        Err(_) => Ok(()),
    }
}

fn reason(log: &str) -> &str {
    // The last line of npm's says only where to read on.
    let is_reason = |line: &&str| line.contains("rror") && !line.contains("complete log");
    log.lines().rfind(is_reason).or(log.lines().last()).unwrap_or("nothing was printed").trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_one_of_them_does_is_its_own_affair() {
        let missing = |why: &str| Err(Missing { name: "it", why: why.to_owned() });
        assert_eq!(apart("it", async { Ok(7) }).await, Ok(7));
        assert_eq!(apart::<()>("it", async { Err("no".to_owned()) }).await, missing("no"));
        assert_eq!(apart::<()>("it", async { panic!("stopped") }).await, missing("stopped"));
        let number = 7;
        let work = async move { panic!("stopped at {number}") };
        assert_eq!(apart::<()>("it", work).await, missing("stopped at 7"));
    }

    #[test]
    fn the_last_error_is_the_reason() {
        assert_eq!(
            reason("npm error Error: no cmake\nnpm error A complete log: x\nbye"),
            "npm error Error: no cmake"
        );
        assert_eq!(reason("a\n sh: cmake: not found\n"), "sh: cmake: not found");
        assert_eq!(reason(""), "nothing was printed");
    }
}
