-- What a grant says to PostgreSQL, in its order (server/src/consent/grant.rs). Ids and hashes come cheap, from the number of
-- the taxpayer: the floor pays for no randomness and for no hashing. turn, application, prefix and now_micros are given.
\set k :k + 1
\set n :turn * 800 + :client_id * 100 + :k - 1
\set at :now_micros + :n
\set until :at + 2592000000000
begin isolation level read committed read write;
select gstin, username, legal_name, trade_name from taxpayer where username = 'taxpayer.' || :n::text \gset
select seq, hash from chain_head where gstin = :gstin for no key update \gset
select enabled, minutes, version from access_window where gstin = :gstin \gset
select id as otp, otp_hash, requested_at, expires_at, tries_left, state, version from otp_request where gstin = :gstin and application_id = :application::uuid and state = 'pending' \gset
update otp_request set tries_left = 3, state = 'used', version = 2 where gstin = :gstin and id = :otp::uuid and version = 2 - 1;
select gstin, id, application_id, granted_at, valid_until, ended_at, ended_by, end_reason, version from consent where gstin = :gstin and id >= (:prefix || '000000000000')::uuid and ended_at is null and application_id = :application::uuid and valid_until > :at;
insert into consent (gstin, id, application_id, granted_at, valid_until, version) values (:gstin, (:prefix || lpad(:n::text, 12, '0'))::uuid, :application::uuid, :at, :until, 1);
update chain_head set seq = 1, hash = decode(lpad(:n::text, 64, '0'), 'hex') where gstin = :gstin and seq = 1 - 1;
with added as (insert into event (gstin, seq, consent_id, version, at, actor, deed, hash) values (:gstin, 1, (:prefix || lpad(:n::text, 12, '0'))::uuid, 1, :at, '{"actor":"application","id":"01a20bd6-b6f3-749e-881b-b0cc0dd7eaa2"}', '{"deed":"granted","valid_until":"2026-12-24T04:35:50.649785Z"}', decode(lpad(:n::text, 64, '0'), 'hex')) returning gstin, seq, at, hash) insert into owed_leaf (gstin, seq, at, hash, salt) select gstin, seq, at, hash, decode(lpad(:n::text, 32, '0'), 'hex') from added;
select id as signatory, name, email_sealed, mobile_sealed, language from signatory where gstin = :gstin order by id limit 1 \gset
insert into alert (gstin, id, consent_id, kind, owed_at) values (:gstin, (:prefix || '1' || lpad(:n::text, 11, '0'))::uuid, (:prefix || lpad(:n::text, 12, '0'))::uuid, 'consent_given', :at);
insert into delivery (gstin, id, alert_id, channel, recipient_id, state, due_at, attempts, accepted_at) values (:gstin, (:prefix || '2' || lpad(:n::text, 11, '0'))::uuid, (:prefix || '1' || lpad(:n::text, 11, '0'))::uuid, 'email', :signatory::uuid, 'queued', :at, 0, null);
insert into delivery (gstin, id, alert_id, channel, recipient_id, state, due_at, attempts, accepted_at) values (:gstin, (:prefix || '3' || lpad(:n::text, 11, '0'))::uuid, (:prefix || '1' || lpad(:n::text, 11, '0'))::uuid, 'sms', :signatory::uuid, 'queued', :at, 0, null);
insert into session (gstin, token_hash, consent_id, key_sealed, issued_at, expires_at) values (:gstin, decode(lpad(:n::text, 64, '0'), 'hex'), (:prefix || lpad(:n::text, 12, '0'))::uuid, decode(lpad(:n::text, 120, '0'), 'hex'), :at, :at + 21600000000);
commit;
