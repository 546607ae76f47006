//! The outputs whose activation the loss applies.

use crate::base::{Error, Result};

/// The outputs whose activation the network leaves out, because the loss takes the pre-activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeftOut(u64);

impl LeftOut {
    /// The network applies all activations.
    pub(crate) const NONE: Self = Self(0);

    /// Returns the bit of an output.
    ///
    /// # Errors
    ///
    /// There is no bit for it: a model has at most 64 outputs.
    pub(super) fn bit(output: usize) -> Result<u64> {
        let bit = u32::try_from(output).ok().and_then(|output| 1_u64.checked_shl(output));
        bit.ok_or_else(|| Error::argument("Functional", "outputs", format!("more than {output}"), "at most 64 outputs"))
    }

    /// Adds an output; the number of an output is at most 63.
    pub(crate) fn and(self, output: usize) -> Self {
        Self(self.0 | 1 << output)
    }

    /// Returns whether the activation of the output with this bit is left out.
    #[inline(always)]
    pub(super) fn has(self, bit: u64) -> bool {
        self.0 & bit != 0
    }
}
