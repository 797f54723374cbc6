//! What `cargo leptos watch` starts: the demo, from the folder and at the port that this tool names.

use std::{ffi::OsString, net::SocketAddr};

/// The arguments of this process. Where there are none and `cargo leptos watch` is what started it, those of the demo.
pub(crate) fn arguments(given: Vec<OsString>, named: impl Fn(&str) -> Option<String>) -> Vec<OsString> {
    if given.len() > 1 || named("LEPTOS_WATCH").is_none() {
        return given;
    }
    let mut arguments = given;
    arguments.push("demo".into());
    // What it names in vain, the demo says itself.
    if let Some(address) = named("LEPTOS_SITE_ADDR").and_then(|address| address.parse::<SocketAddr>().ok()) {
        arguments.extend(["--port".into(), address.port().to_string().into()]);
    }
    if let Some(site) = named("LEPTOS_SITE_ROOT") {
        arguments.extend(["--site".into(), site.into()]);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments_of(given: &[&str], watched: bool) -> Vec<String> {
        let named = |name: &str| match name {
            "LEPTOS_WATCH" => watched.then(|| "true".to_owned()),
            "LEPTOS_SITE_ADDR" => Some("127.0.0.1:3456".to_owned()),
            "LEPTOS_SITE_ROOT" => Some("target/leptos".to_owned()),
            _ => None,
        };
        let arguments = arguments(given.iter().map(Into::into).collect(), named);
        arguments.into_iter().map(|argument| argument.into_string().expect("text")).collect()
    }

    #[test]
    fn watched_and_asked_for_nothing_it_is_the_demo_where_the_tool_says() {
        let demo = ["asp-access", "demo", "--port", "3456", "--site", "target/leptos"];
        assert_eq!(arguments_of(&["asp-access"], true), demo);
        assert_eq!(arguments_of(&["asp-access"], false), ["asp-access"]);
        assert_eq!(arguments_of(&["asp-access", "serve"], true), ["asp-access", "serve"]);
    }
}
