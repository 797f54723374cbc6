//! The check: may this call pass?.
