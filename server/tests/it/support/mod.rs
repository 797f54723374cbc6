//! What the tests share.

pub(crate) mod course;
pub(crate) mod database;
pub(crate) mod decision;
pub(crate) mod demo_server;
pub(crate) mod exim;
pub(crate) mod fleet;
pub(crate) mod gateway;
pub(crate) mod house;
pub(crate) mod lane;
pub(crate) mod letters;
pub(crate) mod link;
pub(crate) mod node;
pub(crate) mod post;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod relay;
pub(crate) mod revokes;
pub(crate) mod sealing;
pub(crate) mod serve;
pub(crate) mod small_disk;
pub(crate) mod sms_gateway;
pub(crate) mod told;
pub(crate) mod world;
