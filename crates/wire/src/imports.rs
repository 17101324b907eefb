//! What users of other databases send and keep, one file a format. Those of metrics read text into a batch and list what they
//! left out; none of them has numbers, names or times of its own beyond the text's. Blocks are files.

pub mod csv;
pub mod graphite;
pub mod influx;
pub mod json_lines;
pub mod prometheus_block;
pub mod tempo_block;
