//! Threads that each do whole jobs, such as trainings, side by side.
//!
//! Small models train faster side by side than one after the other with several threads each. The threads end with the call.
//! A job does not share its own work: what it calls should be told to use one thread.

use std::sync::{Mutex, PoisonError};

/// Calls `work` once with every number below `count`, on at most `threads` threads, and returns the results in this order.
///
/// Threads take the numbers in ascending order. The calling thread is one of them. A panic of a job reaches the caller.
pub(crate) fn side_by_side<R: Send>(threads: Option<usize>, count: usize, work: &(dyn Fn(usize) -> R + Sync)) -> Vec<R> {
    let mut results: Vec<Option<R>> = Vec::with_capacity(count);
    results.resize_with(count, || None);
    let shared = Mutex::new(&mut results);
    run(threads, count, &|job| {
        let result = work(job);
        shared.lock().unwrap_or_else(PoisonError::into_inner)[job] = Some(result);
    });
    let mut all = Vec::with_capacity(count);
    results.into_iter().for_each(|result| all.extend(result));
    all
}

/// Does what [`side_by_side`] does with jobs that can fail, and returns the first of their errors in the order of the numbers.
pub(crate) fn try_side_by_side<R: Send, E: Send>(
    threads: Option<usize>,
    count: usize,
    work: &(dyn Fn(usize) -> Result<R, E> + Sync),
) -> Result<Vec<R>, E> {
    let mut results = Vec::with_capacity(count);
    for result in side_by_side(threads, count, work) {
        results.push(result?);
    }
    Ok(results)
}

#[cfg(not(feature = "parallel"))]
fn run(_threads: Option<usize>, count: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..count).for_each(work);
}

#[cfg(feature = "parallel")]
fn run(threads: Option<usize>, count: usize, work: &(dyn Fn(usize) + Sync)) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    let next = AtomicUsize::new(0);
    let take = || {
        loop {
            let job = next.fetch_add(1, Ordering::Relaxed);
            if job >= count {
                return;
            }
            work(job);
        }
    };
    let threads = threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from)).min(count);
    thread::scope(|scope| {
        for _ in 1..threads {
            // If no thread can be started, the existing threads do the jobs.
            if thread::Builder::new().spawn_scoped(scope, take).is_err() {
                break;
            }
        }
        take();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_for_any_number_of_threads() {
        for threads in [None, Some(1), Some(2), Some(7)] {
            assert_eq!(side_by_side(threads, 20, &|job| job * job), (0..20).map(|job| job * job).collect::<Vec<_>>());
            assert!(side_by_side(threads, 0, &|job| job).is_empty());
        }
    }
}
