#![doc = include_str!("../README.md")]

pub use ae_autodiff as autodiff;
pub use ae_checkpoint as checkpoint;
pub use ae_data as data;
pub use ae_idx as idx;
pub use ae_lab as lab;
pub use ae_layers as layers;
pub use ae_models as models;
pub use ae_optim as optim;
pub use ae_pca as pca;
pub use ae_tensor as tensor;
pub use ae_train as train;

pub use ae_autodiff::{Backward, BackwardPass, Grads, ParamId, Params, Tape, Var};
pub use ae_layers::{Activation, Architecture, Layer, LayerSpec, Registry, Sequential};
pub use ae_models::Recipe;
pub use ae_optim::{Adadelta, Adam, AdamW, Optimizer, RmsProp, Schedule, Sgd};
pub use ae_pca::Pca;
pub use ae_tensor::{Shape, Tensor, with_threads};
pub use ae_train::{
    AsExamples, AutoEncoder, BinaryCrossentropy, Corruption, EarlyStopping, Examples, Fit,
    FitError, Fitted, GaussianNoise, ImageKey, Loss, Masking, MeanSquaredError, ModelError,
    SaltAndPepper, Samples, Split, TrainingState,
};
