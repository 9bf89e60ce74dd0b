//! Draws that depend on what they are for and never on when they happen.

/// Folds the parts of a key into one number (FNV-1a, then a strong finish).
pub(crate) fn key(seed: u64, parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ mix(seed);
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    mix(hash)
}

/// Combines two numbers into a new key.
pub(crate) fn join(left: u64, right: u64) -> u64 {
    mix(left ^ mix(right.wrapping_add(0x9e37_79b9_7f4a_7c15)))
}

/// A number in `[0, 1)` from a key.
pub(crate) fn unit(key: u64) -> f64 {
    const BITS: u32 = 53;
    (mix(key) >> (64 - BITS)) as f64 / (1_u64 << BITS) as f64
}

/// A number in `[low, high)` from a key.
pub(crate) fn between(key: u64, low: f64, high: f64) -> f64 {
    low + unit(key) * (high - low)
}

/// The finaliser of splitmix64: every input bit reaches every output bit.
fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_repeat_for_the_same_key_and_differ_for_another() {
        assert_eq!(key(7, &["a", "b"]), key(7, &["a", "b"]));
        assert_ne!(key(7, &["a", "b"]), key(7, &["ab", ""]));
        assert_ne!(key(7, &["a"]), key(8, &["a"]));
    }

    #[test]
    fn draws_spread_evenly() {
        let mean = (0..10_000).map(|n| unit(join(1, n))).sum::<f64>() / 10_000.0;
        assert!((0.49..0.51).contains(&mean), "{mean}");
    }
}
