//! Measures and names in serde's formats, as they are in a run's files.
#![cfg(feature = "serde")]

use ae_optim::NamedSchedule;
use ae_train::{
    Denoising, EpochLosses, NamedCorruption, NamedLoss, Quality, ReconstructionErrors, Stopped,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// Checks that the value is written as this JSON and read back.
fn is<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, json: &str) {
    assert_eq!(serde_json::to_string(value).unwrap(), json);
    assert_eq!(serde_json::from_str::<T>(json).unwrap(), *value);
}

#[test]
fn measures_are_written_with_the_names_of_the_files() {
    let noisy = Quality { psnr: 9.5, ssim: Some(0.25) };
    let measured =
        Denoising { noisy, denoised: Quality { psnr: 20.0, ssim: Some(0.75) }, loss: 0.125 };
    is(
        &measured,
        r#"{"val_loss":0.125,"psnr_noisy":9.5,"psnr_denoised":20.0,"ssim_noisy":0.25,"ssim_denoised":0.75}"#,
    );
    let quality = Quality { psnr: 9.5, ssim: None };
    let measured = Denoising { noisy: quality, denoised: quality, loss: 0.5 };
    is(&measured, r#"{"val_loss":0.5,"psnr_noisy":9.5,"psnr_denoised":9.5}"#);
    let errors = ReconstructionErrors { mse: 0.5, psnr: 3.0, ssim: None, cross_entropy: 0.25 };
    is(&errors, r#"{"mse":0.5,"psnr":3.0,"binary_crossentropy":0.25}"#);
    is(&EpochLosses { loss: 0.5, val_loss: 0.25 }, r#"{"loss":0.5,"val_loss":0.25}"#);
    is(&Stopped { epoch: 3, batch: 2, batches: 9 }, r#"{"epoch":3,"batch":2,"batches":9}"#);
}

#[test]
fn what_has_a_name_is_written_as_that_name() {
    is(&NamedLoss::MeanSquaredError, r#""mean_squared_error""#);
    is(&NamedCorruption::SaltAndPepper { probability: 0.25 }, r#""salt-and-pepper:0.25""#);
    is::<NamedSchedule>(&"warmup:3+cosine:0.5".parse().unwrap(), r#""warmup:3+cosine:0.5""#);
    let error = serde_json::from_str::<NamedLoss>(r#""mae""#).unwrap_err().to_string();
    assert!(error.starts_with("expected binary_crossentropy"), "{error}");
    assert!(serde_json::from_str::<NamedCorruption>(r#""masking:2""#).is_err());
    assert!(serde_json::from_str::<NamedSchedule>(r#""linear""#).is_err());
}
