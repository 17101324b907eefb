//! What users of other metric databases send and keep, one file a format. Each reads text into a batch and lists what it left
//! out; none of them has numbers, names or times of its own beyond the text's.

pub mod csv;
pub mod graphite;
pub mod influx;
pub mod json_lines;
