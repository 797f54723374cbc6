//! What is owed to a signatory, and how it gets there.
