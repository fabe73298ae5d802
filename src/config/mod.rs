//! The settings: environment variables, read once at start. Anything malformed stops the start.

mod setting;

use serde::Serialize;

use crate::error::SettingError;
pub use setting::Globs;
use setting::Setting;

/// Every setting by the name of its variable. Each but `FUNCTION`, which is a constant of each
/// function, is also a template parameter of the same name in `PascalCase`.
pub const SETTINGS: &[&str] = &[
    "FUNCTION",
    "RESPONSE_MODE",
    "MIN_SEVERITY",
    "ALWAYS_ACT_TYPES",
    "EXCLUDED_FINDING_TYPES",
    "PROTECTED_USERS",
    "TRUSTED_PRODUCTS",
    "DEACTIVATE_QUARANTINED_USERS",
    "DEACTIVATE_NEW_KEYS",
    "EXEMPT_USERS",
    "EXEMPT_PATHS",
];

/// What this function does, and how.
#[derive(Debug, PartialEq)]
pub struct Config {
    /// How to respond to compromised keys; `None` in a function that leaves this to another.
    pub respond: Option<Respond>,
    /// Whether stale keys are looked at.
    pub sweeps: bool,
    /// The products, as `company/product`, whose findings Security Hub may pass on to be acted on.
    pub trusted_products: Globs,
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
    /// Whether all keys of a user are deactivated when AWS quarantines the user.
    pub quarantined_users: bool,
    /// Whether keys are deactivated as soon as they are created, in an account that does without.
    pub new_keys: bool,
    /// Whose keys may be created all the same.
    pub exempt: Exempt,
}

/// Users who are exempt from hygiene. A compromise knows no such exemption.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exempt {
    /// By name.
    pub users: Globs,
    /// By the beginning of their path, such as `/service/`.
    pub paths: Vec<String>,
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
            lookup(name).map(|value| Setting::new(name, value.unwrap_or(default.to_owned())))
        };
        let (responds, sweeps) = match lookup("FUNCTION")?.as_deref() {
            None => (true, true),
            Some("respond") => (true, false),
            Some("sweep") => (false, true),
            Some(other) => {
                let expected = "`respond` or `sweep`, or to be unset";
                return Err(SettingError::new("FUNCTION", other, expected));
            }
        };
        let exempt = || {
            let users = get("EXEMPT_USERS", "")?.user_globs()?;
            Ok(Exempt { users, paths: get("EXEMPT_PATHS", "")?.path_prefixes()? })
        };
        let respond = || {
            Ok(Respond {
                mode: get("RESPONSE_MODE", "enforce")?.mode()?,
                min_severity: get("MIN_SEVERITY", "7.0")?.severity()?,
                always_act: get("ALWAYS_ACT_TYPES", "")?.type_globs()?,
                excluded: get("EXCLUDED_FINDING_TYPES", "")?.type_globs()?,
                protected: get("PROTECTED_USERS", "")?.user_globs()?,
                quarantined_users: get("DEACTIVATE_QUARANTINED_USERS", "false")?.flag()?,
                new_keys: get("DEACTIVATE_NEW_KEYS", "false")?.flag()?,
                exempt: exempt()?,
            })
        };
        Ok(Self {
            respond: responds.then(respond).transpose()?,
            sweeps,
            trusted_products: get("TRUSTED_PRODUCTS", "aws/*")?.product_globs()?,
        })
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
        assert_eq!((defaults.quarantined_users, defaults.new_keys), (false, false));
        assert_eq!(defaults.exempt, Exempt::default());
        let trusted = read(&[]).unwrap().trusted_products;
        assert!(trusted.matches("aws/guardduty") && !trusted.matches("123456789012/default"));
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
        assert!(respond(&[("DEACTIVATE_QUARANTINED_USERS", "true")]).quarantined_users);
        assert!(respond(&[("DEACTIVATE_NEW_KEYS", "true")]).new_keys);
        assert!(respond(&[("EXEMPT_USERS", "ci-*")]).exempt.users.matches("ci-main"));
        assert_eq!(respond(&[("EXEMPT_PATHS", "/a/, /b/")]).exempt.paths, ["/a/", "/b/"]);
        let trusted = read(&[("TRUSTED_PRODUCTS", "acme/scanner")]).unwrap().trusted_products;
        assert!(trusted.matches("acme/scanner") && !trusted.matches("aws/guardduty"));
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
                let expected = "finding types separated by commas, with `*` as wildcard";
                check(name, value, expected);
            }
        }
        for name in ["PROTECTED_USERS", "EXEMPT_USERS"] {
            for value in ["Bob,", "Bob Smith", "B?b", "arn:aws:iam::123456789012:user/Bob", "*,"] {
                let expected = "user names separated by commas, with `*` as wildcard";
                check(name, value, expected);
            }
        }
        for value in ["aws/*,", "a;b", "?"] {
            let expected =
                "products such as `aws/guardduty` separated by commas, with `*` as wildcard";
            check("TRUSTED_PRODUCTS", value, expected);
        }
        for name in ["DEACTIVATE_QUARANTINED_USERS", "DEACTIVATE_NEW_KEYS"] {
            for value in ["", "yes", "True", "1"] {
                check(name, value, "`true` or `false`");
            }
        }
        for value in ["service/", "/a/,", "/a/,b", "/*/", "/a b/"] {
            check("EXEMPT_PATHS", value, "paths that begin with `/`, separated by commas");
        }
    }

    #[test]
    fn a_function_reads_only_its_own_settings() {
        let sweep = read(&[("FUNCTION", "sweep"), ("MIN_SEVERITY", "high")]).unwrap();
        assert!(sweep.respond.is_none() && sweep.sweeps);
        assert!(!read(&[("FUNCTION", "respond")]).unwrap().sweeps);
        assert!(read(&[]).unwrap().sweeps);
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
