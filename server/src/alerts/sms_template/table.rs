//! The templates as a table, for whoever registers them.

use std::fmt;

use super::{SmsTemplate, SmsTemplates};

/// A row of the table.
pub struct Row<'a>(pub &'a SmsTemplate);

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(template) = self;
        let size = template.longest_size();
        write!(
            f,
            "{:<19} {:<8} {:>7} {:<19} {:>6} {:<8} {:>8}",
            template.kind,
            template.language.tag(),
            template.version,
            template.template_id,
            size.units,
            size.encoding,
            size.segments
        )
    }
}

impl SmsTemplates {
    /// The whole table.
    pub fn table(&self) -> String {
        let head = "kind                language version template id         length encoding segments";
        let rows = self.all().iter().map(|template| Row(template).to_string());
        [head.to_owned()].into_iter().chain(rows).map(|row| row + "\n").collect()
    }
}
