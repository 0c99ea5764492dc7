//! The property is in `tests/properties`, where a plain test finds it too.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ae_properties::jpeg_image(bytes));
