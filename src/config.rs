//! The settings: environment variables, read once at start. Anything malformed stops the start.

use serde::Serialize;
use wildmatch::WildMatch;

use crate::error::SettingError;

/// Every setting by the name of its variable. Each but `FUNCTION`, which is a constant of each
/// function, is also a template parameter of the same name in `PascalCase`.
pub const SETTINGS: &[&str] = &[
    "FUNCTION",
    "RESPONSE_MODE",
    "MIN_SEVERITY",
    "ALWAYS_ACT_TYPES",
    "EXCLUDED_FINDING_TYPES",
    "PROTECTED_USERS",
];

/// What this function does, and how.
#[derive(Debug, PartialEq)]
pub struct Config {
    /// How to respond to compromised keys; `None` in a function that leaves this to another.
    pub respond: Option<Respond>,
}

/// The settings of the respond path.
#[derive(Clone, Debug, PartialEq)]
pub struct Respond {
    /// Whether keys are changed.
    pub mode: Mode,
    /// The least severity that is acted on, on GuardDuty's scale of 0 to 10.
    pub min_severity: f64,
    /// Finding types that are acted on whatever their severity.
    pub always_act: Globs,
    /// Finding types that are never acted on.
    pub excluded: Globs,
    /// The break-glass list: users whose keys are left active even when compromised.
    pub protected: Globs,
}

/// Whether keys are changed, or only what would be done is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Keys are made Inactive.
    Enforce,
    /// The same path up to the call that would change a key.
    DryRun,
}

/// A list of names with `*` as wildcard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Globs(Vec<WildMatch>);

impl Globs {
    /// Whether any of them matches, regardless of case: IAM's user names are unique that way.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.0.iter().any(|glob| glob.matches(name))
    }
}

impl Config {
    /// Reads the settings from the environment.
    ///
    /// # Errors
    /// [`SettingError`] for the first setting that is malformed.
    pub fn from_env() -> Result<Self, SettingError> {
        Self::read(|name| match std::env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(value)) => {
                Err(SettingError::new(name, &value.to_string_lossy(), "text in UTF-8"))
            }
        })
    }

    /// Reads each setting through `lookup`. A function reads only its own settings, so that a bad
    /// value of another's cannot stop it.
    ///
    /// # Errors
    /// [`SettingError`] for the first setting that is malformed.
    pub fn read(
        lookup: impl Fn(&'static str) -> Result<Option<String>, SettingError>,
    ) -> Result<Self, SettingError> {
        let get = |name, default: &str| {
            Ok(Setting { name, value: lookup(name)?.unwrap_or(default.to_owned()) })
        };
        let responds = match lookup("FUNCTION")?.as_deref() {
            None | Some("respond") => true,
            Some("sweep") => false,
            Some(other) => {
                return Err(SettingError::new(
                    "FUNCTION",
                    other,
                    "`respond` or `sweep`, or to be unset",
                ));
            }
        };
        let respond = || {
            Ok(Respond {
                mode: get("RESPONSE_MODE", "enforce")?.mode()?,
                min_severity: get("MIN_SEVERITY", "7.0")?.severity()?,
                always_act: get("ALWAYS_ACT_TYPES", "")?.globs(is_type_glob, TYPES)?,
                excluded: get("EXCLUDED_FINDING_TYPES", "")?.globs(is_type_glob, TYPES)?,
                protected: get("PROTECTED_USERS", "")?.globs(is_user_glob, USERS)?,
            })
        };
        Ok(Self { respond: responds.then(respond).transpose()? })
    }
}

const TYPES: &str = "finding types separated by commas, with `*` as wildcard";
const USERS: &str = "user names separated by commas, with `*` as wildcard";

fn is_type_glob(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_:/.!&*-".contains(c)
}

fn is_user_glob(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=.@*-".contains(c)
}

/// A setting's raw value, with the name that an error must say.
struct Setting {
    name: &'static str,
    value: String,
}

impl Setting {
    fn mode(&self) -> Result<Mode, SettingError> {
        match self.value.as_str() {
            "enforce" => Ok(Mode::Enforce),
            "dry-run" => Ok(Mode::DryRun),
            _ => Err(self.malformed("`enforce` or `dry-run`")),
        }
    }

    fn severity(&self) -> Result<f64, SettingError> {
        let severity = self.value.parse().ok().filter(|severity| (0.0..=10.0).contains(severity));
        severity.ok_or_else(|| self.malformed("a number from 0 to 10"))
    }

    fn globs(
        &self,
        allowed: fn(char) -> bool,
        expected: &'static str,
    ) -> Result<Globs, SettingError> {
        if self.value.trim().is_empty() {
            return Ok(Globs::default());
        }
        let globs = self.value.split(',').map(|glob| match glob.trim() {
            glob if !glob.is_empty() && glob.chars().all(allowed) => {
                Ok(WildMatch::new_case_insensitive(glob))
            }
            _ => Err(self.malformed(expected)),
        });
        globs.collect::<Result<_, _>>().map(Globs)
    }

    fn malformed(&self, expected: &'static str) -> SettingError {
        SettingError::new(self.name, &self.value, expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<Config, String> {
        let value =
            |name| settings.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Config::read(|name| Ok(value(name))).map_err(|error| error.to_string())
    }

    fn respond(settings: &[(&str, &str)]) -> Respond {
        read(settings).unwrap().respond.unwrap()
    }

    #[test]
    fn defaults_are_safe_to_deploy() {
        let defaults = respond(&[]);
        assert_eq!(defaults.mode, Mode::Enforce);
        assert!((defaults.min_severity - 7.0).abs() < f64::EPSILON);
        assert_eq!(defaults.always_act, Globs::default());
        assert_eq!(defaults.excluded, Globs::default());
        assert_eq!(defaults.protected, Globs::default());
    }

    #[test]
    fn each_setting_does_something() {
        assert!(respond(&[("FUNCTION", "respond")]) == respond(&[]));
        assert_eq!(read(&[("FUNCTION", "sweep")]).unwrap().respond, None);
        assert_eq!(respond(&[("RESPONSE_MODE", "dry-run")]).mode, Mode::DryRun);
        for (text, severity) in [("0", 0.0), ("10", 10.0), ("4.5", 4.5)] {
            let read = respond(&[("MIN_SEVERITY", text)]).min_severity;
            assert!((read - severity).abs() < f64::EPSILON, "{text}");
        }
        assert!(
            respond(&[("ALWAYS_ACT_TYPES", "Recon:*")])
                .always_act
                .matches("Recon:IAMUser/TorIPCaller")
        );
        assert!(
            respond(&[("EXCLUDED_FINDING_TYPES", "PenTest:*")])
                .excluded
                .matches("PenTest:IAMUser/KaliLinux")
        );
        assert!(respond(&[("PROTECTED_USERS", "BreakGlass")]).protected.matches("BreakGlass"));
    }

    #[test]
    fn a_malformed_setting_is_named() {
        #[track_caller]
        fn check(name: &'static str, value: &str, expected: &str) {
            assert_eq!(
                read(&[(name, value)]),
                Err(format!("setting {name} is `{value}`: expected {expected}"))
            );
        }
        check("FUNCTION", "", "`respond` or `sweep`, or to be unset");
        check("FUNCTION", "Respond", "`respond` or `sweep`, or to be unset");
        check("RESPONSE_MODE", "", "`enforce` or `dry-run`");
        check("RESPONSE_MODE", "dryrun", "`enforce` or `dry-run`");
        for value in ["", "high", "-0.1", "10.1", "NaN", "inf", "7,0", "7.0 "] {
            check("MIN_SEVERITY", value, "a number from 0 to 10");
        }
        for name in ["ALWAYS_ACT_TYPES", "EXCLUDED_FINDING_TYPES"] {
            for value in ["a,", ",a", "a,,b", "a b", "a?", "a;b", "a\nb"] {
                check(name, value, TYPES);
            }
        }
        for value in ["Bob,", "Bob Smith", "B?b", "arn:aws:iam::123456789012:user/Bob", "*,"] {
            check("PROTECTED_USERS", value, USERS);
        }
    }

    #[test]
    fn a_function_reads_only_its_own_settings() {
        assert_eq!(
            read(&[("FUNCTION", "sweep"), ("MIN_SEVERITY", "high")]),
            Ok(Config { respond: None })
        );
    }

    #[test]
    fn globs() {
        #[track_caller]
        fn check(globs: &str, name: &str, expected: bool) {
            let globs = respond(&[("PROTECTED_USERS", globs)]).protected;
            assert_eq!(globs.matches(name), expected, "{name}");
        }
        check("Bob", "Bob", true);
        check("Bob", "bob", true);
        check("Bob", "Bobby", false);
        check("Bob", "xBob", false);
        check("Bob*", "Bobby", true);
        check("*-admin", "break-glass-admin", true);
        check("*-admin", "break-glass-admin2", false);
        check("a*b*c", "a-x-b-y-c", true);
        check("*", "anyone", true);
        check(" Alice , Bob ", "Bob", true);
        check("", "", false);
        check("  ", "Bob", false);
    }
}
