//! `deriv`, `predict_linear` (least squares) and `double_exponential_smoothing`.

use super::sums::Compensated;

/// Slope per second and value at `at` of the line through the samples; both NaN when all are infinite.
pub(crate) fn linear(times: &[i64], values: &[f64], at: i64) -> (f64, f64) {
    let first = values[0];
    if values.iter().all(|v| *v == first) {
        return if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, first) };
    }
    let (mut x_sum, mut y_sum, mut xy_sum, mut xx_sum) =
        (Compensated::default(), Compensated::default(), Compensated::default(), Compensated::default());
    for (time, y) in times.iter().zip(values) {
        let x = (time - at) as f64 / 1e3;
        x_sum.add(x);
        y_sum.add(*y);
        xy_sum.add(x * y);
        xx_sum.add(x * x);
    }
    let n = values.len() as f64;
    let total = |c: Compensated| c.sum + c.compensation;
    let (x, y, xy, xx) = (total(x_sum), total(y_sum), total(xy_sum), total(xx_sum));
    let slope = (xy - x * y / n) / (xx - x * x / n);
    (slope, y / n - slope * x / n)
}

/// Holt's double exponential smoothing; needs two samples at least.
pub(crate) fn double_exponential(values: &[f64], smoothing: f64, trend: f64) -> f64 {
    let mut level = values[0];
    let mut previous = 0.0;
    let mut slope = values[1] - values[0];
    for (i, value) in values.iter().enumerate().skip(1) {
        if i > 1 {
            slope = trend * (level - previous) + (1.0 - trend) * slope;
        }
        (previous, level) = (level, smoothing * value + (1.0 - smoothing) * (level + slope));
    }
    level
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found() {
        assert_eq!(linear(&[0, 1000, 2000], &[1.0, 3.0, 5.0], 2000), (2.0, 5.0));
        assert_eq!(linear(&[0, 1000], &[4.0, 4.0], 0), (0.0, 4.0));
        assert!(linear(&[0, 1000], &[f64::INFINITY; 2], 0).0.is_nan());
        assert!((double_exponential(&[1.0, 2.0, 3.0, 4.0], 0.5, 0.5) - 4.0).abs() < 1e-9);
    }
}
