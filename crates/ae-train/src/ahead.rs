//! Batches whose samples are not in memory are read ahead, while the model learns from the one
//! before.
//!
//! Each reader is a thread with two buffers. One is being filled while the other waits for its
//! step, or is used by it. The readers take turns: reader `r` of `n` reads the batches `r`,
//! `r + n`, `r + 2 n`. So the batches come in their order, whichever reader is the first. A reader
//! waits most of the time, for the disk or for a buffer, and takes little from the threads that
//! compute.

use crate::examples::Chosen;
use crate::order::Order;
use ae_files::StoredRows;
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
}

/// The near end of a thread that reads.
struct Reader {
    full: Receiver<Vec<u8>>,
    empty: Sender<Vec<u8>>,
    /// The buffer of the batch that was taken last.
    taken: Vec<u8>,
}

/// Calls `work` with the batches of an epoch. Their samples are read ahead if they are in `rows`.
pub(crate) fn reading<'e, R>(
    rows: Option<&'e dyn StoredRows>,
    order: &'e Order,
    size: usize,
    work: impl FnOnce(&mut Batches<'_>) -> R,
) -> R {
    let indices = Box::new(order.batches(size));
    let len = |rows: &dyn StoredRows| rows.row_len().saturating_mul(size);
    let ahead = rows.filter(|&rows| len(rows) <= MOST_BYTES / (READERS * BUFFERS));
    let Some(rows) = ahead else {
        return work(&mut Batches { indices, readers: Vec::new(), turn: 0 });
    };
    thread::scope(|scope| {
        let readers = (0..READERS)
            .map_while(|r| {
                let own = order.batches(size).skip(r).step_by(READERS);
                Reader::start(scope, rows, own)
            })
            .collect::<Vec<_>>();
        // If the system has no more threads, nothing is read ahead.
        let readers = if readers.len() == READERS { readers } else { Vec::new() };
        work(&mut Batches { indices, readers, turn: 0 })
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
            Some(bytes) => Chosen::read_ahead(indices, bytes),
            None => Chosen::new(indices),
        })
    }
}

impl Reader {
    /// Starts a thread that reads these batches of `rows`.
    fn start<'s, 'e: 's>(
        scope: &'s Scope<'s, 'e>,
        rows: &'e dyn StoredRows,
        batches: impl Iterator<Item = &'e [usize]> + Send + 's,
    ) -> Option<Self> {
        let (empty, to_fill) = channel::<Vec<u8>>();
        let (filled, full) = channel();
        // The first one is sent when the first batch is taken.
        for _ in 1..BUFFERS {
            empty.send(Vec::new()).ok()?;
        }
        let read = move || {
            for indices in batches {
                let Ok(mut buffer) = to_fill.recv() else { return };
                buffer.resize(indices.len() * rows.row_len(), 0);
                rows.read(indices, &mut buffer);
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
