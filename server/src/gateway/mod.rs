//! The GST wire, as GSPs speak it.
