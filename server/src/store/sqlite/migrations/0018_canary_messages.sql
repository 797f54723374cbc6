-- By what reports and mails name each of the canary's messages of the last hour: our own name from the moment that it is
-- sent, the provider's when it took it over. Servers of the version before use canary.reference, the newest alone.
create table canary_message (
    provider text not null,
    reference text not null,
    sent_at integer not null,
    primary key (provider, reference)
) strict;
