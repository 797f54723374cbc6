//! What a gateway tells of a call: its token, whose it says to be, and what its address fetches.
//!
//! Between the gateway and the data stands software that may read the same request differently: the last of two equal
//! headers, the address and not the header. So whatever can be read in two ways is not read at all, and does not pass.

use app::model::{decide::Claim, gstin::Gstin, unusual};
use axum::http::{HeaderMap, Uri};
use reqwest::Url;

use super::{Fetch, PATH};

/// Where gateways put the address of the call: nginx the first, Traefik the second. Envoy appends it to our own.
const ADDRESSES: [&str; 2] = ["x-original-uri", "x-forwarded-uri"];

/// It can be read in two ways, or in none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unclear;

/// A call, as it was told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// The `auth-token`, where there is one.
    pub(super) token: Option<String>,
    pub(super) claim: Claim,
    pub(super) fetch: Fetch,
}

impl Told {
    /// Reads the headers that the gateway passes on, and the address that it asked us at.
    pub(super) fn read(headers: &HeaderMap, asked_at: &Uri) -> Result<Self, Unclear> {
        let period = one(headers, "ret_period")?;
        let mut addresses = Vec::new();
        if let Some(appended) = appended(asked_at) {
            addresses.push(Address::read(appended, period)?);
        }
        for value in ADDRESSES.iter().flat_map(|name| headers.get_all(*name)) {
            addresses.push(Address::read(value.to_str().map_err(|_| Unclear)?, period)?);
        }
        // A client can send the one header itself where the gateway sets only the other.
        let address = match addresses.as_slice() {
            [] => Address::read("", period)?,
            [first, others @ ..] if others.iter().all(|other| other == first) => first.clone(),
            _ => return Err(Unclear),
        };
        let gstin: Option<Gstin> = agreed(one(headers, "gstin")?, address.gstin.as_deref())?
            .map(str::parse)
            .transpose()
            .map_err(|_| Unclear)?;
        let client_id = one(headers, "clientid")?.map(str::to_owned);
        let token = one(headers, "auth-token")?.map(str::to_owned);
        // Told by the GSP of its user, and used for telling the taxpayer only: whoever sends several tells nothing.
        let network = one(headers, "ip-usr").ok().flatten().and_then(unusual::network);
        Ok(Self { token, claim: Claim { gstin, client_id }, fetch: Fetch { network, ..address.fetch } })
    }
}

/// What Envoy appended to our own path.
fn appended(asked_at: &Uri) -> Option<&str> {
    let address = asked_at.path_and_query()?.as_str().strip_prefix(PATH)?;
    (!address.is_empty()).then_some(address)
}

/// The one value of a header.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Unclear> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Unclear);
    }
    value.to_str().map(Some).map_err(|_| Unclear)
}

/// The one value of what may be told in two places.
fn agreed<'t>(one: Option<&'t str>, other: Option<&'t str>) -> Result<Option<&'t str>, Unclear> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Err(Unclear),
        (one, other) => Ok(one.or(other)),
    }
}

/// An address such as `/taxpayerapi/v1.0/returns?action=RETSUM&ret_period=072026`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// What it fetches.
    pub(crate) fetch: Fetch,
    /// Whose data it asks for, where it says so.
    pub(crate) gstin: Option<String>,
}

impl Address {
    /// Takes it apart; `period` is that of the header.
    pub(crate) fn read(address: &str, period: Option<&str>) -> Result<Self, Unclear> {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let segments = || path.split('/').filter(|segment| !segment.is_empty());
        // Whoever serves the call may decode these, or resolve them, or not.
        if address.contains('#') || path.contains(['%', '\\']) || segments().any(|part| part == "." || part == "..") {
            return Err(Unclear);
        }
        let query = Url::parse(&format!("http://call/?{query}")).map_err(|_| Unclear)?;
        let asked = |name: &str| {
            let mut values = query.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
            let value = values.next();
            if values.next().is_some() { Err(Unclear) } else { Ok(value) }
        };
        let asked_period = asked("ret_period")?;
        Ok(Self {
            fetch: Fetch {
                api: segments().next_back().unwrap_or("unknown").to_owned(),
                action: asked("action")?.unwrap_or_default(),
                period: agreed(period, asked_period.as_deref())?.map(str::to_owned),
                network: None,
            },
            gstin: asked("gstin")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    const CALL: &str = "/taxpayerapi/v1.0/returns?action=RETSUM&ret_period=072026";
    const GSTIN: &str = "27GSPMH0992G1ZF";

    fn told(asked_at: &str, headers: &[(&'static str, &[u8])]) -> Result<Told, Unclear> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).expect("a value"));
        }
        Told::read(&map, &asked_at.parse().expect("an address"))
    }

    fn summary() -> Fetch {
        Fetch { api: "returns".into(), action: "RETSUM".into(), period: Some("072026".into()), network: None }
    }

    #[test]
    fn every_proxy_tells_the_address_in_its_own_way() {
        let token = ("auth-token", b"t".as_slice());
        for (proxy, asked_at, headers) in [
            ("nginx", PATH.to_owned(), vec![token, ("x-original-uri", CALL.as_bytes())]),
            ("Traefik", PATH.to_owned(), vec![token, ("x-forwarded-uri", CALL.as_bytes())]),
            ("Envoy", format!("{PATH}{CALL}"), vec![token]),
            ("nginx behind Traefik", PATH.to_owned(), {
                vec![token, ("x-original-uri", CALL.as_bytes()), ("x-forwarded-uri", CALL.as_bytes())]
            }),
            ("the period in a header", PATH.to_owned(), {
                vec![("ret_period", b"072026".as_slice()), ("x-original-uri", b"//v1.0/returns/?action=RETSUM")]
            }),
        ] {
            assert_eq!(told(&asked_at, &headers).map(|told| told.fetch), Ok(summary()), "{proxy}");
        }
        let nothing = told(PATH, &[]).expect("clear");
        assert_eq!((nothing.token, nothing.claim, nothing.fetch.api.as_str()), (None, Claim::default(), "unknown"));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_not_read() {
        let (mine, other) = (GSTIN.as_bytes(), b"33GSPTN3741G1Z9".as_slice());
        let (call, forged) = (CALL.as_bytes(), b"/taxpayerapi/v1.0/ledger?action=BAL".as_slice());
        let appended = format!("{PATH}{CALL}");
        for (what, asked_at, headers) in [
            ("two GSTINs", PATH, vec![("gstin", mine), ("gstin", other)]),
            ("the same GSTIN twice", PATH, vec![("gstin", mine), ("gstin", mine)]),
            ("a GSTIN that is no text", PATH, vec![("gstin", b"27GSPMH0992G1Z\xe9".as_slice())]),
            ("a GSTIN that is none", PATH, vec![("gstin", b"27".as_slice())]),
            ("two client ids", PATH, vec![("clientid", b"a".as_slice()), ("clientid", b"b")]),
            ("a client id that is no text", PATH, vec![("clientid", b"\xff".as_slice())]),
            ("two tokens", PATH, vec![("auth-token", b"a".as_slice()), ("auth-token", b"b")]),
            ("a token that is no text", PATH, vec![("auth-token", b"\xff".as_slice())]),
            ("two periods", PATH, vec![("ret_period", b"072026".as_slice()), ("ret_period", b"082026")]),
            ("another period than the address'", PATH, vec![("ret_period", b"1".as_slice()), ("x-original-uri", call)]),
            (
                "an address of the client's beside Traefik's",
                PATH,
                vec![("x-original-uri", forged), ("x-forwarded-uri", call)],
            ),
            ("two addresses of one name", PATH, vec![("x-original-uri", call), ("x-original-uri", forged)]),
            ("an address beside Envoy's", appended.as_str(), vec![("x-original-uri", forged)]),
            ("an address that is no text", PATH, vec![("x-original-uri", b"/\xff".as_slice())]),
            ("two actions", PATH, vec![("x-original-uri", b"/returns?action=A&action=B".as_slice())]),
            (
                "two actions, one in disguise",
                PATH,
                vec![("x-original-uri", b"/returns?action=A&%61ction=B".as_slice())],
            ),
            ("a resource in disguise", PATH, vec![("x-original-uri", b"/v1.0/ret%75rns".as_slice())]),
            ("a way back", PATH, vec![("x-original-uri", b"/v1.0/returns/..".as_slice())]),
            ("a fragment", PATH, vec![("x-original-uri", b"/returns?action=A#&action=B".as_slice())]),
            ("another GSTIN in the address", PATH, {
                vec![("gstin", mine), ("x-original-uri", b"/returns?gstin=33GSPTN3741G1Z9".as_slice())]
            }),
        ] {
            assert_eq!(told(asked_at, &headers), Err(Unclear), "{what}");
        }
    }

    #[test]
    fn a_gstin_in_the_address_is_compared_like_one_in_a_header() {
        let address = format!("/returns?gstin={GSTIN}");
        let told = told(PATH, &[("x-original-uri", address.as_bytes())]).expect("clear");
        assert_eq!(told.claim.gstin, GSTIN.parse().ok());
    }
}
