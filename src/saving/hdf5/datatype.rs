//! The types of values (specification, IV.A.2.d): numbers and texts; other types are not read.

use super::Result;
use super::fields::Fields;

/// The type of a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Datatype {
    Number(Number),
    /// A text of a fixed size, padded with spaces or with zeros.
    Text {
        size: usize,
        spaces: bool,
    },
    /// A text in the global heap.
    HeapText,
    /// Another type, with a description.
    Other(&'static str),
}

/// A number type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::saving) struct Number {
    form: Form,
    /// The number of bytes: 1, 2, 4 or 8.
    size: usize,
    /// True if the highest byte is first.
    big_endian: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Float,
    Signed,
    Unsigned,
}

impl Number {
    pub(in crate::saving) const F32: Self = Self { form: Form::Float, size: 4, big_endian: false };
    pub(in crate::saving) const F64: Self = Self { form: Form::Float, size: 8, big_endian: false };
    pub(in crate::saving) const I64: Self = Self { form: Form::Signed, size: 8, big_endian: false };

    pub(in crate::saving) fn size(self) -> usize {
        self.size
    }

    /// Converts bytes to numbers.
    pub(in crate::saving) fn values(self, bytes: &[u8]) -> Vec<f64> {
        bytes.chunks_exact(self.size).map(|bytes| self.value(bytes)).collect()
    }

    /// Returns the message that describes this type.
    pub(super) fn message(self) -> Vec<u8> {
        let order = u8::from(self.big_endian);
        let bits = 8 * self.size as u8;
        let (class, flags, properties) = match (self.form, self.size) {
            (Form::Unsigned, _) => (0x10, [order, 0], &[][..]),
            (Form::Signed, _) => (0x10, [order | 8, 0], &[][..]),
            // The fields are the first bit and the size of the exponent, those of the fraction, and the bias of the exponent.
            (Form::Float, 2) => (0x11, [order | 0x20, 15], &[10, 5, 0, 10, 15, 0, 0, 0][..]),
            (Form::Float, 4) => (0x11, [order | 0x20, 31], &[23, 8, 0, 23, 127, 0, 0, 0][..]),
            (Form::Float, _) => (0x11, [order | 0x20, 63], &[52, 11, 0, 52, 0xff, 3, 0, 0][..]),
        };
        let start = [class, flags[0], flags[1], 0, self.size as u8, 0, 0, 0, 0, 0, bits, 0];
        [&start, properties].concat()
    }

    fn value(self, bytes: &[u8]) -> f64 {
        let mut wide = [0; 8];
        wide[..self.size].copy_from_slice(bytes);
        if self.big_endian {
            wide[..self.size].reverse();
        }
        let bits = u64::from_le_bytes(wide);
        let unused = 64 - 8 * self.size as u32;
        match (self.form, self.size) {
            (Form::Signed, _) => ((bits << unused) as i64 >> unused) as f64,
            (Form::Unsigned, _) => bits as f64,
            (Form::Float, 8) => f64::from_bits(bits),
            (Form::Float, 4) => f32::from_bits(bits as u32).into(),
            (Form::Float, _) => half(bits as u16),
        }
    }
}

/// Converts an IEEE number of 16 bits.
fn half(bits: u16) -> f64 {
    let (sign, exponent, fraction) = (bits >> 15, i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff) / 1024.0);
    let size = match exponent {
        0 => fraction * 2f64.powi(-14),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + fraction) * 2f64.powi(exponent - 15),
    };
    if sign == 1 { -size } else { size }
}

impl Datatype {
    pub(super) fn read(message: &[u8]) -> Result<Self> {
        let mut fields = Fields::new(message);
        let class = fields.byte()? & 0xf;
        let bits = fields.number(3)?;
        let size = fields.count(4)?;
        Ok(match class {
            0 => integer(bits, size, fields)?,
            1 => float(message, bits, size),
            3 => Self::Text { size, spaces: bits & 0xf == 2 },
            // An enumeration, such as that of boolean values, contains the type of its numbers.
            8 => match Self::read(fields.rest())? {
                Self::Number(number) if number.size == size => Self::Number(number),
                _ => Self::Other("an enumeration"),
            },
            9 if bits & 0xf == 1 => Self::HeapText,
            9 => Self::Other("sequences"),
            2 => Self::Other("times"),
            4 => Self::Other("bits"),
            5 => Self::Other("bytes without meaning"),
            6 => Self::Other("records"),
            7 => Self::Other("references"),
            10 => Self::Other("arrays"),
            _ => Self::Other("values of an unknown type"),
        })
    }
}

fn integer(bits: u64, size: usize, mut fields: Fields) -> Result<Datatype> {
    let (start, used) = (fields.number(2)?, fields.count(2)?);
    if ![1, 2, 4, 8].contains(&size) || start != 0 || used != 8 * size {
        return Ok(Datatype::Other("whole numbers of an unusual form"));
    }
    let form = if bits & 8 != 0 { Form::Signed } else { Form::Unsigned };
    Ok(Datatype::Number(Number { form, size, big_endian: bits & 1 != 0 }))
}

fn float(message: &[u8], bits: u64, size: usize) -> Datatype {
    let number = Number { form: Form::Float, size, big_endian: bits & 1 != 0 };
    // Only IEEE numbers are read; all fields but the version must be equal to those of the message for this type.
    let is_usual = [2, 4, 8].contains(&size) && message.get(1..20) == Some(&number.message()[1..]);
    if is_usual { Datatype::Number(number) } else { Datatype::Other("floating-point numbers of an unusual form") }
}

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn numbers_of_16_bits() {
        let cases =
            [(0x3c00, 1.0), (0xc000, -2.0), (0x7bff, 65504.0), (0x0001, 2f64.powi(-24)), (0x8000, 0.0), (0x3555, 0.333251953125)];
        for (bits, value) in cases {
            assert_eq!(half(bits), value);
        }
        assert_eq!(half(0xfc00), f64::NEG_INFINITY);
        assert!(half(0x7e00).is_nan());
    }
}
