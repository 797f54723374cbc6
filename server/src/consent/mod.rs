//! The life of a consent.
