//! The GST wire, as GSPs speak it.

pub mod envelope;
pub mod errors;
pub mod keys;
pub mod wire;
