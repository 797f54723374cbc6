//! Who may ask the check API: an API gateway that shows its secret as a bearer token (RFC 6750).

use axum::http::{HeaderMap, StatusCode, header::AUTHORIZATION};

use super::Checks;
use crate::{problem::Problem, vault::Purpose};

const NOT_A_GATEWAY: Problem = Problem {
    status: StatusCode::UNAUTHORIZED,
    kind: "not-a-gateway",
    title: "Only an API gateway that shows its secret may ask: Authorization: Bearer …",
};

/// The name of the gateway that asks.
///
/// # Errors
/// A problem to answer with, where no gateway has this secret or the store fails.
pub(super) async fn gateway(checks: &Checks, headers: &HeaderMap) -> Result<String, Problem> {
    let secret = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let hash = checks.vault.hash(Purpose::Secret, secret.ok_or(NOT_A_GATEWAY)?.as_bytes());
    let may = || checks.nodes.may_answer_from_memory();
    if let Some(name) = checks.memory.gateway(&hash, may) {
        return Ok(name);
    }
    let mark = checks.memory.mark(may);
    let mut work = checks.store.read().await.map_err(|_| Problem::UNAVAILABLE)?;
    let name = work.gateway(hash).await.map_err(|_| Problem::UNAVAILABLE)?.ok_or(NOT_A_GATEWAY)?;
    if let Some(mark) = mark {
        checks.memory.keep_gateway(&hash, &name, mark);
    }
    Ok(name)
}
