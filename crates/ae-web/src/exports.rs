//! The functions that a page calls. They only hand over to [`Calls`].

#![expect(unsafe_code, reason = "only the attribute that keeps a function's name is unsafe here")]

use crate::calls::Calls;
use crate::engine::{EngineError, Weight};
use std::cell::RefCell;
use std::panic;

thread_local! {
    /// The engine. There is one thread.
    static CALLS: RefCell<Calls> = RefCell::default();
    /// The message of a panic. Nothing else borrows it: a panic can write to it at any time.
    static MESSAGE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// After a panic the module stops, and CALLS remains borrowed: nothing can be called any more, but
/// the message can be read.
#[unsafe(no_mangle)]
extern "C" fn start() {
    panic::set_hook(Box::new(|info| {
        MESSAGE.with_borrow_mut(|message| *message = info.to_string().into_bytes());
    }));
}

#[unsafe(no_mangle)]
extern "C" fn message() -> usize {
    MESSAGE.with_borrow(|message| message.as_ptr() as usize)
}

#[unsafe(no_mangle)]
extern "C" fn message_len() -> usize {
    MESSAGE.with_borrow(Vec::len)
}

/// The address at which the page writes `len` bytes of input.
#[unsafe(no_mangle)]
extern "C" fn input(len: usize) -> usize {
    CALLS.with_borrow_mut(|calls| calls.input(len).as_mut_ptr() as usize)
}

#[unsafe(no_mangle)]
extern "C" fn output() -> usize {
    CALLS.with_borrow(|calls| calls.output().as_ptr() as usize)
}

#[unsafe(no_mangle)]
extern "C" fn output_len() -> usize {
    CALLS.with_borrow(|calls| calls.output().len())
}

fn run(work: impl FnOnce(&mut Calls) -> Result<i32, EngineError>) -> i32 {
    CALLS.with_borrow_mut(|calls| calls.run(work))
}

#[unsafe(no_mangle)]
extern "C" fn model_read() -> i32 {
    run(Calls::read_model)
}

#[unsafe(no_mangle)]
extern "C" fn model_describe(model: u32) -> i32 {
    run(|calls| calls.describe(model))
}

#[unsafe(no_mangle)]
extern "C" fn model_predict(model: u32) -> i32 {
    run(|calls| calls.predict(model))
}

#[unsafe(no_mangle)]
extern "C" fn model_encode(model: u32) -> i32 {
    run(|calls| calls.encode(model))
}

#[unsafe(no_mangle)]
extern "C" fn model_decode(model: u32) -> i32 {
    run(|calls| calls.decode(model))
}

#[unsafe(no_mangle)]
extern "C" fn model_activations(model: u32, layer: usize) -> i32 {
    run(|calls| calls.activations(model, layer))
}

#[unsafe(no_mangle)]
extern "C" fn model_weights(model: u32, layer: usize) -> i32 {
    run(|calls| calls.weights(model, layer))
}

/// `bias` is 0 for the kernel.
#[unsafe(no_mangle)]
extern "C" fn model_gradient(
    model: u32,
    layer: usize,
    bias: u32,
    position: usize,
    step: f32,
) -> i32 {
    let part = if bias == 0 { "kernel" } else { "bias" };
    run(|calls| calls.gradient(model, Weight { layer, part, position }, step))
}

#[unsafe(no_mangle)]
extern "C" fn model_save(model: u32) -> i32 {
    run(|calls| calls.save(model))
}

#[unsafe(no_mangle)]
extern "C" fn model_free(model: u32) -> i32 {
    run(|calls| calls.free_model(model))
}

/// The seed is a whole number that an f64 holds exactly.
#[unsafe(no_mangle)]
extern "C" fn noise(count: usize, level: f32, seed: f64, first: usize) -> i32 {
    run(|calls| calls.noise((count, level, seed as u64, first)))
}

#[unsafe(no_mangle)]
extern "C" fn pca(length: usize) -> i32 {
    run(|calls| calls.pca(length))
}

#[unsafe(no_mangle)]
extern "C" fn centered(width: usize, height: usize) -> i32 {
    run(|calls| calls.centered(width, height))
}

#[unsafe(no_mangle)]
extern "C" fn trainer_new(options: usize, train: usize) -> i32 {
    run(|calls| calls.new_trainer(options, train))
}

#[unsafe(no_mangle)]
extern "C" fn trainer_step(trainer: u32, batches: usize) -> i32 {
    run(|calls| calls.step(trainer, batches))
}

#[unsafe(no_mangle)]
extern "C" fn trainer_model(trainer: u32) -> i32 {
    run(|calls| calls.trained(trainer))
}

#[unsafe(no_mangle)]
extern "C" fn trainer_free(trainer: u32) -> i32 {
    run(|calls| calls.free_trainer(trainer))
}
