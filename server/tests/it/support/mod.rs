//! What the tests share.

pub(crate) mod exim;
pub(crate) mod letters;
pub(crate) mod world;
