-- How often one application asked for OTPs of one taxpayer lately, bounded below what all applications together may ask:
-- without it, one application could use up what a taxpayer may be asked, and lock out every other.
create table otp_rate_of_pair (
    gstin text not null references taxpayer (gstin),
    application_id blob not null references application (id),
    recent text not null,
    primary key (gstin, application_id)
) strict;
