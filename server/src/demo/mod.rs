//! The demo's stand-ins for the portal, the providers and an ASP.
