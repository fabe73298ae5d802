//! Lists in pages: `MaxItems`, `Marker`, `IsTruncated`.

use std::ops::Bound;

use data_encoding::BASE64;

use super::answer::Answer;
use super::operations::invalid;
use super::{Request, World};

/// What part of a list is asked for.
pub(super) struct Page {
    after: Option<String>,
    size: usize,
}

impl Page {
    pub(super) fn asked(world: &World, request: &Request) -> Result<Self, Answer> {
        let size = request.max_items.as_deref().unwrap_or("100");
        let parsed = size.parse().ok().filter(|size| (1..=1000).contains(size));
        let parsed = parsed.ok_or_else(|| invalid("maxItems", size))?;
        let after = request.marker.as_deref().map(decoded).transpose()?;
        Ok(Self { after, size: world.page_size.map_or(parsed, |most| parsed.min(most)) })
    }

    /// Where in the whole list it begins.
    pub(super) fn range(&self) -> (Bound<&str>, Bound<&str>) {
        (self.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
    }

    /// The members of this page, and the elements that say whether there are more.
    pub(super) fn of<'a, T>(
        &self,
        mut items: impl Iterator<Item = (&'a String, T)>,
        member: impl Fn(T) -> String,
    ) -> (String, String) {
        let mut last = None;
        let mut members = String::new();
        for (name, item) in items.by_ref().take(self.size) {
            members += &member(item);
            last = Some(name);
        }
        let end = match last.filter(|_| items.next().is_some()) {
            Some(name) => {
                let marker = BASE64.encode(name.as_bytes());
                format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>")
            }
            None => "<IsTruncated>false</IsTruncated>".to_owned(),
        };
        (members, end)
    }
}

fn decoded(marker: &str) -> Result<String, Answer> {
    let name = BASE64.decode(marker.as_bytes()).ok();
    name.and_then(|name| String::from_utf8(name).ok()).ok_or_else(|| invalid("marker", marker))
}
