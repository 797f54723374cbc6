//! The screen's server side.
