//! A witness: remembers how a log was, and sees whether what it is shown later is that log, only longer. It needs nothing of
//! the server but its public addresses, and belongs to somebody else.

mod look;
mod memory;
mod source;

pub use self::{
    look::{Alarm, LookError, Seen, look},
    memory::{BadMemory, Memory},
    source::{CannotRead, Source},
};
