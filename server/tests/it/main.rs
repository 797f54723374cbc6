//! The server from outside, against real counterparts.

mod providers;
mod smtp;
mod support;
