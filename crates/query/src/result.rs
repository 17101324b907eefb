//! What a metric query answers: a scalar, a string, one point a series, or many.

use model::{FloatHistogram, Labels, Millis};
use std::sync::Arc;

/// A float or a native histogram.
#[derive(Debug, Clone, PartialEq)]
pub enum Point {
    /// A number.
    Float(f64),
    /// A native histogram.
    Histogram(Arc<FloatHistogram>),
}

/// One series of an instant vector.
#[derive(Debug, Clone, PartialEq)]
pub struct InstantSample {
    /// Who.
    pub labels: Labels,
    /// When it was evaluated.
    pub at: Millis,
    /// What.
    pub point: Point,
}

/// One series of a matrix. No time occurs both among floats and histograms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MatrixSeries {
    /// Who.
    pub labels: Labels,
    /// Floats, ascending by time.
    pub floats: Vec<(Millis, f64)>,
    /// Native histograms, ascending by time.
    pub histograms: Vec<(Millis, Arc<FloatHistogram>)>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// One number.
    Scalar {
        /// When it was evaluated.
        at: Millis,
        /// The number.
        value: f64,
    },
    /// One string.
    Text {
        /// When it was evaluated.
        at: Millis,
        /// The string.
        value: String,
    },
    /// One point a series, in the order computed.
    Vector(Vec<InstantSample>),
    /// Many points a series, sorted by labels.
    Matrix(Vec<MatrixSeries>),
}

impl Value {
    /// `scalar`, `string`, `vector` or `matrix`.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Scalar { .. } => "scalar",
            Value::Text { .. } => "string",
            Value::Vector(_) => "vector",
            Value::Matrix(_) => "matrix",
        }
    }
}
