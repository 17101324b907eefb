//! Pauses between tries: doubling from a least to a most, each shortened by a random part so that many senders do not
//! come back at once ("full jitter", <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).

use std::time::Duration;
use stdx::Rng;

/// The pauses of one delivery.
#[derive(Debug, Clone)]
pub struct Backoff {
    next: Duration,
    most: Duration,
    rng: Rng,
}

impl Backoff {
    /// Pauses that grow from `least` to `most`.
    pub fn new(least: Duration, most: Duration, rng: Rng) -> Self {
        Backoff { next: least.min(most), most, rng }
    }

    /// The next pause: between half of the current one and all of it.
    pub fn pause(&mut self) -> Duration {
        let pause = self.next.mul_f64(0.5 + self.rng.unit() / 2.0);
        self.next = (self.next * 2).min(self.most);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_most() {
        let (least, most) = (Duration::from_millis(100), Duration::from_millis(350));
        let mut backoff = Backoff::new(least, most, Rng::seeded(1));
        for full in [100, 200, 350, 350] {
            let pause = backoff.pause();
            assert!(
                pause >= Duration::from_millis(full / 2) && pause <= Duration::from_millis(full),
                "{pause:?} of {full}"
            );
        }
    }
}
