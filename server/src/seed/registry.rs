//! The registry of the made-up world: as many GSPs as India has, and some hundreds of ASPs under them.

use app::model::{
    id::{ApplicationId, AspId, GspId},
    registry::{Application, Asp, Gsp, Standing},
};
use uuid::Uuid;

use super::{dice::Dice, names};
use crate::chance::Chance;

const GSPS: u64 = 60;
const ASPS: u64 = 400;
/// Sets these ids apart from the demo's.
const IDS: u128 = 0x5eed << 64;

/// Every application: each ASP under one GSP, each third under a second one, too.
pub fn applications(seed: u64) -> Vec<Application> {
    let dice = Dice::new(seed, u64::MAX);
    let chance: &dyn Chance = &dice;
    let mut applications = Vec::new();
    for n in 0..ASPS {
        let asp = Asp {
            id: AspId(Uuid::from_u128(IDS + 0xa5_0000 + u128::from(n))),
            name: format!("{} Books {n}", names::person(n)),
            short_name: format!("Books {n}"),
            standing: Standing::Active,
        };
        for m in 0..=u64::from(n % 3 == 0) {
            let gsp = (n + 7 * m) % GSPS;
            applications.push(Application {
                id: ApplicationId(Uuid::from_u128(IDS + 0xab_0000 + u128::from(2 * n + m))),
                client_id: format!("l7xx{}", hex::encode(chance.bytes::<16>())),
                asp: asp.clone(),
                gsp: Gsp {
                    id: GspId(Uuid::from_u128(IDS + 0x65_0000 + u128::from(gsp))),
                    name: format!("{} Suvidha {gsp} Ltd", names::business(gsp)),
                    short_name: format!("Suvidha {gsp}"),
                    standing: Standing::Active,
                },
                standing: Standing::Active,
            });
        }
    }
    applications
}
