-- How many app keys of an application lately did not open: counted for every server at once. A row for each registered application
-- at most.
create table bad_key_rate_of_application (
    application_id blob primary key references application (id),
    recent text not null
) strict;
