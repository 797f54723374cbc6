//! Made-up data in any amount: a registry, taxpayers, and the lives of their consents, the same for the same seed.
//!
//! What a life leaves behind is made by the rules of the model themselves, so that a seeded database keeps every rule
//! that [`crate::verify`] knows.

mod dice;
mod life;
mod names;
mod past;
mod plan;
mod registry;
mod run;

pub use self::{
    dice::Dice,
    names::gstin,
    past::Past,
    plan::Plan,
    registry::applications,
    run::{CannotSeed, Seeded, seed},
};
