//! What gateways say later of the SMS that they took over.
//!
//! ```text
//! POST /v1/reports/{provider} ──► Doors (secret) ──► Shape (that gateway's form) ──► Intake ──► state, notice, weight
//! ```

mod doors;
mod intake;
pub mod record;
mod routes;
pub mod said;
pub mod shapes;

pub use self::{
    doors::{Door, Doors},
    intake::Intake,
    routes::routes,
};
pub(super) use self::{
    intake::{own_reference, write},
    routes::{heard, unreadable},
};
