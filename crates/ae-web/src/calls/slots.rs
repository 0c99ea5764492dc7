//! What a page holds by a number.

use crate::engine::EngineError;

/// Values under handles, counted from 1. A handle is not given twice.
#[derive(Debug)]
pub(crate) struct Slots<T>(Vec<Option<T>>);

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Slots<T> {
    pub(super) fn add(&mut self, value: T) -> i32 {
        self.0.push(Some(value));
        i32::try_from(self.0.len()).expect("a page does not hold that many")
    }

    pub(super) fn get(&self, handle: u32) -> Result<&T, EngineError> {
        let slot = usize::try_from(handle).ok().and_then(|handle| handle.checked_sub(1));
        slot.and_then(|slot| self.0.get(slot)?.as_ref()).ok_or_else(|| unknown(handle))
    }

    pub(super) fn get_mut(&mut self, handle: u32) -> Result<&mut T, EngineError> {
        let slot = usize::try_from(handle).ok().and_then(|handle| handle.checked_sub(1));
        slot.and_then(|slot| self.0.get_mut(slot)?.as_mut()).ok_or_else(|| unknown(handle))
    }

    pub(super) fn remove(&mut self, handle: u32) -> Result<(), EngineError> {
        self.get(handle)?;
        self.0[handle as usize - 1] = None;
        Ok(())
    }
}

fn unknown(handle: u32) -> EngineError {
    EngineError::new("handle", "one that was given and not freed", handle)
}
