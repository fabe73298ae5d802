//! The settings: environment variables, read once at start. A malformed value stops the start.

mod setting;
mod variables;

use serde::Serialize;

use crate::ids::{PolicyArn, UserName};

use setting::Setting;
pub use setting::{Globs, SettingError};
pub use variables::SETTINGS;

/// What this function does, and how.
#[derive(Debug, PartialEq)]
pub struct Config {
    /// How to respond to compromised keys. `None` in a function that does not respond.
    pub respond: Option<RespondSettings>,
    /// How to sweep. `None` in a function that does not sweep.
    pub sweep: Option<SweepSettings>,
    /// How to activate keys again. `None` in a function that does not activate.
    pub activate: Option<ActivateSettings>,
    /// The products, as `company/product`, whose findings from Security Hub are acted on.
    /// `TRUSTED_PRODUCTS`, by default `aws/*`.
    pub trusted_products: Globs,
}

/// The settings of the respond path.
#[derive(Clone, Debug, PartialEq)]
pub struct RespondSettings {
    /// Whether keys are changed. `RESPONSE_MODE`, by default `enforce`.
    pub mode: Mode,
    /// The lowest severity that is acted on, on GuardDuty's scale of 0 to 10. `MIN_SEVERITY`, by default
    /// 7.0.
    pub min_severity: f64,
    /// Finding types that are acted on whatever their severity. `ALWAYS_ACT_TYPES`, by default none.
    pub always_act: Globs,
    /// Finding types that are never acted on. `EXCLUDED_FINDING_TYPES`, by default none.
    pub excluded: Globs,
    /// The break-glass list: users whose keys are left active even when compromised. `PROTECTED_USERS`, by
    /// default nobody.
    pub protected: Globs,
    /// Whether all keys of a user are deactivated when AWS quarantines the user.
    /// `DEACTIVATE_QUARANTINED_USERS`, by default `false`.
    pub quarantined_users: bool,
    /// Whether keys are deactivated as soon as they are created, in an account without long-lived keys.
    /// `DEACTIVATE_NEW_KEYS`, by default `false`.
    pub new_keys: bool,
    /// The managed policy that is attached to the user of a compromised key. It denies the user's
    /// sessions. `DENY_SESSIONS`, by default `DISABLED`: no policy is attached.
    pub deny_sessions: Option<PolicyArn>,
    /// Users who may create keys anyway.
    pub exempt: Exempt,
}

/// The settings of the sweep, and of a check of a single user.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepSettings {
    /// Whether keys and tags are changed. `SWEEP_MODE`, by default `dry-run`.
    pub mode: Mode,
    /// A key is too old from this many days after its creation; 0 turns the rule off.
    /// `MAX_KEY_AGE_DAYS`, by default 90.
    pub max_key_age_days: u32,
    /// A key is unused from this many days after its last use, or after its creation if it was never
    /// used; 0 turns the rule off. `MAX_UNUSED_DAYS`, by default 45.
    pub max_unused_days: u32,
    /// How many days before its deactivation a key is given notice; 0 means no notice. `NOTICE_DAYS`, by
    /// default 7.
    pub notice_days: u32,
    /// The break-glass list: these users are exempt here as well. `PROTECTED_USERS`, by default nobody.
    pub protected: Globs,
    /// Users whose keys may be old or unused.
    pub exempt: Exempt,
    /// The members of these groups are exempt as well. `EXEMPT_GROUPS`, by default none.
    pub exempt_groups: Vec<String>,
    /// The tag that says until which day its user is exempt. `EXEMPT_TAG`, by default
    /// `key-deactivator:exempt-until`.
    pub exempt_tag: String,
    /// A sweep that would deactivate more than this part of the active keys is refused.
    /// `MAX_DEACTIVATION_PERCENT`, by default 25.
    pub max_deactivation_percent: u32,
    /// How many keys one sweep deactivates at most. `MAX_DEACTIVATIONS_PER_SWEEP`, by default 25.
    pub max_deactivations: usize,
}

/// The settings of the activate function.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivateSettings {
    /// The policy that denies the sessions of a user whose key was deactivated. `None` if this stack
    /// attaches none. `DENY_SESSIONS`, by default `DISABLED`.
    pub deny_sessions: Option<PolicyArn>,
}

/// Users who are exempt from hygiene. These exemptions do not apply to compromised keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exempt {
    /// By name. `EXEMPT_USERS`, by default nobody.
    pub users: Globs,
    /// By the beginning of their path, such as `/service/`. `EXEMPT_PATHS`, by default none.
    pub paths: Vec<String>,
}

impl Exempt {
    /// The setting that exempts this user from hygiene, if any. The break-glass list exempts as well.
    #[must_use]
    pub fn setting_for(
        &self,
        user: &UserName,
        path: Option<&str>,
        protected: &Globs,
    ) -> Option<&'static str> {
        if protected.matches(user.as_str()) {
            Some("ProtectedUsers")
        } else if self.users.matches(user.as_str()) {
            Some("ExemptUsers")
        } else if path.is_some_and(|path| self.paths.iter().any(|it| path.starts_with(it))) {
            Some("ExemptPaths")
        } else {
            None
        }
    }
}

/// Whether keys are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Keys are deactivated.
    Enforce,
    /// The same path, up to the call that changes a key. The report says what would be done.
    DryRun,
}

impl Mode {
    /// A dry run if either of the two is one.
    #[must_use]
    pub fn safer(self, other: Self) -> Self {
        if other == Self::DryRun { Self::DryRun } else { self }
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

    /// Reads each setting through `lookup`. A function reads only its own settings. A bad value of
    /// another function's setting cannot stop it.
    ///
    /// # Errors
    /// [`SettingError`] for the first setting that is malformed.
    pub fn read(
        lookup: impl Fn(&'static str) -> Result<Option<String>, SettingError>,
    ) -> Result<Self, SettingError> {
        let get = |variables::Variable { name, default }| {
            lookup(name).map(|value| Setting::new(name, value.unwrap_or(default.to_owned())))
        };
        // A function without FUNCTION never activates.
        let (responds, sweeps, activates) = match lookup(variables::FUNCTION.name)?.as_deref() {
            None => (true, true, false),
            Some("respond") => (true, false, false),
            Some("sweep") => (false, true, false),
            Some("activate") => (false, false, true),
            Some(other) => {
                let expected = "`respond`, `sweep` or `activate`, or to be unset";
                return Err(SettingError::new(variables::FUNCTION.name, other, expected));
            }
        };
        let exempt = || {
            let users = get(variables::EXEMPT_USERS)?.user_globs()?;
            Ok(Exempt { users, paths: get(variables::EXEMPT_PATHS)?.path_prefixes()? })
        };
        let respond = || {
            Ok(RespondSettings {
                mode: get(variables::RESPONSE_MODE)?.mode()?,
                min_severity: get(variables::MIN_SEVERITY)?.severity()?,
                always_act: get(variables::ALWAYS_ACT_TYPES)?.type_globs()?,
                excluded: get(variables::EXCLUDED_FINDING_TYPES)?.type_globs()?,
                protected: get(variables::PROTECTED_USERS)?.user_globs()?,
                quarantined_users: get(variables::DEACTIVATE_QUARANTINED_USERS)?.flag()?,
                new_keys: get(variables::DEACTIVATE_NEW_KEYS)?.flag()?,
                deny_sessions: get(variables::DENY_SESSIONS)?.policy()?,
                exempt: exempt()?,
            })
        };
        let sweep = || {
            let max_key_age_days = get(variables::MAX_KEY_AGE_DAYS)?.number(0..=3650)?;
            let unused = get(variables::MAX_UNUSED_DAYS)?;
            let max_unused_days = unused.number(0..=3650)?;
            if max_key_age_days == 0 && max_unused_days == 0 {
                return Err(unused.malformed("more than 0 where MAX_KEY_AGE_DAYS is 0 as well"));
            }
            let percent = get(variables::MAX_DEACTIVATION_PERCENT)?.number(1..=100)?;
            let per_sweep = get(variables::MAX_DEACTIVATIONS_PER_SWEEP)?.number(1..=10_000)?;
            Ok(SweepSettings {
                mode: get(variables::SWEEP_MODE)?.mode()?,
                max_key_age_days,
                max_unused_days,
                notice_days: get(variables::NOTICE_DAYS)?.number(0..=365)?,
                protected: get(variables::PROTECTED_USERS)?.user_globs()?,
                exempt: exempt()?,
                exempt_groups: get(variables::EXEMPT_GROUPS)?.groups()?,
                exempt_tag: get(variables::EXEMPT_TAG)?.tag_key()?,
                max_deactivation_percent: percent,
                max_deactivations: usize::try_from(per_sweep).unwrap_or(usize::MAX),
            })
        };
        let activate =
            || Ok(ActivateSettings { deny_sessions: get(variables::DENY_SESSIONS)?.policy()? });
        let trusted = || get(variables::TRUSTED_PRODUCTS)?.product_globs();
        Ok(Self {
            respond: responds.then(respond).transpose()?,
            sweep: sweeps.then(sweep).transpose()?,
            activate: activates.then(activate).transpose()?,
            trusted_products: (!activates).then(trusted).transpose()?.unwrap_or_default(),
        })
    }

    /// Whether this function acts on findings. The activate function only takes direct calls.
    #[must_use]
    pub fn reads_findings(&self) -> bool {
        self.respond.is_some() || self.sweep.is_some()
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

    fn sweep(settings: &[(&str, &str)]) -> SweepSettings {
        read(settings).unwrap().sweep.unwrap()
    }

    fn respond(settings: &[(&str, &str)]) -> RespondSettings {
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
        assert_eq!(defaults.deny_sessions, None);
        assert_eq!(defaults.exempt, Exempt::default());
        let sweep = sweep(&[]);
        assert_eq!(sweep.mode, Mode::DryRun);
        assert_eq!((sweep.max_key_age_days, sweep.max_unused_days), (90, 45));
        assert_eq!(sweep.notice_days, 7);
        assert_eq!(sweep.exempt_tag, "key-deactivator:exempt-until");
        assert_eq!((sweep.max_deactivation_percent, sweep.max_deactivations), (25, 25));
        let trusted = read(&[]).unwrap().trusted_products;
        assert!(trusted.matches("aws/guardduty") && !trusted.matches("123456789012/default"));
    }

    #[test]
    fn each_setting_does_something() {
        assert!(respond(&[("FUNCTION", "respond")]) == respond(&[]));
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
        let policy = "arn:aws:iam::123456789012:policy/DenySessions";
        let denied = respond(&[("DENY_SESSIONS", policy)]).deny_sessions;
        assert_eq!(denied.as_ref().map(PolicyArn::as_str), Some(policy));
        assert!(respond(&[("EXEMPT_USERS", "ci-*")]).exempt.users.matches("ci-main"));
        assert_eq!(respond(&[("EXEMPT_PATHS", "/a/, /b/")]).exempt.paths, ["/a/", "/b/"]);
        let set = |name, value| sweep(&[(name, value)]);
        assert_eq!(set("SWEEP_MODE", "enforce").mode, Mode::Enforce);
        assert_eq!(set("MAX_KEY_AGE_DAYS", "365").max_key_age_days, 365);
        assert_eq!(set("MAX_UNUSED_DAYS", "0").max_unused_days, 0);
        assert_eq!(set("NOTICE_DAYS", "0").notice_days, 0);
        assert_eq!(set("EXEMPT_TAG", "team:exempt").exempt_tag, "team:exempt");
        assert_eq!(set("EXEMPT_GROUPS", "a, b").exempt_groups, ["a", "b"]);
        assert!(set("EXEMPT_USERS", "ci-*").exempt.users.matches("ci-main"));
        assert_eq!(set("EXEMPT_PATHS", "/a/").exempt.paths, ["/a/"]);
        assert!(set("PROTECTED_USERS", "BreakGlass").protected.matches("BreakGlass"));
        assert_eq!(set("MAX_DEACTIVATION_PERCENT", "100").max_deactivation_percent, 100);
        assert_eq!(set("MAX_DEACTIVATIONS_PER_SWEEP", "1").max_deactivations, 1);
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
        check("FUNCTION", "", "`respond`, `sweep` or `activate`, or to be unset");
        check("FUNCTION", "Respond", "`respond`, `sweep` or `activate`, or to be unset");
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
        for value in ["", "ENABLED", "disabled", "arn:aws:iam::aws:policy/AWSDenyAll"] {
            check("DENY_SESSIONS", value, "`DISABLED` or the ARN of a customer managed policy");
        }
        for (name, least, most) in [
            ("MAX_KEY_AGE_DAYS", 0, 3650),
            ("MAX_UNUSED_DAYS", 0, 3650),
            ("NOTICE_DAYS", 0, 365),
            ("MAX_DEACTIVATION_PERCENT", 1, 100),
            ("MAX_DEACTIVATIONS_PER_SWEEP", 1, 10_000),
        ] {
            let expected = format!("a whole number from {least} to {most}");
            for value in ["", "many", "1.5", "-1", "1 ", &(most + 1).to_string()] {
                check(name, value, &expected);
            }
            assert!(read(&[(name, &most.to_string())]).is_ok(), "{name}");
            assert!(read(&[(name, &least.to_string())]).is_ok(), "{name}");
        }
        check("MAX_DEACTIVATION_PERCENT", "0", "a whole number from 1 to 100");
        check("MAX_DEACTIVATIONS_PER_SWEEP", "0", "a whole number from 1 to 10000");
        check("SWEEP_MODE", "on", "`enforce` or `dry-run`");
        for value in ["a,", "a b", "*"] {
            check("EXEMPT_GROUPS", value, "group names separated by commas");
        }
        let expected = "a tag key of at most 128 characters that does not begin with `key-deactivator:notice:`";
        for value in ["", "a;b", &"a".repeat(129), "key-deactivator:notice:x"] {
            check("EXEMPT_TAG", value, expected);
        }
        assert_eq!(
            read(&[("MAX_KEY_AGE_DAYS", "0"), ("MAX_UNUSED_DAYS", "0")]),
            Err(
                "setting MAX_UNUSED_DAYS is `0`: expected more than 0 where MAX_KEY_AGE_DAYS is 0 \
                 as well"
                    .to_owned()
            )
        );
        for value in ["service/", "/a/,", "/a/,b", "/*/", "/a b/"] {
            check("EXEMPT_PATHS", value, "paths that begin with `/`, separated by commas");
        }
    }

    #[test]
    fn a_function_reads_only_its_own_settings() {
        let sweep = read(&[("FUNCTION", "sweep"), ("MIN_SEVERITY", "high")]).unwrap();
        assert!(sweep.respond.is_none() && sweep.sweep.is_some());
        let respond = read(&[("FUNCTION", "respond"), ("MAX_UNUSED_DAYS", "many")]).unwrap();
        assert!(respond.respond.is_some() && respond.sweep.is_none());
        let both = read(&[]).unwrap();
        assert!(both.respond.is_some() && both.sweep.is_some() && both.activate.is_none());
        let bad = [("FUNCTION", "activate"), ("MIN_SEVERITY", "high"), ("TRUSTED_PRODUCTS", "?")];
        let activate = read(&bad).unwrap();
        assert!(activate.activate.is_some() && !activate.reads_findings());
    }

    #[test]
    fn the_activate_function_detaches_what_the_respond_function_attaches() {
        let policy = "arn:aws:iam::123456789012:policy/stack-SessionPolicy";
        let read = |set: &[(&str, &str)]| {
            let activate: Vec<_> = [("FUNCTION", "activate")].iter().chain(set).copied().collect();
            (read(&activate).unwrap().activate.unwrap().deny_sessions, respond(set).deny_sessions)
        };
        assert_eq!(read(&[]), (None, None));
        let found = read(&[("DENY_SESSIONS", policy)]);
        assert_eq!(found, (PolicyArn::parse(policy), PolicyArn::parse(policy)));
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
