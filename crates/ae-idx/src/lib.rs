//! Reads and writes IDX files (MNIST's format), plain or gzip, trusting nothing.
