//! The demo's cast: made-up GSPs, ASPs, applications, taxpayers and signatories. The same every time.

use app::model::{
    access_window::AccessWindow,
    gstin::{Gstin, check_character},
    id::{ApplicationId, AspId, GspId, SignatoryId},
    language::Language,
    registry::{Application, Asp, Gsp, Standing},
    taxpayer::{Signatory, Taxpayer},
};
use uuid::Uuid;

use crate::chance::{Chance, SeededChance};

/// The secret by which the demo's API gateway asks. Known to all: the demo holds no real data.
pub const GATEWAY_SECRET: &str = "demo-gateway-secret";

const GSPS: [(&str, &str); 3] = [
    ("Sahyadri Tax Networks Ltd", "Sahyadri"),
    ("Coromandel GST Bridge Pvt Ltd", "Coromandel"),
    ("Yamuna Suvidha Services Ltd", "Yamuna Suvidha"),
];

/// Name, short name, and the GSPs it works under.
const ASPS: [(&str, &str, &[usize]); 8] = [
    ("LedgerLeaf Accounting", "LedgerLeaf", &[0, 1]),
    ("ReturnReady", "ReturnReady", &[0]),
    ("Bahi Khata Online", "Bahi Khata", &[2]),
    ("Vyapar Reconcile", "Vyapar Reconcile", &[1]),
    ("CredLoom Lending", "CredLoom", &[1]),
    ("TaxTara for CAs", "TaxTara", &[0, 2]),
    ("InvoiceNadi", "InvoiceNadi", &[2]),
    ("FileFast GST", "FileFast", &[1]),
];

/// State, PAN, entity digit; legal name, trade name; user name; who signs.
const TAXPAYERS: [(&str, &str, &str, &str, &str, usize); 6] = [
    ("27", "GSPMH0992G", "Meghdoot Handlooms Private Limited", "Meghdoot Handlooms, Pune", "meghdoot.mh", 0),
    ("24", "GSPMH0992G", "Meghdoot Handlooms Private Limited", "Meghdoot Handlooms, Surat", "meghdoot.gj", 0),
    ("29", "GSPMH0992G", "Meghdoot Handlooms Private Limited", "Meghdoot Handlooms, Mysuru", "meghdoot.ka", 0),
    ("33", "GSPTN3741G", "Tamarind Tools LLP", "Tamarind Tools, Chennai", "tamarind.tn", 1),
    ("32", "GSPTN3741G", "Tamarind Tools LLP", "Tamarind Tools, Kochi", "tamarind.kl", 1),
    ("07", "GSPDL5518G", "Devika Arora", "Arora Stationers", "arora.dl", 2),
];

const PEOPLE: [(&str, &str, &str); 3] = [
    ("Asha Rao", "asha.rao@meghdoot.example", "9876543243"),
    ("Ilango Selvam", "ilango@tamarind.example", "9845012378"),
    ("Devika Arora", "devika.arora@stationers.example", "9811098765"),
];

/// An application and the secret that its ASP knows.
#[derive(Debug, Clone)]
pub struct Player {
    /// The application.
    pub application: Application,
    /// 32 hexadecimal digits.
    pub client_secret: String,
}

/// The GSPs.
pub fn gsps() -> Vec<Gsp> {
    GSPS.iter()
        .zip(1..)
        .map(|((name, short), n)| Gsp {
            id: GspId(Uuid::from_u128(0x6570_0000 + n)),
            name: (*name).into(),
            short_name: (*short).into(),
            standing: Standing::Active,
        })
        .collect()
}

/// The applications, each an ASP under a GSP.
pub fn players() -> Vec<Player> {
    let gsps = gsps();
    let chance: &dyn Chance = &SeededChance::new(2026);
    let mut players = Vec::new();
    for ((name, short, under), n) in ASPS.iter().zip(1..) {
        let asp = Asp {
            id: AspId(Uuid::from_u128(0xa570_0000 + n)),
            name: (*name).into(),
            short_name: (*short).into(),
            standing: Standing::Active,
        };
        for (gsp, m) in under.iter().map(|place| &gsps[*place]).zip(1..) {
            players.push(Player {
                application: Application {
                    id: ApplicationId(Uuid::from_u128(0xab70_0000 + n * 16 + m)),
                    client_id: format!("l7xx{}", hex::encode(chance.bytes::<16>())),
                    asp: asp.clone(),
                    gsp: gsp.clone(),
                    standing: Standing::Active,
                },
                client_secret: hex::encode(chance.bytes::<16>()),
            });
        }
    }
    players
}

/// A GSTIN of GSTN's sandbox series, with its check character.
fn gstin(state: &str, pan: &str) -> Gstin {
    let first = format!("{state}{pan}1Z");
    let mut bytes = [0; 14];
    bytes.copy_from_slice(first.as_bytes());
    let check = check_character(&bytes).map_or('0', char::from);
    format!("{first}{check}").parse().expect("the cast has well-formed GSTINs")
}

/// The taxpayers, each with its access window (30 days) and its signatory.
///
/// # Panics
/// Never, unless the cast above is edited into something malformed; a test would say so.
pub fn taxpayers() -> Vec<(Taxpayer, AccessWindow, Signatory)> {
    TAXPAYERS
        .iter()
        .map(|(state, pan, legal, trade, username, who)| {
            let gstin = gstin(state, pan);
            let (name, email, mobile) = PEOPLE[*who];
            let taxpayer = Taxpayer {
                gstin,
                username: (*username).into(),
                legal_name: (*legal).into(),
                trade_name: (*trade).into(),
            };
            let window = AccessWindow::new(gstin, true, 30 * 24 * 60, 1).expect("30 days can be chosen");
            let signatory = Signatory {
                gstin,
                id: SignatoryId(Uuid::from_u128(0x5160_0000 + *who as u128)),
                name: name.into(),
                email: email.parse().expect("the cast has addresses"),
                mobile: mobile.parse().expect("the cast has numbers"),
                language: Language::En,
            };
            (taxpayer, window, signatory)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cast_is_the_one_that_the_documents_promise() {
        assert_eq!(gsps().len(), 3);
        let mut asps: Vec<_> = players().iter().map(|player| player.application.asp.id).collect();
        asps.dedup();
        assert_eq!(asps.len(), 8);
        let taxpayers = taxpayers();
        let mut pans: Vec<_> = taxpayers.iter().map(|(taxpayer, _, _)| taxpayer.gstin.pan().to_owned()).collect();
        pans.dedup();
        assert_eq!((taxpayers.len(), pans.len()), (6, 3));
        assert_eq!(taxpayers[0].0.gstin.as_str(), "27GSPMH0992G1ZF");
        assert_eq!(taxpayers[3].0.gstin.as_str(), "33GSPTN3741G1Z9");
    }
}
