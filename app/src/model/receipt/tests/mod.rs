//! Receipts and exports, made as the server makes them, and what becomes of them when somebody changes them.

mod exports;
mod given;
mod golden;
mod receipts;
