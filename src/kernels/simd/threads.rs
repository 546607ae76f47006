//! Threads that share the work of one call.
//!
//! A call such as `fit` sets the number of its threads with [`with_threads`]. Threads are started when a piece of work is large
//! enough to be shared, so that a small model never waits for threads; they end with the call. Work is divided into pieces that
//! write to different memory and do not depend on the thread that takes them, so that results have the same bits for any number
//! of threads.
//!
//! Threads take the pieces of a job one by one, and so does the caller: if other programs keep the cores busy, the caller
//! does most of the pieces itself. Idle threads look for work for some microseconds and then sleep.

#[cfg(feature = "parallel")]
pub(crate) use team::with_threads;

#[cfg(not(feature = "parallel"))]
pub(crate) fn with_threads<R>(_threads: Option<usize>, call: impl FnOnce() -> R) -> R {
    call()
}

/// Calls `work` once with every number below `count`, in any order and on any thread.
pub(crate) fn share(count: usize, work: impl Fn(usize) + Sync) {
    #[cfg(feature = "parallel")]
    if count > 1 && team::share(count, &work) {
        return;
    }
    (0..count).for_each(work);
}

/// Returns the number of threads that may work for the current call, including the calling thread.
pub(crate) fn available() -> usize {
    #[cfg(feature = "parallel")]
    return team::available();
    #[cfg(not(feature = "parallel"))]
    1
}

/// Calls `work` with the number of each chunk of this length and the chunk; the last chunk may be shorter.
pub(crate) fn share_chunks<T: Send>(values: &mut [T], length: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let parts = Parts::new(values);
    share(parts.length.div_ceil(length.max(1)), |number| {
        // SAFETY: each number is taken once, and chunks of different numbers do not overlap.
        work(number, unsafe { parts.get(number * length, length) });
    });
}

/// A slice whose parts several threads may use at once.
#[derive(Debug)]
pub(crate) struct Parts<T> {
    first: *mut T,
    length: usize,
}

// SAFETY: the parts are slices of `T`, which is `Send`; the callers of `get` ensure that they do not overlap.
unsafe impl<T: Send> Sync for Parts<T> {}

// SAFETY: the parts are slices of `T`, which is `Send`.
unsafe impl<T: Send> Send for Parts<T> {}

impl<T> Parts<T> {
    pub(crate) fn new(values: &mut [T]) -> Self {
        Self { first: values.as_mut_ptr(), length: values.len() }
    }

    /// Returns another handle of this slice.
    pub(crate) fn again(&self) -> Self {
        Self { ..*self }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Returns a pointer to the first value.
    pub(crate) fn pointer(&self) -> *mut T {
        self.first
    }

    /// Returns up to `length` values from `first` on.
    ///
    /// # Safety
    ///
    /// The slice must still be borrowed, and no other part in use may contain any of these values.
    pub(crate) unsafe fn get<'a>(&self, first: usize, length: usize) -> &'a mut [T] {
        let first = first.min(self.length);
        // SAFETY: the range is within the slice; the rest is guaranteed by the caller.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(first), length.min(self.length - first)) }
    }
}

#[cfg(feature = "parallel")]
mod team {
    use std::cell::RefCell;
    use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock};
    use std::thread::{self, JoinHandle, Thread};

    thread_local! {
        /// The threads of the current call on this thread.
        static TEAM: RefCell<Option<Team>> = const { RefCell::new(None) };
    }

    /// Runs a call with at most `threads` threads (default: the number of threads that this process may use at once).
    pub(crate) fn with_threads<R>(threads: Option<usize>, call: impl FnOnce() -> R) -> R {
        /// Restores the team of an outer call, even if the call panics.
        struct Restore(Option<Team>);
        impl Drop for Restore {
            fn drop(&mut self) {
                TEAM.set(self.0.take());
            }
        }
        let _restore = Restore(TEAM.replace(Some(Team::new(threads))));
        call()
    }

    pub(crate) fn available() -> usize {
        TEAM.with(|team| team.try_borrow().ok().and_then(|team| team.as_ref().map(Team::size)).unwrap_or(1))
    }

    /// Shares the work with the team; returns false if there is no team, or if the caller is itself a piece of a job.
    pub(crate) fn share(count: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
        if count >= PIECE as usize {
            return false;
        }
        TEAM.with(|team| {
            let Ok(mut team) = team.try_borrow_mut() else { return false };
            let Some(team) = team.as_mut().filter(|team| team.size() > 1) else { return false };
            team.run(count, work);
            true
        })
    }

    struct Team {
        threads: Option<usize>,
        helpers: Vec<JoinHandle<()>>,
        /// The shared state, which is made with the first helper.
        shared: Option<Arc<Shared>>,
    }

    /// The state that the caller and its helpers share.
    #[derive(Default)]
    struct Shared {
        /// The number of the job in the upper 32 bits, and the number of its next piece in the lower 32 bits; while the next job
        /// is written, the piece is [`PIECE`], which no job has.
        next: AtomicU64,
        /// The job, a `&&(dyn Fn(usize) + Sync)`; it and the number of its pieces are written while `next` has no piece.
        work: AtomicPtr<()>,
        /// The number of pieces of the job.
        count: AtomicUsize,
        /// The number of pieces that are done.
        done: AtomicUsize,
        panicked: AtomicBool,
        ended: AtomicBool,
        /// The number of helpers that sleep or are about to sleep.
        asleep: AtomicUsize,
    }

    /// The number of times that a thread looks for work, or for its end, before it releases the core: about 50 microseconds.
    const LOOKS: usize = 1000;

    const PIECE: u64 = u32::MAX as u64;

    /// Returns the number of threads that this process may use at once.
    ///
    /// It is queried only once, because a query takes tens of microseconds.
    fn cores() -> usize {
        static CORES: OnceLock<usize> = OnceLock::new();
        *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
    }

    impl Team {
        fn new(threads: Option<usize>) -> Self {
            Self { threads, helpers: Vec::new(), shared: None }
        }

        fn size(&self) -> usize {
            self.threads.unwrap_or_else(cores)
        }

        fn run(&mut self, count: usize, work: &(dyn Fn(usize) + Sync)) {
            let shared = self.shared.get_or_insert_default();
            while self.helpers.len() + 1 < self.threads.unwrap_or_else(cores) {
                let shared = shared.clone();
                // If no thread can be started, the existing threads do the work.
                let Ok(helper) = thread::Builder::new().spawn(move || shared.help()) else {
                    self.threads = Some(self.helpers.len() + 1);
                    break;
                };
                self.helpers.push(helper);
            }
            shared.run(count, work, self.helpers.iter().map(JoinHandle::thread));
        }
    }

    impl Drop for Team {
        fn drop(&mut self) {
            if let Some(shared) = &self.shared {
                shared.ended.store(true, Ordering::SeqCst);
            }
            for helper in self.helpers.drain(..) {
                helper.thread().unpark();
                // The panic of a helper has been reported by the job on which it worked.
                let _ = helper.join();
            }
        }
    }

    impl Shared {
        /// Publishes a job, works on it, and waits until all its pieces are done.
        fn run<'a>(&self, count: usize, work: &(dyn Fn(usize) + Sync), helpers: impl Iterator<Item = &'a Thread>) {
            /// Waits for the pieces that helpers have taken; after a panic, no thread takes another piece.
            struct Wait<'a>(&'a Shared, u64, usize);
            impl Drop for Wait<'_> {
                fn drop(&mut self) {
                    let Self(shared, job, count) = *self;
                    while shared.take(job).is_some() {
                        shared.done.fetch_add(1, Ordering::Release);
                    }
                    let mut looks = 0;
                    while shared.done.load(Ordering::Acquire) < count {
                        looks += 1;
                        if looks < LOOKS { std::hint::spin_loop() } else { thread::yield_now() }
                    }
                }
            }
            let last = self.next.load(Ordering::Relaxed) >> 32;
            let job = last.wrapping_add(1) & PIECE;
            // The last job gets a piece beyond all counts, because a helper that is about to look for a piece of it would else
            // compare its next piece with the new count.
            self.next.store(last << 32 | PIECE, Ordering::Relaxed);
            self.done.store(0, Ordering::Relaxed);
            self.count.store(count, Ordering::Release);
            self.work.store((&raw const work).cast_mut().cast(), Ordering::Release);
            self.next.store(job << 32, Ordering::SeqCst);
            let wait = Wait(self, job, count);
            if self.asleep.load(Ordering::SeqCst) > 0 {
                helpers.for_each(Thread::unpark);
            }
            self.work_on(job);
            drop(wait);
            assert!(!self.panicked.load(Ordering::Relaxed), "a thread that helped with this work panicked");
        }

        /// Takes and does pieces of a job until there are no more.
        fn work_on(&self, job: u64) {
            /// Counts a piece as done, even if it panics, so that no thread waits for it forever.
            struct Done<'a>(&'a Shared);
            impl Drop for Done<'_> {
                fn drop(&mut self) {
                    if thread::panicking() {
                        self.0.panicked.store(true, Ordering::Relaxed);
                    }
                    self.0.done.fetch_add(1, Ordering::Release);
                }
            }
            while let Some((piece, work)) = self.take(job) {
                let _done = Done(self);
                // SAFETY: the caller waits until this piece is done, so the target of `work` is alive.
                let work = unsafe { *work.cast::<&(dyn Fn(usize) + Sync)>() };
                work(piece);
            }
        }

        /// Returns the next piece of a job and the job itself.
        ///
        /// It returns `None` if there are no more pieces, or if another job has started.
        fn take(&self, job: u64) -> Option<(usize, *const ())> {
            loop {
                let next = self.next.load(Ordering::Acquire);
                let (work, count) = (self.work.load(Ordering::Acquire), self.count.load(Ordering::Acquire));
                let piece = (next & PIECE) as usize;
                if next >> 32 != job || piece >= count {
                    return None;
                }
                // If this succeeds, `work` and `count` belong to this job: they are not older, because they were written before the
                // number of the job, and not newer, because `next` was changed before they were written again.
                if self.next.compare_exchange_weak(next, next + 1, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                    return Some((piece, work));
                }
            }
        }

        /// Runs a helper until the call has ended.
        fn help(&self) {
            let mut last = 0;
            let mut looks = 0;
            while !self.ended.load(Ordering::Relaxed) {
                let job = self.next.load(Ordering::Acquire) >> 32;
                if job != last {
                    self.work_on(job);
                    (last, looks) = (job, 0);
                } else if looks < LOOKS {
                    looks += 1;
                    std::hint::spin_loop();
                } else {
                    self.asleep.fetch_add(1, Ordering::SeqCst);
                    // The caller may have published a job before it could see that this helper sleeps.
                    if self.next.load(Ordering::SeqCst) >> 32 == last && !self.ended.load(Ordering::SeqCst) {
                        thread::park();
                    }
                    self.asleep.fetch_sub(1, Ordering::SeqCst);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn every_piece_is_done_once_by_any_number_of_threads() {
        for threads in [1, 2, 3, 7] {
            with_threads(Some(threads), || {
                for round in 0..500 {
                    let count = round % 40;
                    let times: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
                    share(count, |piece| {
                        times[piece].fetch_add(1, Ordering::Relaxed);
                        // Work within a piece of work is done by the same thread.
                        share(3, |_| assert_eq!(available(), 1));
                    });
                    assert!(times.iter().all(|times| times.load(Ordering::Relaxed) == 1));
                    if round % 100 == 0 {
                        // The helpers have enough time to fall asleep.
                        std::thread::sleep(std::time::Duration::from_millis(3));
                    }
                }
            });
        }
    }

    #[test]
    fn a_job_with_more_pieces_follows_one_with_fewer() {
        // A helper still looks for a piece of the last job while the next one is published.
        with_threads(Some(3), || {
            for round in 0..300_000 {
                let times: [AtomicUsize; 40] = std::array::from_fn(|_| AtomicUsize::new(0));
                let count = if round % 2 == 0 { 2 } else { 40 };
                share(count, |piece| _ = times[piece].fetch_add(1, Ordering::Relaxed));
                assert!(times[..count].iter().all(|times| times.load(Ordering::Relaxed) == 1), "round {round}");
            }
        });
    }

    #[test]
    fn chunks_cover_a_slice() {
        with_threads(Some(3), || {
            let mut values = vec![0; 1001];
            share_chunks(&mut values, 100, |number, chunk| chunk.iter_mut().for_each(|value| *value += number + 1));
            assert!(values.iter().enumerate().all(|(index, &value)| value == index / 100 + 1));
        });
    }

    #[test]
    #[cfg(feature = "parallel")]
    fn a_panic_in_a_piece_reaches_the_caller() {
        let caught = std::panic::catch_unwind(|| with_threads(Some(3), || share(50, |piece| assert!(piece != 17))));
        assert!(caught.is_err());
        // The panic does not affect the next call.
        with_threads(Some(2), || share(2, |_| {}));
    }
}
