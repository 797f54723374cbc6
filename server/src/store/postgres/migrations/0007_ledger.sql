-- The ledger: every event is a leaf of one Merkle tree over all taxpayers, whose root is signed again and again. As in
-- SQLite.

-- The keys that sign. The private half is sealed; each is vouched for by the one before it. None is ever taken away: what
-- it signed has to be checked for ever.
create table signing_key (
    number bigint primary key check (number >= 1),
    public_key bytea not null unique check (octet_length(public_key) = 32),
    seed_sealed bytea not null,
    created_at bigint not null,
    vouched_for bytea check (octet_length(vouched_for) = 64),
    check ((vouched_for is null) = (number = 1))
);
create trigger signing_key_is_final before update on signing_key
    for each row execute function refuse('a signing key does not change');
create trigger signing_key_is_kept before delete on signing_key
    for each row execute function refuse('nothing is deleted');

-- Leaves whose place in the tree is still to be given: written with their event, in its transaction, and moved to the table
-- leaf by whoever makes the tree grow. No counter is shared by those who write events.
--
-- The position is the id of the event's transaction. One that is older than every transaction that still runs is committed,
-- and nothing with a smaller one can come any more.
create table owed_leaf (
    position bigint not null default pg_current_xact_id()::text::bigint,
    gstin text collate "C" not null,
    seq bigint not null,
    at bigint not null,
    hash bytea not null check (octet_length(hash) = 32),
    salt bytea not null check (octet_length(salt) = 16),
    primary key (position, gstin, seq)
);

-- Which leaf of the tree an event is, and the salt without which nobody sees that. Split like the events, and goes with them
-- when they are past their retention; the tree stays whole.
create table leaf (
    gstin text collate "C" not null,
    seq bigint not null check (seq >= 1),
    at bigint not null,
    leaf_index bigint not null check (leaf_index >= 0),
    salt bytea not null check (octet_length(salt) = 16),
    primary key (gstin, seq, at)
) partition by range (at);
create index leaf_by_index on leaf (leaf_index);
create trigger leaf_is_final before update on leaf
    for each row execute function refuse('a leaf does not change');
create trigger leaf_is_kept before delete on leaf
    for each row execute function refuse('nothing is deleted');

-- One row: who makes the tree grow holds it, so that two never do at once.
create table ledger (
    id bigint primary key check (id = 1),
    origin text,
    size bigint not null check (size >= 0),
    grown_at bigint
);
insert into ledger (id, size) values (1, 0);
create trigger ledger_only_grows before update on ledger
    for each row when (new.size < old.size or (old.origin is not null and new.origin is distinct from old.origin))
    execute function refuse('the ledger only grows');
create trigger ledger_is_kept before delete on ledger
    for each row execute function refuse('nothing is deleted');

-- The tree, 256 hashes of a level side by side. Only the last tile of a level ever changes, by what is added to its end.
create table ledger_tile (
    level bigint not null check (level between 0 and 7),
    number bigint not null check (number >= 0),
    hashes bytea not null check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
    primary key (level, number)
);
-- Hashes do not compress: not even trying saves half of a write.
alter table ledger_tile alter column hashes set storage external;
create trigger ledger_tile_only_grows before update on ledger_tile
    for each row when (substring(new.hashes for octet_length(old.hashes)) <> old.hashes)
    execute function refuse('a tile only grows');
create trigger ledger_tile_is_kept before delete on ledger_tile
    for each row execute function refuse('nothing is deleted');

-- Every root that was ever signed.
create table ledger_checkpoint (
    size bigint not null check (size >= 0),
    signed_at bigint not null,
    note text not null,
    primary key (size, signed_at)
);
create trigger ledger_checkpoint_is_final before update on ledger_checkpoint
    for each row execute function refuse('what was signed does not change');
create trigger ledger_checkpoint_is_kept before delete on ledger_checkpoint
    for each row execute function refuse('nothing is deleted');
