//! JPEG images.

use ae_data::decode_image;

/// Small, so that thousands of inputs can be tested per second.
const MOST_PIXELS: u64 = 1 << 16;

/// Reads any bytes as an image of a folder, JPEG above all. An image that is read respects the
/// limit, has all its values and is the same when it is read again; an error is one line.
///
/// # Panics
///
/// When the property does not hold.
pub fn jpeg_image(bytes: &[u8]) {
    let read = || decode_image(bytes, MOST_PIXELS);
    match read() {
        Ok((extents, values)) => {
            assert!(extents.pixels() as u64 <= MOST_PIXELS);
            assert_eq!(values.len(), extents.len());
            assert_eq!(read(), Ok((extents, values)));
        }
        Err(message) => {
            assert!(!message.is_empty() && !message.contains(char::is_control), "{message:?}");
        }
    }
}
