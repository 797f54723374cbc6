-- By what reports and mails name each of the canary's messages of the last hour: our own name from the moment that it is
-- sent, the provider's when it took it over. Servers of the version before use canary.reference, the newest alone. As in SQLite.
create table canary_message (
    provider text collate "C" not null,
    reference text collate "C" not null,
    sent_at bigint not null,
    primary key (provider, reference)
);
