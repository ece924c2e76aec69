//! Text of values: JSON as `jsonencode` writes it, Go's quoting, and HCL as `console` and `output` print it.
//!
//! What a reader may see is the caller's affair, except in `render`, which never prints a secret.

mod go;
mod json;
mod render;

pub use go::quote;
pub use json::{DecodeError, decode_json, encode_json};
pub use render::render;
