//! The checksum of newer structures: Bob Jenkins' lookup3 (`hashlittle`, public domain, 2006), specification, appendix
//! "Algorithms".

/// Returns the checksum of these bytes.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let start = 0xdead_beef_u32.wrapping_add(bytes.len() as u32);
    let (mut a, mut b, mut c) = (start, start, start);
    if bytes.is_empty() {
        return c;
    }
    // The last block, which has up to twelve bytes, is mixed in another way.
    let last = (bytes.len() - 1) / 12 * 12;
    for block in bytes[..last].chunks_exact(12) {
        [a, b, c] = added([a, b, c], block);
        (a, b, c) = mixed(a, b, c);
    }
    [a, b, c] = added([a, b, c], &bytes[last..]);
    for (to_c, to_a, to_b) in [(14, 11, 25), (16, 4, 14)] {
        c = (c ^ b).wrapping_sub(b.rotate_left(to_c));
        a = (a ^ c).wrapping_sub(c.rotate_left(to_a));
        b = (b ^ a).wrapping_sub(a.rotate_left(to_b));
    }
    (c ^ b).wrapping_sub(b.rotate_left(24))
}

/// Adds up to twelve little-endian bytes to the three words.
fn added(mut words: [u32; 3], bytes: &[u8]) -> [u32; 3] {
    for (place, &byte) in bytes.iter().enumerate() {
        words[place / 4] = words[place / 4].wrapping_add(u32::from(byte) << (place % 4 * 8));
    }
    words
}

fn mixed(mut a: u32, mut b: u32, mut c: u32) -> (u32, u32, u32) {
    for (first, second, third) in [(4, 6, 8), (16, 19, 4)] {
        a = a.wrapping_sub(c) ^ c.rotate_left(first);
        c = c.wrapping_add(b);
        b = b.wrapping_sub(a) ^ a.rotate_left(second);
        a = a.wrapping_add(c);
        c = c.wrapping_sub(b) ^ b.rotate_left(third);
        b = b.wrapping_add(a);
    }
    (a, b, c)
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn it_is_what_its_author_says() {
        // These values are from the self-test of lookup3.c.
        assert_eq!(checksum(b""), 0xdead_beef);
        assert_eq!(checksum(b"Four score and seven years ago"), 0x1777_0551);
    }
}
