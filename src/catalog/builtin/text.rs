//! The characters that random text is made of.

/// Digits.
pub(super) const DIGITS: &str = "0123456789";
/// Lower-case letters.
pub(super) const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
/// Upper-case letters.
pub(super) const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Special characters, unless `override_special` gives others.
pub(super) const SPECIAL: &str = "!@#$%&*()-_=+[]{}<>:?";
