//! What is decided on one of two servers holds on both when it is acknowledged: in whichever way an API gateway asks, and
//! whoever decided it first.

use std::{net::Ipv4Addr, sync::Arc};

use app::model::otp::OtpRules;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use server::{
    consent::SESSIONS_PER_GSP_MAX,
    demo::cast::GATEWAY_SECRET,
    enforce::{Checks, routes},
};
use tokio::net::TcpListener;

use crate::support::{
    database::{Engine, on_both_engines},
    decision::Decision,
    node::Node,
    world::World,
};

/// A world in which the clock need not move between so many consents.
async fn of_many_consents(engine: Engine) -> World {
    let rules = OtpRules { requests_per_taxpayer_max: 100, requests_per_application_max: 100, ..OtpRules::default() };
    World::under(engine, rules, SESSIONS_PER_GSP_MAX).await
}

/// A server's check API, as a gateway reaches it.
struct Door {
    url: String,
    http: Client,
}

impl Door {
    async fn open(checks: Arc<Checks>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("listener");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        tokio::spawn(async move { axum::serve(listener, routes(checks)).await });
        Self { url, http: Client::new() }
    }

    /// Whether a call passes, by introspection and by forward-auth.
    async fn passes(&self, token: &str) -> [bool; 2] {
        let form = [("token", token), ("api", "returns"), ("action", "RETSUM")];
        let asked = self.http.post(format!("{}/v1/introspect", self.url)).bearer_auth(GATEWAY_SECRET).form(&form);
        let answer: Value = asked.send().await.expect("an answer").json().await.expect("JSON");
        let asked = self.http.get(format!("{}/v1/forward-auth", self.url)).bearer_auth(GATEWAY_SECRET);
        let asked = asked.header("auth-token", token).header("x-original-uri", "/returns?action=RETSUM");
        let status = asked.send().await.expect("an answer").status();
        assert!([StatusCode::OK, StatusCode::FORBIDDEN].contains(&status), "{status}");
        [answer["active"].as_bool().expect("introspection says it"), status == StatusCode::OK]
    }
}

async fn whatever_is_decided_on_one_server_is_refused_by_both_however_they_are_asked(world: World) {
    let nodes = [Node::start(&world).await, Node::start(&world).await];
    let doors = [Door::open(nodes[0].checks.clone()).await, Door::open(nodes[1].checks.clone()).await];
    for (turn, decision) in Decision::ALL.into_iter().enumerate() {
        let granted = world.grant().await;
        for (node, door) in nodes.iter().zip(&doors) {
            assert_eq!(door.passes(&granted.token).await, [true; 2], "before: {decision:?}");
            assert!(node.nodes.may_answer_from_memory());
        }
        let decider = &nodes[turn % 2].consents;
        decision.make(&world, decider, &granted).await;
        for (node, door) in nodes.iter().zip(&doors) {
            assert_eq!(door.passes(&granted.token).await, [false; 2], "{decision:?} was acknowledged");
            assert_eq!(node.check(&granted).await, Err(decision.reason()), "{decision:?}");
        }
        decision.take_back(&world, decider).await;
    }
}

async fn a_decision_made_again_is_not_acknowledged_before_that_of_one_who_died_holds(world: World) {
    let (node, other) = (Node::start(&world).await, Node::start(&world).await);
    for decision in Decision::ALL {
        let granted = world.grant().await;
        assert_eq!(node.check(&granted).await, Ok(()), "before: {decision:?}");
        decision.left_by_one_who_died(&world, &granted).await;
        assert_eq!(node.check(&granted).await, Ok(()), "it has not heard of it: {decision:?}");
        decision.make(&world, &other.consents, &granted).await;
        assert_eq!(node.check(&granted).await, Err(decision.reason_alone()), "{decision:?} was acknowledged");
        decision.take_back(&world, &other.consents).await;
    }
}

on_both_engines!(super::of_many_consents:
    whatever_is_decided_on_one_server_is_refused_by_both_however_they_are_asked,
    a_decision_made_again_is_not_acknowledged_before_that_of_one_who_died_holds,
);
