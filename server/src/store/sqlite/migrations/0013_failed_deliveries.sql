-- Officers look for the few deliveries that failed for good, the newest first.

-- Of these alone: what goes well is in no index more than before.
create index delivery_failed on delivery (id) where state in ('permanent_failure', 'technical_failure', 'expired');
