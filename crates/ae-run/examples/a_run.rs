//! Trains in a run folder, from the lock to the checksums: `cargo run -p ae-run --example a_run`.

use ae_data::Extents;
use ae_run::{CONFIG, OptimizerName, RunFolder, Session, Start};
use ae_run::{Checksums, Config, DataRecord, DenseSpec, Job, ModelFile, ModelRecord, Plan};
use ae_train::{AutoEncoder, Event, Fit, Samples};
use std::ops::ControlFlow::{Break, Continue};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // 64 images of 4 x 4 pixels: a bright pair of neighbors on black.
    let bytes: Vec<u8> = (0..64 * 16).map(|i| u8::from((i / 16) % 8 == i % 16 / 2) * 255).collect();
    let images = Samples::new(&bytes, [16]);
    let data =
        DataRecord { train_images: 64, image: Extents::gray(4, 4), ..DataRecord::named("pairs") };

    let (job, plan) = (Job::Dense(DenseSpec::default()), Plan::new(30, 16, OptimizerName::Adam));
    let mut model =
        AutoEncoder::parse("input 16; dense 4 relu | dense 16 sigmoid", job.training().seed)?;
    let mut adam = plan.optimizer.build(Some(0.02));
    let record = ModelRecord { latent: Some(4), ..ModelRecord::new("small", &model) };
    let mut config = Config::new(&job, data, record, &plan, &*adam);

    let path = std::env::temp_dir().join(format!("run-{}", std::process::id()));
    let start = Start::New(RunFolder::create(&path)?);
    println!("somebody else: {}", RunFolder::open(&path).expect_err("it is locked"));
    let (mut session, state) = Session::begin(start, &mut config, &mut model, &mut *adam, |_| ())?;
    let fit = Fit::new(&images).epochs(plan.epochs).batch(plan.batch).resume(state);
    let fit = fit.on_event(|event| match event {
        Event::Epoch(epoch) if session.at_epoch(epoch).is_err() => Break(()),
        _ => Continue(()),
    });
    config.ended(&fit.run(&mut model, &mut *adam)?);
    session.trained()?;
    session.folder().write_toml(CONFIG, &config)?;
    session.write_model(&model, "to the end")?;
    println!("digest {}", &Checksums::of(session.folder().path())?.write(session.folder())?[..16]);
    drop(session);

    let file = ModelFile::load(&path)?;
    println!("trained {}: {}", file.trained, file.model.architecture());
    Ok(std::fs::remove_dir_all(path)?)
}
