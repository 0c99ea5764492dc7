//! The only place that splits work over threads.
//!
//! Two rules make results the same to the bit for any number of threads. Work is split into blocks
//! whose size depends only on the problem; threads merely pick up blocks. Partial sums of blocks
//! are combined in the order of the blocks, never in the order of arrival.
//!
//! Work is split at one level only. Either a kernel splits its own loop, or, where there are larger
//! pieces ([`for_each_with`]), each piece stays on one thread with all its kernels: waking threads
//! for every kernel costs relatively more the smaller the kernels are, and two levels would compete
//! for the same cores.

use rayon::prelude::*;
use std::cell::Cell;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

/// Whether there are threads. WebAssembly on its own has none: there everything runs in order on
/// the one thread, with the same results, and the compiler leaves rayon out.
const THREADS: bool = !cfg!(all(target_family = "wasm", not(target_feature = "atomics")));

thread_local! {
    /// Whether this thread runs a lane of [`for_each_with`]: its work is already one share of a
    /// split.
    static IN_LANE: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as a lane while it lives. It is dropped on unwinding too: a worker outlives a
/// panic.
struct InLane {
    before: bool,
}

impl InLane {
    fn enter() -> Self {
        Self { before: IN_LANE.replace(true) }
    }
}

impl Drop for InLane {
    fn drop(&mut self) {
        IN_LANE.set(self.before);
    }
}

/// Returns whether a kernel with this many floating-point operations, called from here, splits them
/// over threads.
fn splits(flops: usize) -> bool {
    THREADS && flops >= WORTH_SPLITTING && !IN_LANE.get()
}

/// Below this many floating-point operations a second thread costs more than it saves: waking one
/// takes some microseconds, in which a core does about this much work.
const WORTH_SPLITTING: usize = 200_000;

/// How long a thread waits for the next split before it may sleep. Between the lanes of two
/// training steps of a small model there is the optimizer's step, some microseconds, and between
/// two kernels that split their own loops there is often a short one that does not, while waking a
/// thread takes ten or more.
const LINGER: Duration = Duration::from_micros(50);

/// The number of splits so far. A thread that waits sees by it that there is work.
static SPLITS: AtomicUsize = AtomicUsize::new(0);

/// Keeps `threads` other threads of this pool awake, if there are as many, until the next split or
/// for [`LINGER`].
///
/// Rayon cannot be told to let a thread spin. But a task may, and a thread that has ended a task
/// looks for the next one before it sleeps.
fn keep_awake(threads: usize) {
    let now = SPLITS.load(Ordering::Relaxed);
    for _ in 0..threads.min(rayon::current_num_threads() - 1) {
        rayon::spawn(move || {
            let start = Instant::now();
            while SPLITS.load(Ordering::Relaxed) == now && start.elapsed() < LINGER {
                spin_loop();
            }
        });
    }
}

/// Releases the threads that [`keep_awake`] holds.
fn release() {
    SPLITS.fetch_add(1, Ordering::Relaxed);
}

/// Runs a kernel's loop over `len` elements in blocks of `block_len`, which `work` splits over
/// threads, and keeps these awake for the next one.
fn split_over_threads<R>(len: usize, block_len: usize, work: impl FnOnce() -> R) -> R {
    release();
    let result = work();
    keep_awake(len.div_ceil(block_len) - 1);
    result
}

/// Runs `work` on a pool of `threads` threads; every kernel called within uses that pool.
///
/// Call it around a whole training run: a kernel called from outside any pool first has to wake a
/// worker and hand over.
///
/// # Errors
/// If the operating system refuses to start the threads; the error holds its reason.
pub fn with_threads<R: Send>(
    threads: usize,
    work: impl FnOnce() -> R + Send,
) -> Result<R, std::io::Error> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("ae-worker-{i}"))
        .build()
        .map_err(std::io::Error::other)?;
    Ok(pool.install(work))
}

/// The number of threads that kernels called from here would use.
#[must_use]
pub fn current_threads() -> usize {
    if THREADS { rayon::current_num_threads() } else { 1 }
}

/// Calls `work(state, index, item)` once for every item, in as many parallel lanes as there are
/// states.
///
/// A state holds what one lane needs for itself (working memory). Each lane takes the next item as
/// soon as it has finished one, so which state meets which items is left to chance, and results
/// must not depend on it. A thread prefers the state that it had in the last call, whose memory is
/// near its core. Kernels called within `work` do not split their work further: the lanes already
/// keep the threads busy. With one item or one state everything runs in order on the caller's
/// thread, and kernels split as usual. Either way the results are the same to the bit.
///
/// [`current_threads`] tells how many states are useful.
///
/// # Panics
/// If there are items but no states, or if `work` panics; the panic is passed on after the other
/// lanes have ended.
pub fn for_each_with<S: Send, T: Send>(
    states: &mut [S],
    items: &mut [T],
    work: impl Fn(&mut S, usize, &mut T) + Sync,
) {
    assert!(
        !states.is_empty() || items.is_empty(),
        "for_each_with: {} items but no states",
        items.len()
    );
    let lanes = states.len().min(items.len());
    if !THREADS || lanes <= 1 || IN_LANE.get() {
        for (i, item) in items.iter_mut().enumerate() {
            work(&mut states[0], i, item);
        }
        return;
    }
    // Each slot is locked once: threads do not wait for each other to take an item.
    let slots: Vec<_> = items.iter_mut().map(|item| Mutex::new(Some(item))).collect();
    let states: Vec<_> = states.iter_mut().map(Mutex::new).collect();
    let next = AtomicUsize::new(lanes);
    rayon::scope(|scope| {
        for first in 0..lanes {
            let (slots, states, next, work) = (&slots, &states, &next, &work);
            scope.spawn(move |_| {
                let _in_lane = InLane::enter();
                let mut state = free_state(states);
                let mut i = first;
                while let Some(slot) = slots.get(i) {
                    let item = slot.lock().expect("taking an item does not panic").take();
                    work(&mut state, i, item.expect("an item is taken once"));
                    i = next.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        release();
    });
    keep_awake(lanes - 1);
}

/// The state of this thread, or another one if that is taken. There are at least as many states as
/// lanes.
fn free_state<'a, S>(states: &'a [Mutex<&'a mut S>]) -> MutexGuard<'a, &'a mut S> {
    let own = rayon::current_thread_index().unwrap_or(0);
    let mut from_own = (0..states.len()).map(|i| &states[(own + i) % states.len()]);
    let free = from_own.find_map(|state| match state.try_lock() {
        Ok(state) => Some(state),
        // A lane has panicked; the panic is passed on when the others have ended.
        Err(TryLockError::Poisoned(state)) => Some(state.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    });
    free.expect("a state for each lane")
}

/// Calls `work(block_index, block)` for the consecutive blocks of `out`, `block_len` elements each
/// (the last may be shorter), in parallel if the total `flops` make that worthwhile.
pub(crate) fn for_each_block<T: Send>(
    out: &mut [T],
    block_len: usize,
    flops: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    if out.is_empty() {
        return;
    }
    if !splits(flops) || out.len() <= block_len {
        for (i, block) in out.chunks_mut(block_len).enumerate() {
            work(i, block);
        }
    } else {
        split_over_threads(out.len(), block_len, || {
            out.par_chunks_mut(block_len).enumerate().for_each(|(i, block)| work(i, block));
        });
    }
}

/// As [`for_each_block`], for two slices of equal length, split alike.
pub(crate) fn for_each_block_pair(
    a: &mut [f32],
    b: &mut [f32],
    block_len: usize,
    flops: usize,
    work: impl Fn(usize, &mut [f32], &mut [f32]) + Sync,
) {
    debug_assert_eq!(a.len(), b.len());
    if a.is_empty() {
        return;
    }
    if !splits(flops) || a.len() <= block_len {
        let blocks = a.chunks_mut(block_len).zip(b.chunks_mut(block_len));
        blocks.enumerate().for_each(|(i, (a, b))| work(i, a, b));
    } else {
        split_over_threads(a.len(), block_len, || {
            let blocks = a.par_chunks_mut(block_len).zip(b.par_chunks_mut(block_len));
            blocks.enumerate().for_each(|(i, (a, b))| work(i, a, b));
        });
    }
}

/// As [`for_each_block`]; also sums in f64 what `work` returns, in the order of the blocks.
pub(crate) fn sum_blocks_mut(
    out: &mut [f32],
    block_len: usize,
    flops: usize,
    work: impl Fn(usize, &mut [f32]) -> f64 + Sync,
) -> f64 {
    if !splits(flops) || out.len() <= block_len {
        return out.chunks_mut(block_len).enumerate().map(|(i, block)| work(i, block)).sum();
    }
    let partial: Vec<f64> = split_over_threads(out.len(), block_len, || {
        out.par_chunks_mut(block_len).enumerate().map(|(i, block)| work(i, block)).collect()
    });
    partial.iter().sum()
}

/// The sum in f64 of what `work` returns for each block of `x`, in the order of the blocks; `flops`
/// as above.
pub(crate) fn sum_blocks(
    x: &[f32],
    block_len: usize,
    flops: usize,
    work: impl Fn(usize, &[f32]) -> f64 + Sync,
) -> f64 {
    if !splits(flops) || x.len() <= block_len {
        return x.chunks(block_len).enumerate().map(|(i, block)| work(i, block)).sum();
    }
    let partial: Vec<f64> = split_over_threads(x.len(), block_len, || {
        x.par_chunks(block_len).enumerate().map(|(i, block)| work(i, block)).collect()
    });
    partial.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread::{ThreadId, current};
    use std::time::{Duration, Instant};

    fn in_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
        with_threads(threads, work).expect("threads start")
    }

    #[test]
    fn every_item_is_visited_once_under_its_index() {
        for (threads, states, items) in [
            (1, 1, 5),
            (1, 3, 5),
            (2, 2, 100),
            (3, 3, 2),
            (3, 8, 4),
            (2, 2, 1),
            (2, 2, 0),
            (1, 0, 0),
        ] {
            let mut states = vec![0; states];
            let mut visited: Vec<Vec<usize>> = vec![vec![]; items];
            in_threads(threads, || {
                for_each_with(&mut states, &mut visited, |state, i, item| {
                    *state += 1;
                    item.push(i);
                });
            });
            assert!(visited.iter().enumerate().all(|(i, at)| at[..] == [i]), "{visited:?}");
            assert_eq!(states.iter().sum::<usize>(), items);
        }
    }

    /// Waits until this is true, which another thread brings about.
    fn wait_until(is_true: impl Fn() -> bool) {
        let start = Instant::now();
        while !is_true() {
            assert!(start.elapsed() < Duration::from_secs(120), "no other thread has helped");
            std::thread::yield_now();
        }
    }

    #[test]
    fn lanes_work_at_the_same_time() {
        // Each item waits for the other.
        let arrived = AtomicUsize::new(0);
        in_threads(2, || {
            for_each_with(&mut [(); 2], &mut [(); 2], |(), _, ()| {
                arrived.fetch_add(1, Ordering::SeqCst);
                wait_until(|| arrived.load(Ordering::SeqCst) == 2);
            });
        });
    }

    /// Waits long enough for idle threads to wake and take a share of the work, if they may.
    fn linger() {
        std::thread::sleep(Duration::from_micros(200));
    }

    /// The threads that run the blocks of a kernel large enough to be split.
    fn threads_of_a_kernel() -> HashSet<ThreadId> {
        let seen = Mutex::new(HashSet::new());
        for_each_block(&mut [0u8; 64], 1, WORTH_SPLITTING, |_, _| {
            linger();
            seen.lock().unwrap().insert(current().id());
        });
        seen.into_inner().unwrap()
    }

    #[test]
    fn kernels_in_a_lane_stay_on_its_thread() {
        // A third thread has nothing to do but help, if it is allowed to.
        in_threads(3, || {
            for_each_with(&mut [(); 2], &mut [(); 4], |(), _, ()| {
                assert!(!splits(usize::MAX));
                assert_eq!(threads_of_a_kernel(), HashSet::from([current().id()]));
                let mut inner = [None; 32];
                for_each_with(&mut [(); 3], &mut inner, |(), _, on| {
                    linger();
                    *on = Some(current().id());
                });
                assert_eq!(inner, [Some(current().id()); 32]);
            });
            assert!(splits(WORTH_SPLITTING) && !splits(WORTH_SPLITTING - 1));
        });
    }

    #[test]
    fn a_kernel_outside_of_a_lane_is_shared() {
        // The first block waits until another thread has done one.
        let (first, elsewhere) = (Mutex::new(None), AtomicUsize::new(0));
        in_threads(3, || {
            for_each_block(&mut [0u8; 64], 1, WORTH_SPLITTING, |_, _| {
                let here = current().id();
                let is_first = *first.lock().unwrap().get_or_insert(here) == here;
                elsewhere.fetch_add(usize::from(!is_first), Ordering::SeqCst);
                wait_until(|| elsewhere.load(Ordering::SeqCst) > 0);
            });
        });
    }

    #[test]
    fn kernels_split_where_there_is_one_item_or_one_state() {
        in_threads(2, || {
            let caller = current().id();
            for (states, items) in [(2, 1), (1, 3)] {
                for_each_with(&mut vec![(); states], &mut vec![(); items], |(), _, ()| {
                    assert_eq!(current().id(), caller);
                    assert!(splits(WORTH_SPLITTING));
                });
            }
        });
    }

    #[test]
    fn sums_have_the_same_bits_in_a_lane() {
        // Terms of very different size: in another order they would round to another sum.
        let x: Vec<f32> = (0..10_000).map(|i| 1.1f32.powi(i * 7 % 300 - 150)).collect();
        let both = || {
            let sum = |block: &[f32]| block.iter().map(|&x| f64::from(x)).sum::<f64>();
            let mut y = x.clone();
            let z = sum_blocks_mut(&mut y, 16, WORTH_SPLITTING, |_, block| sum(block));
            (sum_blocks(&x, 16, WORTH_SPLITTING, |_, block| sum(block)), z)
        };
        let outside = in_threads(2, both);
        let mut inside = [(0.0, 0.0); 4];
        in_threads(2, || for_each_with(&mut [(); 2], &mut inside, |(), _, out| *out = both()));
        assert_eq!(inside, [outside; 4]);
    }

    #[test]
    fn a_panic_in_a_lane_arrives_and_leaves_no_trace() {
        in_threads(2, || {
            let visited = Mutex::new(0);
            let caught = catch_unwind(AssertUnwindSafe(|| {
                for_each_with(&mut [(); 2], &mut [(); 50], |(), i, ()| {
                    *visited.lock().unwrap() += 1;
                    assert!(i != 3, "item three");
                });
            }));
            assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"item three"));
            assert!(*visited.lock().unwrap() >= 4);
            assert!(splits(WORTH_SPLITTING));
            rayon::broadcast(|_| assert!(splits(WORTH_SPLITTING)));
        });
    }

    #[test]
    #[should_panic(expected = "for_each_with: 2 items but no states")]
    fn items_need_a_state() {
        for_each_with(&mut [(); 0], &mut [(); 2], |(), _, ()| {});
    }
}
