//! No byte of a file can change without being noticed.

use ae_checkpoint::{Archive, CheckpointError};
use ae_tensor::{Shape, Tensor};
use std::path::Path;

const NAME: &str = "checkpoint.safetensors";

fn archive() -> Archive {
    let mut archive = Archive::new();
    archive.put("dense_1/kernel", &Tensor::from_fn([3, 2], |i| i as f32 / 7.0));
    archive.put("dense_1/bias", &Tensor::new([2], vec![-0.0, f32::MIN_POSITIVE / 2.0]));
    archive.put_f64("history/loss", &[0.1, 1.0 / 3.0, f64::MIN_POSITIVE]);
    archive.put_f64("history/val_loss", &[]);
    archive.set_metadata("seed", u64::MAX);
    archive.set_metadata("config", "a = \"\u{e9}\"\nb = 1\n");
    archive
}

fn read(bytes: &[u8]) -> Result<Archive, CheckpointError> {
    Archive::from_bytes(Path::new(NAME), bytes)
}

/// A file with a changed header and a matching checksum.
fn forged(from: &str, to: &str) -> Vec<u8> {
    let bytes = archive().to_bytes();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let text = std::str::from_utf8(&bytes[8..8 + header]).unwrap().trim_end();
    assert!(text.contains(from), "{text}");
    let mut text = text.replace(from, to);
    while !text.len().is_multiple_of(8) {
        text.push(' ');
    }
    let sum_at = text.find("\"sha256\":\"").unwrap() + 10;
    text.replace_range(sum_at..sum_at + 64, &"0".repeat(64));
    let mut forged = (text.len() as u64).to_le_bytes().to_vec();
    forged.extend(text.as_bytes());
    forged.extend(&bytes[8 + header..]);
    let sum = ae_checkpoint::sha256(&forged);
    forged[8 + sum_at..][..64].copy_from_slice(sum.as_bytes());
    forged
}

#[test]
fn what_is_written_is_read() {
    let mut got = read(&archive().to_bytes()).unwrap();
    assert_eq!(got.take("dense_1/kernel", Shape::from([3, 2])).unwrap().data()[4], 4.0 / 7.0);
    let bias = got.take("dense_1/bias", Shape::from([2])).unwrap();
    assert_eq!(bias.data().iter().map(|x| x.to_bits()).collect::<Vec<_>>(), [1 << 31, 1 << 22]);
    assert_eq!(got.take_f64("history/loss", Some(3)).unwrap(), [0.1, 1.0 / 3.0, f64::MIN_POSITIVE]);
    assert_eq!(got.take_f64("history/val_loss", None).unwrap(), [0.0; 0]);
    assert_eq!(got.number::<u64>("seed").unwrap(), u64::MAX);
    assert_eq!(got.metadata("config").unwrap(), "a = \"\u{e9}\"\nb = 1\n");
    got.finish().unwrap();
}

#[test]
fn the_same_content_is_the_same_bytes() {
    let bytes = archive().to_bytes();
    assert!((0..10).all(|_| archive().to_bytes() == bytes));
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    // Aligned for programs that map the file: the widest elements come first.
    assert!(header.is_multiple_of(8));
}

#[test]
fn every_flipped_bit_is_noticed() {
    let bytes = archive().to_bytes();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << bit;
            let error = read(&bytes).expect_err(&format!("bit {bit} of byte {at}"));
            assert!(error.is_damage(), "byte {at}: {error}");
            assert!(error.to_string().starts_with("checkpoint.safetensors: "), "{error}");
        }
    }
}

#[test]
fn every_cut_is_noticed() {
    let bytes = archive().to_bytes();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    for len in 0..bytes.len() {
        let error = read(&bytes[..len]).expect_err("part of a file");
        let CheckpointError::Length { expected, found, .. } = error else { panic!("{error}") };
        assert_eq!(found, len as u64);
        // A complete header tells how much must follow.
        if len >= 8 + header {
            assert_eq!(expected, bytes.len() as u64);
        }
    }
    let mut longer = bytes.clone();
    longer.push(0);
    let error = read(&longer).unwrap_err().to_string();
    let (expected, found) = (bytes.len(), bytes.len() + 1);
    assert_eq!(error, format!("checkpoint.safetensors: expected {expected} bytes, found {found}"));
}

#[test]
fn a_header_that_promises_anything_allocates_nothing() {
    for header in [u64::MAX, u64::MAX - 7, 1 << 62, 1 << 30] {
        let mut bytes = archive().to_bytes();
        bytes[..8].copy_from_slice(&header.to_le_bytes());
        assert!(matches!(read(&bytes), Err(CheckpointError::Length { .. })));
    }
    for (from, to) in [("[3,2]", "[18446744073709551615,2]"), ("[0,24]", "[0,99999999999]")] {
        let error = read(&forged(from, to)).unwrap_err();
        assert!(error.is_damage(), "{error}");
    }
}

#[test]
fn another_version_is_refused_by_name() {
    let error = read(&forged("\"format\":\"1\"", "\"format\":\"2\"")).unwrap_err();
    assert_eq!(error.to_string(), "checkpoint.safetensors: expected format version 1, found 2");
    // An older file may have the right version, but a newer file is not damaged.
    assert!(!error.is_damage());
    assert!(read(&forged("\"format\":\"1\"", "\"format\":\"1\"")).is_ok());
}

#[test]
fn other_files_are_none_of_ours() {
    for bytes in [
        &b"<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>"[..],
        &[0x1f; 500],
    ] {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.contains("expected a safetensors file with a checksum"), "{error}");
    }
    let error = read(b"").unwrap_err().to_string();
    assert!(error.ends_with(" bytes, found 0"), "{error}");
}

#[test]
fn what_is_asked_for_must_be_there() {
    let got = || read(&archive().to_bytes()).unwrap();
    let message = |error: CheckpointError| error.to_string();
    assert_eq!(
        message(got().take("dense_1/kernel", Shape::from([2, 3])).unwrap_err()),
        "checkpoint.safetensors: tensor dense_1/kernel: expected F32 [2, 3], found F32 [3, 2]"
    );
    assert_eq!(
        message(got().take("dense_2/bias", Shape::from([2])).unwrap_err()),
        "checkpoint.safetensors: tensor dense_2/bias: expected F32 [2], found none"
    );
    assert_eq!(
        message(got().take("history/loss", Shape::from([3])).unwrap_err()),
        "checkpoint.safetensors: tensor history/loss: expected F32 [3], found F64 [3]"
    );
    assert_eq!(
        message(got().take_f64("history/loss", Some(2)).unwrap_err()),
        "checkpoint.safetensors: tensor history/loss: expected F64 [2], found F64 [3]"
    );
    assert_eq!(
        message(got().finish().unwrap_err()),
        "checkpoint.safetensors: tensor dense_1/bias: expected no tensor of this name, found F32 [2]"
    );
    assert_eq!(
        message(got().metadata("epoch").unwrap_err()),
        "checkpoint.safetensors: epoch: expected a value, found none"
    );
    assert_eq!(
        message(got().number::<u32>("seed").unwrap_err()),
        "checkpoint.safetensors: seed: expected a number, found 18446744073709551615"
    );
}
