//! Threads that share the work of one call.
//!
//! A call such as `fit` says with [`with_threads`] how many may work for it. Threads are only started when a first piece of work
//! is large enough to be shared, so that a small model never waits for any; they end with the call. Work is divided
//! into pieces that write to different places and do not depend on the thread that takes them, so that results have
//! the same bits for any number of threads.
//!
//! The pieces of a job are taken one by one, by the caller as well: where other programs keep the cores busy the caller
//! does most of them itself. Idle threads look for work for some microseconds and then sleep.

#[cfg(feature = "parallel")]
pub(crate) use team::with_threads;

#[cfg(not(feature = "parallel"))]
pub(crate) fn with_threads<R>(_threads: Option<usize>, call: impl FnOnce() -> R) -> R {
    call()
}

/// Calls `work` with every number below `count`, each once, in any order and by any thread.
pub(crate) fn share(count: usize, work: impl Fn(usize) + Sync) {
    #[cfg(feature = "parallel")]
    if count > 1 && team::share(count, &work) {
        return;
    }
    (0..count).for_each(work);
}

/// How many threads may work for the call under way, this one included.
pub(crate) fn available() -> usize {
    #[cfg(feature = "parallel")]
    return team::available();
    #[cfg(not(feature = "parallel"))]
    1
}

/// Calls `work` with each chunk of this length, the last one perhaps shorter, and its number.
pub(crate) fn share_chunks<T: Send>(values: &mut [T], length: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let parts = Parts::new(values);
    share(parts.length.div_ceil(length.max(1)), |number| {
        // SAFETY: each number is taken once, and chunks of different numbers do not overlap.
        work(number, unsafe { parts.get(number * length, length) });
    });
}

/// A slice of which several threads take different parts.
#[derive(Debug)]
pub(crate) struct Parts<T> {
    first: *mut T,
    length: usize,
}

// SAFETY: the parts are slices of `T`, which may be sent; whoever takes them sees to it that they do not overlap.
unsafe impl<T: Send> Sync for Parts<T> {}

// SAFETY: the parts are slices of `T`, which may be sent.
unsafe impl<T: Send> Send for Parts<T> {}

impl<T> Parts<T> {
    pub(crate) fn new(values: &mut [T]) -> Self {
        Self { first: values.as_mut_ptr(), length: values.len() }
    }

    /// Another handle of this slice.
    pub(crate) fn again(&self) -> Self {
        Self { ..*self }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Where the values begin.
    pub(crate) fn pointer(&self) -> *mut T {
        self.first
    }

    /// Up to `length` values from `first` on.
    ///
    /// # Safety
    ///
    /// The slice that the parts are made of is still lent, and no other part in use has any of these values.
    pub(crate) unsafe fn get<'a>(&self, first: usize, length: usize) -> &'a mut [T] {
        let first = first.min(self.length);
        // SAFETY: within the slice; the rest is the caller's promise.
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
        /// The threads of the call under way on this thread.
        static TEAM: RefCell<Option<Team>> = const { RefCell::new(None) };
    }

    /// Runs a call for which at most `threads` threads may work; by default as many as the machine lets this process use.
    pub(crate) fn with_threads<R>(threads: Option<usize>, call: impl FnOnce() -> R) -> R {
        /// Puts the team of an outer call back, also when the call panics.
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

    /// Shares the work with the team; false if there is none, or if this is a piece of a job already.
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
        /// Made with the first helper.
        shared: Option<Arc<Shared>>,
    }

    /// What the caller and its helpers have in common.
    #[derive(Default)]
    struct Shared {
        /// The number of the job in the upper half, of the next piece of it in the lower.
        next: AtomicU64,
        /// The job, a `&&(dyn Fn(usize) + Sync)`, and the number of its pieces. Written only while no piece can be taken.
        work: AtomicPtr<()>,
        count: AtomicUsize,
        /// How many pieces are done.
        done: AtomicUsize,
        panicked: AtomicBool,
        ended: AtomicBool,
        /// How many helpers sleep or are about to.
        asleep: AtomicUsize,
    }

    /// How often a thread looks for work, or for the end of it, before it lets others have the core: some 50 microseconds.
    const LOOKS: usize = 1000;

    const PIECE: u64 = u32::MAX as u64;

    /// How many threads this process may use at once; asked once, for the answer takes tens of microseconds.
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
                // where no thread can be had, those that are there do the work
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
                // a helper that panicked has been reported by the job it worked on
                let _ = helper.join();
            }
        }
    }

    impl Shared {
        /// Puts up a job, works on it, and waits until every piece of it is done.
        fn run<'a>(&self, count: usize, work: &(dyn Fn(usize) + Sync), helpers: impl Iterator<Item = &'a Thread>) {
            /// Waits for the pieces that helpers have taken; after a panic nobody takes the others any more.
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
            self.done.store(0, Ordering::Relaxed);
            self.count.store(count, Ordering::Relaxed);
            self.work.store((&raw const work).cast_mut().cast(), Ordering::Relaxed);
            let job = (self.next.load(Ordering::Relaxed) >> 32).wrapping_add(1) & PIECE;
            self.next.store(job << 32, Ordering::SeqCst);
            let wait = Wait(self, job, count);
            if self.asleep.load(Ordering::SeqCst) > 0 {
                helpers.for_each(Thread::unpark);
            }
            self.work_on(job);
            drop(wait);
            assert!(!self.panicked.load(Ordering::Relaxed), "a thread that helped with this work panicked");
        }

        /// Takes pieces of a job until there are no more.
        fn work_on(&self, job: u64) {
            /// Counts a piece as done, also when it panics, so that nobody waits for it for ever.
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
                // SAFETY: Until this piece is done, the caller waits, so what `work` points to is alive.
                let work = unsafe { *work.cast::<&(dyn Fn(usize) + Sync)>() };
                work(piece);
            }
        }

        /// The next piece of a job and the job itself; `None` when there are no more, or when another job has begun.
        fn take(&self, job: u64) -> Option<(usize, *const ())> {
            loop {
                let next = self.next.load(Ordering::Acquire);
                let (work, count) = (self.work.load(Ordering::Relaxed), self.count.load(Ordering::Relaxed));
                let piece = (next & PIECE) as usize;
                if next >> 32 != job || piece >= count {
                    return None;
                }
                // Where this succeeds a piece of the job was left, so that `work` and `count`, read after its number, are its own:
                // they change only when all pieces of it are done.
                if self.next.compare_exchange_weak(next, next + 1, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                    return Some((piece, work));
                }
            }
        }

        /// What a helper does until the call has ended.
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
                    // a job put up before the caller could see the sleeper is seen here
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
                        // work within work is done by the thread that has it
                        share(3, |_| assert_eq!(available(), 1));
                    });
                    assert!(times.iter().all(|times| times.load(Ordering::Relaxed) == 1));
                    if round % 100 == 0 {
                        // long enough for the helpers to fall asleep
                        std::thread::sleep(std::time::Duration::from_millis(3));
                    }
                }
            });
        }
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
        // and the next call is not disturbed
        with_threads(Some(2), || share(2, |_| {}));
    }
}
