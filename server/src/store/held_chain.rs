//! The end of the chain of the taxpayer that a unit of work holds: read with the lock, then known without asking again,
//! as nobody else can move it until the unit of work is over.

use app::model::gstin::Gstin;

use super::port::ChainLink;

/// What a unit of work knows of the chain that it holds.
#[derive(Debug, Default)]
pub(super) struct HeldChain(Option<(Gstin, ChainLink)>);

impl HeldChain {
    /// The chain is held, or has grown; a link of `seq` 0 is the end of one that has not begun.
    pub(super) fn ends_with(&mut self, gstin: Gstin, link: ChainLink) {
        self.0 = Some((gstin, link));
    }

    /// Where this taxpayer's chain ends, if it is the one that is held.
    #[expect(clippy::option_option, reason = "not known and known to have no end are two answers")]
    pub(super) fn end(&self, gstin: Gstin) -> Option<Option<ChainLink>> {
        let (_, link) = self.0.filter(|(held, _)| *held == gstin)?;
        Some(Some(link).filter(|link| link.seq > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_that_is_not_held_is_not_known_and_one_that_has_not_begun_has_no_end() {
        let held: Gstin = "27GSPMH0992G1ZF".parse().expect("gstin");
        let other: Gstin = "33GSPTN3741G1Z9".parse().expect("gstin");
        let (mut chain, link) = (HeldChain::default(), |seq| ChainLink { seq, hash: [7; 32] });
        assert_eq!(chain.end(held), None);
        chain.ends_with(held, link(0));
        assert_eq!((chain.end(held), chain.end(other)), (Some(None), None));
        chain.ends_with(held, link(1));
        assert_eq!(chain.end(held), Some(Some(link(1))));
    }
}
