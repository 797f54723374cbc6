//! Where a person is reached: e-mail address and mobile number, and how each is masked on screens and in logs.

use std::{fmt, str::FromStr};

/// The longest address that SMTP carries (RFC 5321 §4.5.3.1.3), in bytes.
const EMAIL_BYTES_MAX: usize = 254;

/// An e-mail address in the form `local@domain`. `Debug` shows it masked.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

/// An Indian mobile number: ten digits, the first 6 to 9. `Debug` shows it masked.
#[derive(Clone, PartialEq, Eq)]
pub struct Mobile(String);

/// A text that is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadContact {
    /// Not `local@domain`.
    #[error("an e-mail address looks like name@example.in")]
    Email,
    /// Not ten digits that start with 6 to 9.
    #[error("a mobile number has ten digits and starts with 6, 7, 8 or 9")]
    Mobile,
}

impl Email {
    /// The whole address, for the channel that sends.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a screen may show: `as••••@example.in`.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.split_once('@').unwrap_or((&self.0, ""));
        let shown: String = local.chars().take(if local.chars().count() > 2 { 2 } else { 0 }).collect();
        format!("{shown}••••@{domain}")
    }
}

impl Mobile {
    /// The ten digits, for the channel that sends.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a screen may show: `••••••••43`.
    pub fn masked(&self) -> String {
        format!("••••••••{}", &self.0[8..])
    }
}

impl FromStr for Email {
    type Err = BadContact;

    fn from_str(text: &str) -> Result<Self, BadContact> {
        let plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"(),:;<>@[\\]".contains(&byte))
        };
        let (local, domain) = text.split_once('@').ok_or(BadContact::Email)?;
        let dotted = domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
        if text.len() <= EMAIL_BYTES_MAX && plain(local) && plain(domain) && dotted {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadContact::Email)
        }
    }
}

impl FromStr for Mobile {
    type Err = BadContact;

    fn from_str(text: &str) -> Result<Self, BadContact> {
        match text.as_bytes() {
            [b'6'..=b'9', rest @ ..] if rest.len() == 9 && rest.iter().all(u8::is_ascii_digit) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(BadContact::Mobile),
        }
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email({})", self.masked())
    }
}

impl fmt::Debug for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mobile({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_masked_wherever_they_are_shown() {
        let email: Email = "asha.rao@example.in".parse().expect("email");
        let mobile: Mobile = "9876543243".parse().expect("mobile");
        assert_eq!(email.masked(), "as••••@example.in");
        assert_eq!(mobile.masked(), "••••••••43");
        assert_eq!(format!("{email:?} {mobile:?}"), "Email(as••••@example.in) Mobile(••••••••43)");
        assert_eq!("ab@example.in".parse::<Email>().expect("email").masked(), "••••@example.in");
    }

    #[test]
    fn what_could_break_a_header_or_a_gateway_is_no_contact() {
        for text in ["", "a@b", "a b@c.in", "a@b.in\r\nBcc: x@y.in", "@c.in", "a@.in", "a@b@c.in", "अ@b.in"] {
            assert_eq!(text.parse::<Email>(), Err(BadContact::Email), "{text}");
        }
        for text in ["", "12345", "5876543243", "98765432430", "+919876543243", "98765४३243"] {
            assert_eq!(text.parse::<Mobile>(), Err(BadContact::Mobile), "{text}");
        }
    }
}
