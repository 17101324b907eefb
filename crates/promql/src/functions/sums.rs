//! Sums with Neumaier's compensation, and the means made of them.
//! Source: A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, 1974.

/// A running sum and what rounding has taken from it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Compensated {
    /// The sum as doubles see it.
    pub(crate) sum: f64,
    /// What is to be added to it.
    pub(crate) compensation: f64,
}

impl From<f64> for Compensated {
    fn from(sum: f64) -> Self {
        Compensated { sum, compensation: 0.0 }
    }
}

impl Compensated {
    /// Adds one number. A sum that leaves the range of doubles stays infinite, not NaN.
    pub(crate) fn add(&mut self, value: f64) {
        let total = self.sum + value;
        if total.is_infinite() {
            self.compensation = 0.0;
        } else if self.sum.abs() >= value.abs() {
            self.compensation += (self.sum - total) + value;
        } else {
            self.compensation += (value - total) + self.sum;
        }
        self.sum = total;
    }

    /// Adds one number as `+` does.
    pub(crate) fn add_plain(&mut self, value: f64) {
        self.sum += value;
    }

    pub(crate) fn scale(&mut self, factor: f64) {
        self.sum *= factor;
        self.compensation *= factor;
    }

    pub(crate) fn divide(&mut self, divisor: f64) {
        self.sum /= divisor;
        self.compensation /= divisor;
    }

    /// The best estimate of the sum.
    pub(crate) fn value(&self) -> f64 {
        if self.sum.is_infinite() { self.sum } else { self.sum + self.compensation }
    }
}

/// A running mean: sum by count, until the sum would overflow, then incremental.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mean {
    total: Compensated,
    count: f64,
    incremental: bool,
}

impl Mean {
    pub(crate) fn new(first: f64) -> Self {
        Mean { total: first.into(), count: 1.0, incremental: false }
    }

    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1.0;
        if !self.incremental {
            let mut next = self.total;
            next.add(value);
            if !next.sum.is_infinite() {
                self.total = next;
                return;
            }
            self.incremental = true;
            self.total.divide(self.count - 1.0);
        }
        self.total.scale((self.count - 1.0) / self.count);
        self.total.add(value / self.count);
    }

    pub(crate) fn value(&self) -> f64 {
        if self.incremental {
            return self.total.sum + self.total.compensation;
        }
        self.total.sum / self.count + self.total.compensation / self.count
    }
}

/// Count, mean and squared distance from it (Welford).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Spread {
    pub(crate) count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    /// Starts with one value; infinities and NaN spoil the result.
    pub(crate) fn new(first: f64) -> Self {
        Spread { count: 1.0, mean: first, squares: if first.is_finite() { 0.0 } else { f64::NAN } }
    }

    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1.0;
        let delta = value - self.mean;
        self.mean += delta / self.count;
        self.squares += delta * (value - self.mean);
    }

    pub(crate) fn variance(&self) -> f64 {
        self.squares / self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_terms_survive_large_ones() {
        let mut sum = Compensated::default();
        [1.0, 1e100, 1.0, -1e100].iter().for_each(|v| sum.add(*v));
        assert_eq!(sum.value(), 2.0);
        let mut mean = Mean::new(f64::MAX);
        mean.add(f64::MAX);
        assert_eq!(mean.value(), f64::MAX);
        let mut spread = Spread::new(1.0);
        spread.add(2.0);
        assert_eq!(spread.variance(), 0.25);
    }
}
