//! Keys that IAM does not know, or says so of.

use fake_aws::iam::{BROKEN, Fault, FaultKind, World};
use iam_key_deactivator::outcome::Reason;

use super::{
    BOB,
    Call::{List, Owner, Update},
    call, left_active, world,
};

#[test]
fn a_key_that_is_gone_is_believed_gone_only_after_the_update() {
    const GONE: &str = "AKIAIDELETED2EXAMPLE";
    call(GONE, Some("Bob")).ends(
        "AKIAIDELETED2EXAMPLE of Bob: NotFound",
        &[List, Owner, Update, Owner],
        &[],
    );
    // Without a user no update can be sent: that it is gone cannot be known.
    call(GONE, None).ends(&left_active(GONE, &Reason::NoOwner), &[Owner], &[]);
}

#[test]
fn a_denied_look_up_tells_that_a_key_is_gone_only_in_bare_words() {
    const GONE: &str = "AKIAIDELETED2EXAMPLE";
    let bare = || world().denying_unknown_keys();
    let gone = |user: &str| format!("AKIAIDELETED2EXAMPLE{user}: NotFound, attention");
    call(GONE, None).world(bare()).ends(&gone(""), &[Owner], &[]);
    call(GONE, Some("Bob")).world(bare()).ends(
        &gone(" of Bob"),
        &[List, Owner, Update, Owner],
        &[],
    );
    call(GONE, Some("Mallory")).world(bare()).ends(
        &gone(" of Mallory"),
        &[List, Owner, Update, Owner],
        &[],
    );
    // The list could not be read: the key may be there, under this user or another.
    let unread = Fault::always("ListAccessKeys", BROKEN);
    call(GONE, Some("Bob")).world(bare()).fault(unread).ends(
        &left_active("AKIAIDELETED2EXAMPLE of Bob", &Reason::GoneUnlisted),
        &[List, Owner, Update, Owner],
        &[],
    );
    let failed = "KeyLeftActive: a key may still be active: AKIAIDELETED2EXAMPLE: Failed \
                  (iam:GetAccessKeyLastUsed failed: AccessDenied (the function's role may lack \
                  iam:GetAccessKeyLastUsed))";
    for more in [
        "",
        "not authorized to perform: iam:GetAccessKeyLastUsed",
        "not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key AKIAIOSFODNN7EXAMPLE",
        "not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key \
         AKIAIDELETED2EXAMPLE because no identity-based policy allows the action",
        "not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key \
         AKIAIDELETED2EXAMPLE with an explicit deny in a service control policy",
        "not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key XAKIAIDELETED2EXAMPLE",
    ] {
        let denied = Fault::always("GetAccessKeyLastUsed", FaultKind::Denied(more));
        call(GONE, None).fault(denied).ends(failed, &[Owner], &[]);
    }
}

#[test]
fn a_key_that_iam_shows_is_not_believed_gone() {
    let failed = left_active("AKIAIOSFODNN7EXAMPLE of Bob", &Reason::Contradiction);
    let lags = || FaultKind::Stale(World::new());
    call(BOB, Some("Bob")).fault(Fault::always("UpdateAccessKey", lags())).ends(
        &failed,
        &[List, Update, Owner, Update],
        &[],
    );
    call(BOB, Some("Bob"))
        .fault(Fault::always("UpdateAccessKey", lags()))
        .fault(Fault::always("GetAccessKeyLastUsed", lags()))
        .ends(&failed, &[List, Update, Owner], &[]);
    call(BOB, Some("Bob")).fault(Fault::once("UpdateAccessKey", lags())).ends(
        "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated",
        &[List, Update, Owner, Update, List],
        &[BOB],
    );
}

#[test]
fn a_key_whose_owner_iam_names_is_not_believed_gone() {
    let lags = || FaultKind::Stale(World::new());
    let gone = Fault { skip: 1, ..Fault::always("GetAccessKeyLastUsed", lags()) };
    call(BOB, None).fault(Fault::always("UpdateAccessKey", lags())).fault(gone).ends(
        &left_active("AKIAIOSFODNN7EXAMPLE of Bob", &Reason::Contradiction),
        &[Owner, List, Update, Owner],
        &[],
    );
}
