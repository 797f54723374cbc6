//! Reads a whole database and says which rows break a rule that always holds. Changes nothing.
//!
//! A page of taxpayers at a time is read in one snapshot, so that a server may go on writing; every rule here is a rule
//! about the rows of one taxpayer. A new rule is a file in `checks` and a line in [`checks::ALL`].

mod checks;
mod dossier;
mod log;
mod pass;
mod violation;

pub use self::{
    dossier::Dossier,
    pass::{Page, verify},
    violation::{Counted, Violation},
};

#[cfg(test)]
mod tests;
