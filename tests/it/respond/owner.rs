//! Whose key it is: IAM's word counts, not the event's.

use fake_aws::iam::{BROKEN, DENIED, Fault, FaultKind, Status::Active, THROTTLED, World};

use super::{
    BOB, BREAK_GLASS,
    Call::{Again, List, Owner, Update},
    FOREIGN, call, world,
};

#[test]
fn the_key_decides_not_the_user_that_the_event_names() {
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated";
    call(BOB, Some("Mallory")).ends(done, &[List, Owner, List, Update, List], &[BOB]);
    call(BOB, Some("Alice")).ends(done, &[List, Owner, List, Update, List], &[BOB]);
    call(BOB, Some("Bob&Status=Active\n")).ends(done, &[Owner, List, Update, List], &[BOB]);
    // The owner cannot be had before the update, but after it.
    call(BOB, Some("Mallory")).fault(Fault::once("GetAccessKeyLastUsed", THROTTLED)).ends(
        done,
        &[List, Owner, Update, Owner, Update, List],
        &[BOB],
    );
}

#[test]
fn without_a_user_the_owner_is_asked_for_until_it_is_known() {
    let twice = |kind| Fault { times: 2, ..Fault::once("GetAccessKeyLastUsed", kind) };
    call(BOB, None).fault(twice(THROTTLED)).ends(
        "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated",
        &[Owner, Owner, Owner, List, Update, List],
        &[BOB],
    );
    call(BOB, None).fault(Fault::always("GetAccessKeyLastUsed", DENIED)).ends(
        "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE: Failed \
         (iam:GetAccessKeyLastUsed failed: AccessDenied (the function's role may lack \
         iam:GetAccessKeyLastUsed))",
        &[Owner],
        &[],
    );
}

#[test]
fn an_owner_without_a_name_is_not_the_root_user() {
    const UNNAMED: &str = "<GetAccessKeyLastUsedResponse><GetAccessKeyLastUsedResult><UserName></UserName>\
        <AccessKeyLastUsed><ServiceName>N/A</ServiceName><Region>N/A</Region></AccessKeyLastUsed>\
        </GetAccessKeyLastUsedResult></GetAccessKeyLastUsedResponse>";
    let unnamed = FaultKind::Odd { status: 200, body: UNNAMED };
    call(BOB, None).fault(Fault::always("GetAccessKeyLastUsed", unnamed)).ends(
        "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE: Failed \
         (iam:GetAccessKeyLastUsed failed: InvalidResponse)",
        &[Owner],
        &[],
    );
}

#[test]
fn the_break_glass_list_holds_for_the_true_owner() {
    let left = "URGENT: AKIAIBREAKGLASS22222 of BreakGlass: Protected";
    call(BREAK_GLASS, Some("BreakGlass")).ends(left, &[List], &[]);
    call(BREAK_GLASS, None).ends(left, &[Owner, List], &[]);
    // Renamed since, or named wrongly.
    call(BREAK_GLASS, Some("Mallory")).ends(left, &[List, Owner, List], &[]);
    call(BREAK_GLASS, Some("Bob")).ends(left, &[List, Owner, List], &[]);
    let unread = |action| Fault::once(action, DENIED);
    call(BREAK_GLASS, Some("Bob")).fault(unread("ListAccessKeys")).ends(
        left,
        &[List, Owner, List],
        &[],
    );
    call(BREAK_GLASS, Some("Bob")).fault(unread("GetAccessKeyLastUsed")).ends(
        left,
        &[List, Owner, Update, Owner],
        &[],
    );
    // A key that is only said to be of a protected user is not protected by that.
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated";
    call(BOB, Some("BreakGlass")).ends(done, &[List, Owner, List, Update, List], &[BOB]);
    let once = Fault::once("GetAccessKeyLastUsed", THROTTLED);
    call(BOB, Some("BreakGlass")).fault(once).ends(
        done,
        &[List, Owner, Owner, List, Update, List],
        &[BOB],
    );
    call(BOB, Some("BreakGlass")).fault(Fault::always("GetAccessKeyLastUsed", BROKEN)).ends(
        "KeyLeftActive: a key may still be active: AKIAIOSFODNN7EXAMPLE: Failed \
         (iam:GetAccessKeyLastUsed failed: ServiceFailure)",
        &[List, Owner, Again],
        &[],
    );
}

#[test]
fn another_accounts_key_is_left_alone() {
    let foreign = "AKIATCH6YDSY2EXAMPLE: ForeignAccount";
    call(FOREIGN, Some("Erin")).ends(foreign, &[Owner], &[]);
    call(FOREIGN, None).world(world().denying_unknown_keys()).ends(foreign, &[Owner], &[]);
    // The encoding is no authority: a key that IAM knows is ours after all.
    call(FOREIGN, None).world(World::new().user("Erin", &[(FOREIGN, Active)])).ends(
        "AKIATCH6YDSY2EXAMPLE of Erin: Deactivated",
        &[Owner, List, Update, List],
        &[FOREIGN],
    );
    // No answer is not an answer.
    call(FOREIGN, None).fault(Fault::always("GetAccessKeyLastUsed", BROKEN)).ends(
        "KeyLeftActive: a key may still be active: AKIATCH6YDSY2EXAMPLE: Failed \
         (iam:GetAccessKeyLastUsed failed: ServiceFailure)",
        &[Owner, Again],
        &[],
    );
}
