<<<<<<< HEAD
//! The server's parts together, over a real database file.

mod consents;
=======
//! The server from outside, against real counterparts.

mod providers;
mod smtp;
>>>>>>> alerts
mod support;
