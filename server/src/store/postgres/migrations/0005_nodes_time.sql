-- How far each server has read the changes, by its own last word: what every server has read may be taken away, whatever
-- any clock says. Null: a server of the version before, of which nothing is known.
alter table node add column position bigint;

-- Retired servers stay in the list; whoever looks for the others must not read them all.
create index node_live on node (id) where retired_at is null;
