//! The account that `events/` speak of.

use fake_aws::iam::{Key, User, World};

use super::days_ago;

/// All keys are Active, and none is stale but Alice's. A key that it does not have is denied, as IAM
/// does it.
pub(crate) fn world() -> World {
    let key = |id| Key::new(id).created(days_ago(1));
    let stale = Key::new("AKIAIALICE7EXAMPLE22").created(days_ago(400));
    World::new()
        .with(User::new("Alice").id("AIDAIALICEEXAMPLE2222").key(stale))
        .with(User::new("Bob").key(key("AKIAIOSFODNN7EXAMPLE")).key(key("AKIAI44QH8DHBEXAMPLE")))
        .with(User::new("BreakGlass").key(key("AKIAIBREAKGLASS22222")))
        .with(User::new("Carol").path("/service/").key(key("AKIAICAROL7EXAMPLE22")))
        .with(User::new("Dave").key(key("AKIARZPUZDIKKEXAMPLE")))
        .denying_unknown_keys()
}
