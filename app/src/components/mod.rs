//! The parts that pages are built of, a file each, on native elements.
#![expect(unreachable_pub, reason = "the component macro makes every component public")]

mod access_table;
mod alert_table;
mod call_table;
mod consent_facts;
mod event_table;
mod fact;
mod footer;
mod header;
mod language_select;
mod language_switch;
mod loaded;
mod moment;
mod pager;
mod problem;
mod safety;
mod second_contacts;
mod sign_in_button;
mod tabs;
mod taxpayer_list;
mod test_alert;
mod validity;

pub(crate) use access_table::{AccessTable, Show};
pub(crate) use alert_table::{AlertRowView, AlertTable};
pub(crate) use call_table::CallTable;
pub(crate) use consent_facts::ConsentFacts;
pub(crate) use event_table::EventTable;
pub(crate) use fact::Fact;
pub(crate) use footer::Footer;
pub(crate) use header::{Header, MeResource, use_me};
pub(crate) use language_select::LanguageSelect;
pub(crate) use loaded::Loaded;
pub(crate) use moment::Moment;
pub(crate) use pager::Pager;
pub(crate) use problem::{InlineProblem, Problem};
pub(crate) use safety::Safety;
pub(crate) use second_contacts::SecondContacts;
pub(crate) use sign_in_button::SignInButton;
pub(crate) use tabs::{Tab, Tabs};
pub(crate) use taxpayer_list::TaxpayerList;
pub(crate) use test_alert::TestAlert;
