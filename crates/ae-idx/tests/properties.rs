//! Properties of every array and of every sequence of bytes.

mod common;

use ae_idx::{IdxArray, IdxData, IdxError, Limits, Packing, read, read_file, write, write_file};
use common::{gzip, idx, same_bits};
use proptest::collection::vec;
use proptest::prelude::*;
use std::io::Read;

/// Arrays of every type. Ranks go from 0 to 6, occasionally up to 255 with leading dimensions of 1.
fn arrays() -> impl Strategy<Value = IdxArray> {
    let dims = (prop_oneof![9 => Just(0usize), 1 => 0..250usize], vec(1..5u32, 0..6))
        .prop_map(|(ones, rest)| [vec![1; ones], rest].concat());
    (dims, 0..6u8).prop_flat_map(|(dims, kind)| {
        let n = dims.iter().product::<u32>() as usize;
        let data = match kind {
            0 => vec(any::<u8>(), n).prop_map(IdxData::U8).boxed(),
            1 => vec(any::<i8>(), n).prop_map(IdxData::I8).boxed(),
            2 => vec(any::<i16>(), n).prop_map(IdxData::I16).boxed(),
            3 => vec(any::<i32>(), n).prop_map(IdxData::I32).boxed(),
            // From bits: every NaN, infinity and subnormal number occurs.
            4 => vec(any::<u32>().prop_map(f32::from_bits), n).prop_map(IdxData::F32).boxed(),
            _ => vec(any::<u64>().prop_map(f64::from_bits), n).prop_map(IdxData::F64).boxed(),
        };
        data.prop_map(move |data| IdxArray::new(dims.clone(), data).unwrap())
    })
}

fn packed(array: &IdxArray, packing: Packing) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, array, packing).unwrap();
    bytes
}

fn parse(bytes: &[u8]) -> Result<IdxArray, IdxError> {
    read(bytes, "bytes", &Limits { max_bytes: 1 << 24 })
}

/// Returns one byte at a time, as a slow pipe may.
struct OneByte<'a>(&'a [u8]);

impl Read for OneByte<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = buffer.len().min(1);
        self.0.read(&mut buffer[..n])
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(array in arrays()) {
        for packing in [Packing::Plain, Packing::Gzip] {
            let again = parse(&packed(&array, packing)).unwrap();
            prop_assert!(same_bits(&array, &again));
        }
    }

    #[test]
    fn one_byte_at_a_time_reads_the_same(array in arrays()) {
        for packing in [Packing::Plain, Packing::Gzip] {
            let bytes = packed(&array, packing);
            let again = read(OneByte(&bytes), "bytes", &Limits::default()).unwrap();
            prop_assert!(same_bits(&array, &again));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
        let _ = parse(&gzip(&bytes));
        let _ = parse(&[&[0x1f, 0x8b, 8][..], &bytes].concat());
    }

    /// Random bytes rarely pass the magic number; these start as an IDX file does.
    #[test]
    fn arbitrary_headers_never_panic(
        code in 7..16u8,
        dims in vec(prop_oneof![0..4u32, any::<u32>()], 0..5),
        payload in vec(any::<u8>(), 0..100),
    ) {
        let bytes = idx(code, &dims, &payload);
        let plain = parse(&bytes);
        let unpacked = parse(&gzip(&bytes));
        prop_assert_eq!(plain.is_ok(), unpacked.is_ok());
        if let Ok(array) = plain {
            prop_assert_eq!(packed(&array, Packing::Plain), bytes);
        }
    }

    #[test]
    fn a_plain_file_cut_or_extended_anywhere_is_refused(array in arrays(), at in any::<prop::sample::Index>()) {
        let whole = packed(&array, Packing::Plain);
        prop_assert!(parse(&whole[..at.index(whole.len())]).is_err());
        prop_assert!(parse(&[&whole[..], &[0]].concat()).is_err());
    }
}

proptest! {
    // Each case covers every position of the file.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_gzip_file_cut_anywhere_is_refused(array in arrays()) {
        let whole = packed(&array, Packing::Gzip);
        for end in 0..whole.len() {
            prop_assert!(parse(&whole[..end]).is_err(), "cut at {}", end);
        }
    }

    #[test]
    fn a_damaged_gzip_byte_is_noticed_or_harmless(array in arrays(), damage in 1..=255u8) {
        let whole = packed(&array, Packing::Gzip);
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= damage;
            // The fuzzer's first finding: the reported fault depended on how much was delivered at
            // once.
            let in_pieces = read(OneByte(&bytes), "bytes", &Limits { max_bytes: 1 << 24 });
            match (parse(&bytes), in_pieces) {
                (Ok(a), Ok(b)) => prop_assert!(same_bits(&a, &b)),
                (a, b) => prop_assert_eq!(format!("{:?}", a), format!("{:?}", b), "byte {}", at),
            }
            if let Ok(again) = parse(&bytes) {
                // The header's date and system do not affect the content, nor do the bits that pad
                // a deflate block's last byte. The magic number, the method and the trailer do.
                prop_assert!((3..whole.len() - 8).contains(&at), "byte {} is not optional", at);
                prop_assert!(same_bits(&array, &again), "byte {} changed the array", at);
            }
        }
    }
}

/// Arrays larger than every internal step, which the small ones above never fill.
#[test]
fn large_arrays_survive_the_round_trip_through_files() {
    let n = 3 * 1024 * 1024 + 7;
    let u8s = IdxData::U8((0..n).map(|i| (i * 31 % 255) as u8).collect());
    let f64s = IdxData::F64((0..n / 8).map(|i| f64::from(i as u32) / 3.0).collect());
    let i16s = IdxData::I16((0..n / 2).map(|i| (i * 17) as i16).collect());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large");
    for data in [u8s, f64s, i16s] {
        let dims = vec![u32::try_from(data.len()).unwrap()];
        let array = IdxArray::new(dims, data).unwrap();
        for packing in [Packing::Plain, Packing::Gzip] {
            write_file(&path, &array, packing).unwrap();
            assert!(read_file(&path, &Limits::default()).unwrap() == array);
        }
    }
}
