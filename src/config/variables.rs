//! The environment variables, each with its default: the one table of settings.

/// The variable of a setting, and its default.
#[derive(Clone, Copy)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) default: &'static str,
}

macro_rules! variables {
    ($($name:ident = $default:literal;)+) => {
        $(pub(super) const $name: Variable =
            Variable { name: stringify!($name), default: $default };)+

        /// Every setting by the name of its variable. Each but `FUNCTION`, which is a constant of each
        /// function, has a template parameter of the same name in `PascalCase`.
        pub const SETTINGS: &[&str] = &[$(stringify!($name)),+];
    };
}

// FUNCTION has no default. A function without it responds and sweeps.
variables! {
    FUNCTION = "";
    RESPONSE_MODE = "enforce";
    MIN_SEVERITY = "7.0";
    ALWAYS_ACT_TYPES = "";
    EXCLUDED_FINDING_TYPES = "";
    PROTECTED_USERS = "";
    TRUSTED_PRODUCTS = "aws/*";
    DEACTIVATE_QUARANTINED_USERS = "false";
    DEACTIVATE_NEW_KEYS = "false";
    DENY_SESSIONS = "DISABLED";
    EXEMPT_USERS = "";
    EXEMPT_PATHS = "";
    EXEMPT_GROUPS = "";
    EXEMPT_TAG = "key-deactivator:exempt-until";
    SWEEP_MODE = "dry-run";
    MAX_KEY_AGE_DAYS = "90";
    MAX_UNUSED_DAYS = "45";
    NOTICE_DAYS = "7";
    MAX_DEACTIVATION_PERCENT = "25";
    MAX_DEACTIVATIONS_PER_SWEEP = "25";
}
