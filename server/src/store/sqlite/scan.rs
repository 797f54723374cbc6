//! Reading everything from SQLite.

use app::model::{
    alert::Alert,
    consent::Consent,
    controls::{AspRule, Controls},
    event::Event,
    gstin::Gstin,
    id::{ApplicationId, AspId, ConsentId, ContactId, DeliveryId, OtpRequestId, SignatoryId},
    otp::OtpRequest,
    usage::UsageTotals,
};
use async_trait::async_trait;
use futures::TryStreamExt;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    Unit,
    alerts::{alert, plain_delivery},
    consents, ledger, otp_requests, push, row, taxpayers,
};
use crate::store::{
    StoreError,
    port::{
        BadRow, ChainLink, EndingRow, KeptAttempt, KeptDelivery, KeptEnding, KeptSecurityEvent, KeptSession, KeptSince,
        LeafRow, OwedLeaf, Scan, Sink, Span, UsageOf,
    },
};

/// A statement over a span (`?1`, `?2`), and which columns name a row of it.
struct Source {
    table: &'static str,
    key: &'static [&'static str],
    select: &'static str,
}

/// `select` these columns of a table, those that name a row first, of a span and in that order.
macro_rules! source {
    ($table:literal, [$first:literal $(, $key:literal)*], $columns:literal) => {
        Source {
            table: $table,
            key: &[$first $(, $key)*],
            select: concat!(
                "select ", $columns, " from ", $table, " where gstin > ?1 and gstin <= ?2 order by ",
                $first $(, ", ", $key)*
            ),
        }
    };
}

const SIGNATORIES: Source = source!("signatory", ["gstin", "id"], "gstin, id");
const OTP_REQUESTS: Source = source!(
    "otp_request",
    ["gstin", "id"],
    "gstin, id, application_id, requested_at, expires_at, tries_left, state, version"
);
const CONSENTS: Source = source!(
    "consent",
    ["gstin", "id"],
    "gstin, id, application_id, granted_at, valid_until, restriction, paused_at, ended_at, ended_by, end_reason, version"
);
const SESSIONS: Source =
    source!("session", ["gstin", "token_hash"], "gstin, token_hash, consent_id, issued_at, expires_at, closed_at");
const EVENTS: Source = source!("event", ["gstin", "seq"], "gstin, seq, consent_id, version, at, actor, deed, hash");
const CHAIN_HEADS: Source = source!("chain_head", ["gstin"], "gstin, seq, hash");
const LEAVES: Source = source!("leaf", ["gstin", "seq"], "gstin, seq, at, leaf_index, salt");
const OWED_LEAVES: Source = source!("owed_leaf", ["gstin", "seq"], "gstin, seq, position, at, hash, salt");
const CONTACTS: Source = source!("contact", ["gstin", "id"], "gstin, id");
const ALERTS: Source = source!("alert", ["gstin", "id"], "gstin, id, consent_id, kind, matter, owed_at");
const DELIVERIES: Source = source!(
    "delivery",
    ["gstin", "id"],
    "gstin, id, alert_id, channel, recipient_id, contact_id, state, due_at, attempts, accepted_at, verdict, reason, heard_at,
     report_due_at, repeated_at, lease is not null as leased"
);
const ATTEMPTS: Source =
    source!("attempt", ["gstin", "delivery_id", "number"], "gstin, delivery_id, number, at, provider, outcome");
const USAGE: Source = source!("usage", ["gstin", "consent_id"], "gstin, consent_id, passed, refused, last_passed_at");
const ENDINGS: Source = source!("ending", ["gstin", "consent_id"], "gstin, consent_id, effective_at, last_passed_at");
const SECURITY_EVENTS: Source = source!(
    "security_event",
    ["gstin", "consent_id"],
    "gstin, consent_id, gsp_id, state, owed_at, due_at, attempts, lease is not null as leased"
);
const ASP_RULES: Source = Source {
    table: "asp_rule",
    key: &["gstin", "asp_id"],
    select: "select gstin, asp_id, rule from asp_rule
        where gstin > ?1 and gstin <= ?2 and rule <> 'none' order by gstin, asp_id",
};
const CONTROLS: Source = source!(
    "access_window",
    ["gstin"],
    "gstin, enabled, minutes, version, frozen_at, frozen_until, only_allowed, unused_days"
);
const DAYS: Source = Source {
    table: "usage_of_day",
    key: &["gstin", "consent_id"],
    select: "select gstin, consent_id, sum(passed) as passed, sum(refused) as refused, null as last_passed_at
        from usage_of_day where gstin > ?1 and gstin <= ?2 group by gstin, consent_id order by gstin, consent_id",
};
const CALLS: Source = Source {
    table: "call",
    key: &["gstin", "consent_id"],
    select: "select gstin, consent_id, count(*) filter (where refused is null) as passed, count(refused) as refused,
                    max(at) filter (where refused is null) as last_passed_at
             from call where gstin > ?1 and gstin <= ?2 group by gstin, consent_id",
};

impl Source {
    /// The key of a row as text, whatever lies in it.
    fn name(&self, found: &SqliteRow) -> String {
        let part = |column: &&str| {
            let text = found.try_get::<String, _>(*column).ok();
            let number = || found.try_get::<i64, _>(*column).ok().map(|number| number.to_string());
            let bytes = || match found.try_get::<Vec<u8>, _>(*column) {
                Ok(bytes) => Uuid::from_slice(&bytes).map_or_else(|_| hex::encode(&bytes), |id| id.to_string()),
                Err(_) => "?".into(),
            };
            text.or_else(number).unwrap_or_else(bytes)
        };
        self.key.iter().map(part).collect::<Vec<_>>().join("/")
    }

    async fn stream<T>(
        &self,
        connection: &mut SqliteConnection,
        span: &Span,
        read: fn(&SqliteRow) -> Result<T, StoreError>,
        each: Sink<'_, T>,
    ) -> Result<(), StoreError> {
        let mut rows = sqlx::query(self.select).bind(&span.after).bind(&span.up_to).fetch(connection);
        while let Some(found) = rows.try_next().await? {
            each(read(&found).map_err(|error| BadRow {
                table: self.table,
                key: self.name(&found),
                why: error.to_string(),
            }));
        }
        Ok(())
    }
}

fn signatory(found: &SqliteRow) -> Result<(Gstin, SignatoryId), StoreError> {
    Ok((row::parsed(found, "gstin")?, SignatoryId(row::id(found, "id")?)))
}

fn otp_request(found: &SqliteRow) -> Result<OtpRequest, StoreError> {
    Ok(OtpRequest {
        gstin: row::parsed(found, "gstin")?,
        id: OtpRequestId(row::id(found, "id")?),
        application: ApplicationId(row::id(found, "application_id")?),
        requested_at: row::moment(found, "requested_at")?,
        expires_at: row::moment(found, "expires_at")?,
        tries_left: found.try_get("tries_left")?,
        state: otp_requests::state(found.try_get("state")?)?,
        version: found.try_get("version")?,
    })
}

fn session(found: &SqliteRow) -> Result<KeptSession, StoreError> {
    Ok(KeptSession { session: consents::session(found)?, token: row::hash(found, "token_hash")? })
}

fn linked_event(found: &SqliteRow) -> Result<(Event, ChainLink), StoreError> {
    let link = ChainLink { seq: found.try_get("seq")?, hash: row::hash(found, "hash")?.0 };
    Ok((consents::event(found)?, link))
}

fn chain_head(found: &SqliteRow) -> Result<(Gstin, ChainLink), StoreError> {
    let link = ChainLink { seq: found.try_get("seq")?, hash: row::hash(found, "hash")?.0 };
    Ok((row::parsed(found, "gstin")?, link))
}

fn contact(found: &SqliteRow) -> Result<(Gstin, ContactId), StoreError> {
    Ok((row::parsed(found, "gstin")?, ContactId(row::id(found, "id")?)))
}

fn delivery(found: &SqliteRow) -> Result<KeptDelivery, StoreError> {
    Ok(KeptDelivery { delivery: plain_delivery(found)?, leased: found.try_get("leased")? })
}

fn attempt(found: &SqliteRow) -> Result<KeptAttempt, StoreError> {
    Ok(KeptAttempt {
        gstin: row::parsed(found, "gstin")?,
        delivery: DeliveryId(row::id(found, "delivery_id")?),
        number: found.try_get("number")?,
        at: row::moment(found, "at")?,
        provider: found.try_get("provider")?,
        outcome: row::json(found, "outcome")?,
    })
}

/// One that was taken back is not told.
fn asp_rule(found: &SqliteRow) -> Result<(Gstin, AspId, AspRule), StoreError> {
    Ok((row::parsed(found, "gstin")?, AspId(row::id(found, "asp_id")?), row::word(found, "rule")?))
}

fn controls(found: &SqliteRow) -> Result<Controls, StoreError> {
    taxpayers::controls(row::parsed(found, "gstin")?, found)
}

fn usage_of(found: &SqliteRow) -> Result<UsageOf, StoreError> {
    Ok(UsageOf {
        gstin: row::parsed(found, "gstin")?,
        consent: ConsentId(row::id(found, "consent_id")?),
        totals: UsageTotals {
            passed: found.try_get("passed")?,
            refused: found.try_get("refused")?,
            last_passed_at: row::maybe_moment(found, "last_passed_at")?,
        },
    })
}

fn kept_security_event(found: &SqliteRow) -> Result<KeptSecurityEvent, StoreError> {
    Ok(KeptSecurityEvent { event: push::security_event(found)?, leased: found.try_get("leased")? })
}

fn kept_ending(found: &SqliteRow) -> Result<KeptEnding, StoreError> {
    Ok(KeptEnding {
        gstin: row::parsed(found, "gstin")?,
        consent: ConsentId(row::id(found, "consent_id")?),
        ending: EndingRow {
            effective_at: row::moment(found, "effective_at")?,
            last_passed_at: row::maybe_moment(found, "last_passed_at")?,
        },
    })
}

#[async_trait]
impl Scan for Unit {
    async fn taxpayers_count(&mut self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar("select count(*) from taxpayer").fetch_one(&mut *self.0).await?;
        Ok(count.unsigned_abs())
    }

    /// Nothing is ever taken away from a file.
    async fn kept_since(&mut self) -> Result<KeptSince, StoreError> {
        let since = sqlx::query_scalar("select at from security_event_since").fetch_one(&mut *self.0).await?;
        Ok(KeptSince { security_events: Some(row::at_micros(since)?), ..KeptSince::default() })
    }

    async fn taxpayers_after(&mut self, after: &str, limit: u32) -> Result<Vec<String>, StoreError> {
        let found = sqlx::query_scalar("select gstin from taxpayer where gstin > ? order by gstin limit ?")
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *self.0)
            .await?;
        Ok(found)
    }

    async fn scan_signatories(&mut self, span: &Span, each: Sink<'_, (Gstin, SignatoryId)>) -> Result<(), StoreError> {
        SIGNATORIES.stream(&mut self.0, span, signatory, each).await
    }

    async fn scan_otp_requests(&mut self, span: &Span, each: Sink<'_, OtpRequest>) -> Result<(), StoreError> {
        OTP_REQUESTS.stream(&mut self.0, span, otp_request, each).await
    }

    async fn scan_consents(&mut self, span: &Span, each: Sink<'_, Consent>) -> Result<(), StoreError> {
        CONSENTS.stream(&mut self.0, span, consents::consent, each).await
    }

    async fn scan_sessions(&mut self, span: &Span, each: Sink<'_, KeptSession>) -> Result<(), StoreError> {
        SESSIONS.stream(&mut self.0, span, session, each).await
    }

    async fn scan_events(&mut self, span: &Span, each: Sink<'_, (Event, ChainLink)>) -> Result<(), StoreError> {
        EVENTS.stream(&mut self.0, span, linked_event, each).await
    }

    async fn scan_chain_heads(&mut self, span: &Span, each: Sink<'_, (Gstin, ChainLink)>) -> Result<(), StoreError> {
        CHAIN_HEADS.stream(&mut self.0, span, chain_head, each).await
    }

    async fn scan_leaves(&mut self, span: &Span, each: Sink<'_, LeafRow>) -> Result<(), StoreError> {
        LEAVES.stream(&mut self.0, span, ledger::leaf, each).await
    }

    async fn scan_owed_leaves(&mut self, span: &Span, each: Sink<'_, OwedLeaf>) -> Result<(), StoreError> {
        OWED_LEAVES.stream(&mut self.0, span, ledger::owed, each).await
    }

    async fn scan_contacts(&mut self, span: &Span, each: Sink<'_, (Gstin, ContactId)>) -> Result<(), StoreError> {
        CONTACTS.stream(&mut self.0, span, contact, each).await
    }

    async fn scan_alerts(&mut self, span: &Span, each: Sink<'_, Alert>) -> Result<(), StoreError> {
        ALERTS.stream(&mut self.0, span, |found| alert(found, "id"), each).await
    }

    async fn scan_deliveries(&mut self, span: &Span, each: Sink<'_, KeptDelivery>) -> Result<(), StoreError> {
        DELIVERIES.stream(&mut self.0, span, delivery, each).await
    }

    async fn scan_attempts(&mut self, span: &Span, each: Sink<'_, KeptAttempt>) -> Result<(), StoreError> {
        ATTEMPTS.stream(&mut self.0, span, attempt, each).await
    }

    async fn count_calls(&mut self, span: &Span, each: Sink<'_, UsageOf>) -> Result<(), StoreError> {
        CALLS.stream(&mut self.0, span, usage_of, each).await
    }

    async fn scan_usage(&mut self, span: &Span, each: Sink<'_, UsageOf>) -> Result<(), StoreError> {
        USAGE.stream(&mut self.0, span, usage_of, each).await
    }

    async fn scan_endings(&mut self, span: &Span, each: Sink<'_, KeptEnding>) -> Result<(), StoreError> {
        ENDINGS.stream(&mut self.0, span, kept_ending, each).await
    }

    async fn count_days(&mut self, span: &Span, each: Sink<'_, UsageOf>) -> Result<(), StoreError> {
        DAYS.stream(&mut self.0, span, usage_of, each).await
    }

    async fn scan_asp_rules(&mut self, span: &Span, each: Sink<'_, (Gstin, AspId, AspRule)>) -> Result<(), StoreError> {
        ASP_RULES.stream(&mut self.0, span, asp_rule, each).await
    }

    async fn scan_controls(&mut self, span: &Span, each: Sink<'_, Controls>) -> Result<(), StoreError> {
        CONTROLS.stream(&mut self.0, span, controls, each).await
    }

    async fn scan_security_events(&mut self, span: &Span, each: Sink<'_, KeptSecurityEvent>) -> Result<(), StoreError> {
        SECURITY_EVENTS.stream(&mut self.0, span, kept_security_event, each).await
    }
}
