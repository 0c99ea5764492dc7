//! Tables of numbers.

/// The most numbers, which keeps each input fast.
const LIMIT: u64 = 1 << 16;

/// Reads any bytes as a `.csv` file. A table that is read has lines and columns within the limit;
/// an error is one line with the name.
///
/// # Panics
///
/// When the property does not hold.
pub fn csv_table(bytes: &[u8]) {
    check(ae_data::check_table(bytes, LIMIT));
    // The same bytes as rows of measurements, without a label and with one.
    check(ae_data::check_vectors(bytes, LIMIT, None));
    check(ae_data::check_vectors(bytes, LIMIT, Some("1")));
}

fn check(read: Result<[usize; 2], ae_data::DataError>) {
    match read {
        Ok([lines, columns]) => {
            assert!(lines > 0 && columns > 0);
            assert!((lines * columns) as u64 <= LIMIT);
        }
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with("table: "), "{message:?}");
            assert!(!message.contains(char::is_control), "{message:?}");
        }
    }
}
