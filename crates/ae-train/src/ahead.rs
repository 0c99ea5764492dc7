//! Batches whose samples are not in memory are read ahead, while the model learns from the one
//! before.
//!
//! Each reader is a thread with two buffers. One is being filled while the other waits for its
//! step, or is used by it. The readers take turns: reader `r` of `n` reads the batches `r`,
//! `r + n`, `r + 2 n`. So the batches come in their order, whichever reader is the first. A reader
//! waits most of the time, for the disk or for a buffer, and takes little from the threads that
//! compute. In a team, a process reads only the samples that it works on.

use crate::Examples;
use crate::examples::Chosen;
use crate::order::Order;
use ae_files::StoredRows;
use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Scope};

/// The number of readers. A disk answers two questions at a time in little more than the time of
/// one.
const READERS: usize = 2;
/// The number of buffers of a reader.
const BUFFERS: usize = 2;
/// The maximum size of all buffers together. Larger batches are not read ahead; the threads that
/// work on their shards read those.
const MOST_BYTES: usize = 64 << 20;

/// The batches of an epoch, in their order.
pub(crate) struct Batches<'b> {
    indices: Box<dyn Iterator<Item = &'b [usize]> + 'b>,
    readers: Vec<Reader>,
    /// The reader of the next batch.
    turn: usize,
    own: Own<'b>,
}

/// The positions of a batch of this length whose samples this process works on.
pub(crate) type Own<'b> = &'b (dyn Fn(usize) -> Range<usize> + Sync);

/// The near end of a thread that reads.
struct Reader {
    full: Receiver<Vec<u8>>,
    empty: Sender<Vec<u8>>,
    /// The buffer of the batch that was taken last.
    taken: Vec<u8>,
}

/// Calls `work` with the batches of `size` of an epoch of these examples, except for the first
/// `done`. The samples of its `own` positions are read ahead if they are not in memory.
pub(crate) fn reading<'e, R>(
    examples: Examples<'e>,
    order: &'e Order,
    [size, done]: [usize; 2],
    own: Own<'e>,
    work: impl FnOnce(&mut Batches<'_>) -> R,
) -> R {
    let indices = Box::new(order.batches(size).skip(done));
    let len = |rows: &dyn StoredRows| rows.row_len().saturating_mul(size);
    let rows = examples.samples().rows();
    let ahead = rows.filter(|&rows| len(rows) <= MOST_BYTES / (READERS * BUFFERS));
    let Some(rows) = ahead else {
        return work(&mut Batches { indices, readers: Vec::new(), turn: 0, own });
    };
    thread::scope(|scope| {
        let readers = (0..READERS)
            .map_while(|r| {
                let batches = order.batches(size).skip(done + r).step_by(READERS);
                let batches = batches.map(|indices| &indices[own(indices.len())]);
                Reader::start(scope, rows, batches, examples.per_sample())
            })
            .collect::<Vec<_>>();
        // If the system has no more threads, nothing is read ahead.
        let readers = if readers.len() == READERS { readers } else { Vec::new() };
        work(&mut Batches { indices, readers, turn: 0, own })
        // The readers end here: nobody takes their buffers or gives them another.
    })
}

impl Batches<'_> {
    /// The next batch, if there is one.
    pub(crate) fn next(&mut self) -> Option<Chosen<'_>> {
        let indices = self.indices.next()?;
        if self.readers.is_empty() {
            return Some(Chosen::new(indices));
        }
        let reader = &mut self.readers[self.turn];
        self.turn = (self.turn + 1) % READERS;
        Some(match reader.next() {
            Some(bytes) => Chosen::read_ahead(indices, (self.own)(indices.len()), bytes),
            None => Chosen::new(indices),
        })
    }
}

impl Reader {
    /// Starts a thread that reads these batches. There are `each` examples of each row.
    fn start<'s, 'e: 's>(
        scope: &'s Scope<'s, 'e>,
        rows: &'e dyn StoredRows,
        batches: impl Iterator<Item = &'e [usize]> + Send + 's,
        each: usize,
    ) -> Option<Self> {
        let (empty, to_fill) = channel::<Vec<u8>>();
        let (filled, full) = channel();
        // The first one is sent when the first batch is taken.
        for _ in 1..BUFFERS {
            empty.send(Vec::new()).ok()?;
        }
        let read = move || {
            let mut samples = Vec::new();
            for indices in batches {
                let Ok(mut buffer) = to_fill.recv() else { return };
                buffer.resize(indices.len() * rows.row_len(), 0);
                samples.clear();
                samples.extend(indices.iter().map(|&index| index / each));
                rows.read(&samples, &mut buffer);
                if filled.send(buffer).is_err() {
                    return;
                }
            }
        };
        let name = "read ahead".to_owned();
        thread::Builder::new().name(name).spawn_scoped(scope, read).ok()?;
        Some(Self { full, empty, taken: Vec::new() })
    }

    /// Returns the bytes of this reader's next batch, and gives it the buffer of the last one.
    fn next(&mut self) -> Option<&[u8]> {
        // After its last batch, the thread takes no buffer any more.
        let _ = self.empty.send(std::mem::take(&mut self.taken));
        self.taken = self.full.recv().ok()?;
        Some(&self.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Samples;
    use std::sync::Mutex;

    /// Rows that all have this length, and note which ones were read.
    #[derive(Debug)]
    struct Noted(usize, Mutex<Vec<usize>>);

    impl StoredRows for Noted {
        fn count(&self) -> usize {
            10
        }

        fn row_len(&self) -> usize {
            self.0
        }

        fn read(&self, indices: &[usize], out: &mut [u8]) {
            self.1.lock().unwrap().extend(indices);
            for (row, &index) in out.chunks_exact_mut(self.0).zip(indices) {
                row.fill(u8::try_from(index).unwrap());
            }
        }

        fn fault(&self) -> Option<String> {
            None
        }
    }

    /// Takes at most `most` batches of `size`; returns those, and the rows that were read.
    fn taken(len: usize, size: usize, most: usize) -> (Vec<(Vec<usize>, bool)>, Vec<usize>) {
        let noted = Noted(len, Mutex::default());
        let mut order = Order::default();
        order.shuffle(10, 1, 0);
        let mut all = Vec::new();
        let examples = Examples::clean(Samples::stored(&noted, [len]));
        reading(examples, &order, [size, 0], &|len| 0..len, |batches| {
            while let Some(chosen) = batches.next().filter(|_| all.len() < most) {
                let bytes = chosen.bytes();
                if let Some(bytes) = bytes {
                    let first: Vec<usize> = bytes.iter().step_by(len).map(|&x| x.into()).collect();
                    assert_eq!(first, chosen.indices);
                }
                all.push((chosen.indices.to_vec(), bytes.is_some()));
            }
        });
        (all, noted.1.into_inner().unwrap())
    }

    #[test]
    fn batches_come_in_their_order_and_each_is_read_once() {
        for size in [1, 2, 3, 4, 9, 10] {
            let (batches, mut read) = taken(3, size, usize::MAX);
            let mut order = Order::default();
            order.shuffle(10, 1, 0);
            let expected: Vec<_> = order.batches(size).map(|b| (b.to_vec(), true)).collect();
            read.sort_unstable();
            assert_eq!((batches, read), (expected, (0..10).collect()), "{size}");
        }
    }

    #[test]
    fn a_process_reads_only_its_own_samples() {
        let noted = Noted(3, Mutex::default());
        let mut order = Order::default();
        order.shuffle(10, 1, 0);
        let examples = Examples::clean(Samples::stored(&noted, [3]));
        let own = |len| len / 2..len;
        let mut expected = Vec::new();
        reading(examples, &order, [4, 0], &own, |batches| {
            while let Some(chosen) = batches.next() {
                let own = own(chosen.count());
                let part = chosen.part(own.clone());
                let bytes: Vec<usize> =
                    part.bytes().unwrap().iter().step_by(3).map(|&x| x.into()).collect();
                assert_eq!(bytes, chosen.indices[own]);
                expected.extend(bytes);
            }
        });
        let mut read = noted.1.into_inner().unwrap();
        read.sort_unstable();
        expected.sort_unstable();
        assert_eq!((read.len(), read), (5, expected));
    }

    #[test]
    fn reading_goes_on_after_the_batches_that_are_done() {
        for done in [0, 1, 2, 3] {
            let noted = Noted(3, Mutex::default());
            let mut order = Order::default();
            order.shuffle(10, 1, 0);
            let examples = Examples::clean(Samples::stored(&noted, [3]));
            let mut found = Vec::new();
            reading(examples, &order, [3, done], &|len| 0..len, |batches| {
                while let Some(chosen) = batches.next() {
                    found.extend(chosen.bytes().unwrap().iter().step_by(3).map(|&x| x as usize));
                }
            });
            assert_eq!(found, order.batches(3).skip(done).flatten().copied().collect::<Vec<_>>());
        }
    }

    #[test]
    fn readers_end_with_the_work_and_are_no_more_than_their_buffers_ahead() {
        let (batches, read) = taken(3, 1, 2);
        assert_eq!(batches.len(), 2);
        // The third was taken and dropped.
        assert!(read.len() <= 3 + READERS * BUFFERS, "{read:?}");
    }

    #[test]
    fn large_batches_are_left_to_their_step() {
        let large = MOST_BYTES / (READERS * BUFFERS) + 1;
        let (batches, read) = taken(large, 1, usize::MAX);
        assert_eq!((batches.len(), read), (10, vec![]));
        assert!(batches.iter().all(|(_, ahead)| !ahead));
    }
}
