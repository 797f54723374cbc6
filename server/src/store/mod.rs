//! The storage port and its engine.
