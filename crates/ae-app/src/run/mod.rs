//! A job's life in this process: its preparation, its training, its end, and signals. No module
//! here knows a command or the work of a particular job.

mod conclusion;
mod corruption;
mod environment;
pub(crate) mod faults;
mod interrupt;
mod order;
mod other_images;
mod page;
mod preparation;
mod processes;
mod progress;
mod signals;
mod stages;
mod suggestion;
mod task;
mod training;
mod views;
mod worker;

pub(crate) use conclusion::{close, write_history};
pub(crate) use corruption::{JobCorruption, short};
pub(crate) use environment::{Environment, claim, holds_unfinished};
pub(crate) use interrupt::{Ending, Interrupt};
pub(crate) use other_images::note_other_images;
pub(crate) use page::{write_page, write_page_with};
pub(crate) use preparation::{FittedModel, check_images, fit_model, job_image};
pub(crate) use processes::{Processes, meet, this_program};
pub(crate) use stages::{BegunRun, TrainedRun};
pub(crate) use suggestion::{Suggestion, argument, program};
pub(crate) use task::Task;
pub(crate) use training::{ResumePoint, Resumed, Trained};
pub(crate) use views::Views;
pub(crate) use worker::work;
