//! Dataspaces: the shapes of arrays (specification, IV.A.2.b).

use super::Result;
use super::fields::Fields;

/// Returns the extents of an array; there are none for a single value. An empty dataspace is an array of no values.
pub(super) fn shape(message: &[u8], length: usize) -> Result<Vec<u64>> {
    let mut fields = Fields::new(message);
    let version = fields.byte()?;
    let rank = fields.byte()?;
    fields.skip(1)?;
    match version {
        1 => fields.skip(5)?,
        2 => match fields.byte()? {
            0 | 1 => (),
            2 => return Ok(vec![0]),
            other => return Err(format!("a dataspace has the unknown kind {other}")),
        },
        other => return Err(format!("a dataspace has version {other}; versions 1 and 2 can be read")),
    }
    (0..rank).map(|_| fields.number(length)).collect()
}

/// Returns the number of values of this shape; `None` if it exceeds 64 bits.
pub(super) fn count(shape: &[u64]) -> Option<u64> {
    match shape.contains(&0) {
        true => Some(0),
        false => shape.iter().try_fold(1, |count: u64, &extent| count.checked_mul(extent)),
    }
}
