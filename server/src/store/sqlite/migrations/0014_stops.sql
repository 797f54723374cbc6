-- How often a registered number lately named, in an SMS, a code that is none: counted for every server at once.
create table stop_rate_of_mobile (
    mobile_hash blob primary key check (length(mobile_hash) = 32),
    recent text not null
) strict;
