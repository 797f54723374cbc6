//! How long rows are kept, and what housekeeping did about it.

/// How long rows are kept at least, in years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    consents_years: u16,
    logs_years: u16,
}

/// A retention that nobody may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rows are kept for one year at least")]
pub struct TooShort;

impl Default for Retention {
    /// Consents seven years, logs one.
    fn default() -> Self {
        Self { consents_years: 7, logs_years: 1 }
    }
}

impl Retention {
    /// Consents with their events and totals for so many years; alerts, deliveries, attempts and calls for so many.
    ///
    /// # Errors
    /// [`TooShort`] below one year for either: the DPDP Rules 2025 want logs kept for that long.
    pub fn new(consents_years: u16, logs_years: u16) -> Result<Self, TooShort> {
        if consents_years == 0 || logs_years == 0 { Err(TooShort) } else { Ok(Self { consents_years, logs_years }) }
    }

    /// Years for consents, their events and totals.
    pub fn consents_years(self) -> u16 {
        self.consents_years
    }

    /// Years for alerts, deliveries, attempts and calls.
    pub fn logs_years(self) -> u16 {
        self.logs_years
    }
}

/// What housekeeping found and did, by the names of the parts of tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Housekept {
    /// Parts that are in use now.
    pub present: Vec<String>,
    /// Of these, parts made just now.
    pub made: Vec<String>,
    /// Parts taken away just now: tables of their own from then on, for the operator to archive and drop.
    pub detached: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_for_less_than_a_year() {
        assert_eq!(Retention::new(0, 1), Err(TooShort));
        assert_eq!(Retention::new(7, 0), Err(TooShort));
        assert_eq!(Retention::new(7, 1), Ok(Retention::default()));
    }
}
