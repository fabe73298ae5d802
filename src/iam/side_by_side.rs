//! Concurrent work on many items.

use futures_util::{StreamExt, stream};

/// Does `work` on every item, on at most `at_once` items at a time, and returns the results in order.
///
/// An item that hangs takes only one place. (`buffered` would also keep the places of finished items
/// behind it.)
pub(crate) async fn side_by_side<T, R>(
    items: impl IntoIterator<Item = T>,
    at_once: usize,
    work: impl AsyncFn(T) -> R,
) -> Vec<R> {
    let work = &work;
    let items = stream::iter(items.into_iter().enumerate());
    let results = items.map(|(index, item)| async move { (index, work(item).await) });
    let mut results: Vec<_> = results.buffer_unordered(at_once).collect().await;
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, future::pending, time::Duration};

    use tokio::time::{sleep, timeout};

    use super::*;

    #[tokio::test]
    async fn results_keep_their_order() {
        let pauses = [30, 10, 20, 0];
        let results = side_by_side(pauses, 2, async |pause| {
            sleep(Duration::from_millis(pause)).await;
            pause
        });
        assert_eq!(results.await, pauses);
    }

    #[tokio::test]
    async fn one_that_hangs_holds_up_no_other() {
        let done = RefCell::new(Vec::new());
        let work = side_by_side(0..40, 2, async |number| match number {
            0 => pending().await,
            number => done.borrow_mut().push(number),
        });
        assert!(timeout(Duration::from_millis(100), work).await.is_err());
        assert_eq!(done.into_inner(), (1..40).collect::<Vec<_>>());
    }
}
