//! `ElectionTimeouts`: election timeouts that are a function of a seed.

use std::ops::Range;

use crate::wal::random::Random;

/// Draws the randomized election timeouts of a node, in place of the random generator of raft-rs, which has no seed.
///
/// raft-rs draws in the middle of its calls, and has no hook there. So its own range is made so large that no number
/// that it draws is a timeout of the configuration: the probability is that of the lengths of the ranges, below 2**-50
/// for any timeout in use. What it has drawn is replaced before the next use.
pub struct ElectionTimeouts {
    random: Random,
    range: Range<usize>,
}

impl ElectionTimeouts {
    /// Takes the range of a valid configuration over.
    pub fn take_over(config: &mut raft::Config, seed: u64) -> Self {
        let range = config.min_election_tick()..config.max_election_tick();
        config.min_election_tick = range.start;
        config.max_election_tick = usize::MAX;
        Self { random: Random(seed), range }
    }

    /// Returns whether a timeout is in the range of the configuration.
    pub fn contains(&self, timeout: usize) -> bool {
        self.range.contains(&timeout)
    }

    /// Draws the next timeout.
    pub fn draw(&mut self) -> usize {
        self.range.start + self.random.below(self.range.len())
    }

    /// Returns the timeout that is drawn next.
    pub fn next(&self) -> usize {
        let mut random = self.random;
        self.range.start + random.below(self.range.len())
    }
}
