//! The return path of a mail (VERP): `bounces+<delivery>-<tag>@domain`. The tag is made under a key of ours, so that nobody
//! can send a bounce about a mail that they did not get.

use app::model::{contact::Email, id::DeliveryId};
use aws_lc_rs::constant_time;
use uuid::Uuid;

use crate::vault::{Purpose, Vault};

/// Bytes of the tag: to guess one takes 2^64 mails.
const TAG_BYTES: usize = 8;
/// Hexadecimal digits of an id.
const ID_DIGITS: usize = 32;
/// Characters of the local part of an address (RFC 5321 §4.5.3.1.1) that are left for the name before the `+`.
const NAME_CHARACTERS_MAX: usize = 64 - 1 - ID_DIGITS - 1 - 2 * TAG_BYTES;

/// An address that bounces cannot come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the return path is an address like bounces@example.in: before the @ at most {NAME_CHARACTERS_MAX} characters, no +"
)]
pub struct BadReturnPath;

/// Makes return paths.
#[derive(Debug, Clone)]
pub struct ReturnPath {
    vault: Vault,
    name: String,
    domain: String,
}

impl ReturnPath {
    /// Under an address.
    ///
    /// # Errors
    /// [`BadReturnPath`] where a return path would be no address, or would not be found again.
    pub fn new(vault: Vault, address: &Email) -> Result<Self, BadReturnPath> {
        match address.as_str().split_once('@') {
            Some((name, domain)) if name.len() <= NAME_CHARACTERS_MAX && !name.contains('+') => {
                Ok(Self { vault, name: name.into(), domain: domain.into() })
            }
            _ => Err(BadReturnPath),
        }
    }

    /// That of a delivery.
    pub fn of(&self, id: DeliveryId) -> String {
        let tag = hex::encode(tag(&self.vault, id));
        format!("{}+{}-{tag}@{}", self.name, id.0.simple(), self.domain)
    }
}

fn tag(vault: &Vault, id: DeliveryId) -> [u8; TAG_BYTES] {
    let mut tag = [0; TAG_BYTES];
    tag.copy_from_slice(&vault.hash(Purpose::ReturnPath, id.0.as_bytes()).0[..TAG_BYTES]);
    tag
}

/// The delivery that an address is the return path of. Mail servers may change the case of an address.
pub(super) fn delivery_of(vault: &Vault, address: &str) -> Option<DeliveryId> {
    let (local, _) = address.split_once('@')?;
    let (id, shown) = local.split_once('+')?.1.split_once('-')?;
    if id.len() != ID_DIGITS {
        return None;
    }
    let id = DeliveryId(Uuid::try_parse(&id.to_ascii_lowercase()).ok()?);
    let shown = hex::decode(shown).ok()?;
    constant_time::verify_slices_are_equal(&shown, &tag(vault, id)).ok().map(|()| id)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::chance::SeededChance;

    fn vault(root: u8) -> Vault {
        Vault::new(&[root; 32], Arc::new(SeededChance::new(1)))
    }

    fn under(address: &str) -> Result<ReturnPath, BadReturnPath> {
        ReturnPath::new(vault(1), &address.parse().expect("an address"))
    }

    #[test]
    fn a_return_path_is_an_address_that_leads_back_to_its_delivery() {
        let id = DeliveryId(Uuid::from_u128(0x0190_f6a0));
        let address = under("bounces@mail.gst.example.in").expect("a return path").of(id);
        assert!(address.parse::<Email>().is_ok() && address.split('@').next().is_some_and(|local| local.len() <= 64));
        assert_eq!(delivery_of(&vault(1), &address), Some(id));
        assert_eq!(delivery_of(&vault(1), &address.to_uppercase()), Some(id));
    }

    #[test]
    fn nobody_can_make_one_for_another_delivery() {
        let id = DeliveryId(Uuid::from_u128(7));
        let address = under("bounces@gst.example.in").expect("a return path").of(id);
        assert_eq!(delivery_of(&vault(2), &address), None, "another root key");
        let other = DeliveryId(Uuid::from_u128(8)).0.simple().to_string();
        let forged = address.replace(&id.0.simple().to_string(), &other);
        assert_eq!(delivery_of(&vault(1), &forged), None);
        let cut = address.replace(&address[address.len() - 17..address.len() - 15], "");
        for none in
            ["", "bounces@gst.example.in", "bounces+@x.in", "bounces+12-34@x.in", &address.replace('-', ""), &cut]
        {
            assert_eq!(delivery_of(&vault(1), none), None, "{none}");
        }
    }

    #[test]
    fn an_address_that_leaves_no_room_is_refused() {
        assert!(under("bounces+gst@example.in").is_err());
        assert!(under(&format!("{}@example.in", "b".repeat(15))).is_err());
        assert!(under(&format!("{}@example.in", "b".repeat(14))).is_ok());
    }
}
