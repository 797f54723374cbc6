-- The ledger: every event is a leaf of one Merkle tree over all taxpayers, whose root is signed again and again.

-- The keys that sign. The private half is sealed; each is vouched for by the one before it. None is ever taken away: what
-- it signed has to be checked for ever.
create table signing_key (
    number integer primary key check (number >= 1),
    public_key blob not null unique check (length(public_key) = 32),
    seed_sealed blob not null,
    created_at integer not null,
    vouched_for blob check (length(vouched_for) = 64),
    check ((vouched_for is null) = (number = 1))
) strict;
create trigger signing_key_is_final before update on signing_key
begin
    select raise(abort, 'a signing key does not change');
end;
create trigger signing_key_is_kept before delete on signing_key
begin
    select raise(abort, 'nothing is deleted');
end;

-- Leaves whose place in the tree is still to be given: written with their event, in its transaction, and moved to the table
-- leaf by whoever makes the tree grow. No counter is shared by those who write events.
create table owed_leaf (
    position integer not null,
    gstin text not null,
    seq integer not null,
    at integer not null,
    hash blob not null check (length(hash) = 32),
    salt blob not null check (length(salt) = 16),
    primary key (position, gstin, seq)
) strict;

-- Which leaf of the tree an event is, and the salt without which nobody sees that. Goes with its event when that is past
-- its retention; the tree stays whole.
create table leaf (
    gstin text not null,
    seq integer not null check (seq >= 1),
    at integer not null,
    leaf_index integer not null check (leaf_index >= 0),
    salt blob not null check (length(salt) = 16),
    primary key (gstin, seq, at)
) strict;
create index leaf_by_index on leaf (leaf_index);
create trigger leaf_is_final before update on leaf
begin
    select raise(abort, 'a leaf does not change');
end;
create trigger leaf_is_kept before delete on leaf
begin
    select raise(abort, 'nothing is deleted');
end;

-- One row: who makes the tree grow holds it, so that two never do at once.
create table ledger (
    id integer primary key check (id = 1),
    origin text,
    size integer not null check (size >= 0),
    grown_at integer
) strict;
insert into ledger (id, size) values (1, 0);
create trigger ledger_only_grows before update on ledger
when new.size < old.size or (old.origin is not null and new.origin is not old.origin)
begin
    select raise(abort, 'the ledger only grows');
end;
create trigger ledger_is_kept before delete on ledger
begin
    select raise(abort, 'nothing is deleted');
end;

-- The tree, 256 hashes of a level side by side. Only the last tile of a level ever changes, by what is added to its end.
create table ledger_tile (
    level integer not null check (level between 0 and 7),
    number integer not null check (number >= 0),
    hashes blob not null check (length(hashes) between 32 and 8192 and length(hashes) % 32 = 0),
    primary key (level, number)
) strict;
create trigger ledger_tile_only_grows before update on ledger_tile
when substr(new.hashes, 1, length(old.hashes)) <> old.hashes
begin
    select raise(abort, 'a tile only grows');
end;
create trigger ledger_tile_is_kept before delete on ledger_tile
begin
    select raise(abort, 'nothing is deleted');
end;

-- Every root that was ever signed.
create table ledger_checkpoint (
    size integer not null check (size >= 0),
    signed_at integer not null,
    note text not null,
    primary key (size, signed_at)
) strict;
create trigger ledger_checkpoint_is_final before update on ledger_checkpoint
begin
    select raise(abort, 'what was signed does not change');
end;
create trigger ledger_checkpoint_is_kept before delete on ledger_checkpoint
begin
    select raise(abort, 'nothing is deleted');
end;
