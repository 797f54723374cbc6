//! SMS templates as registered with the operators (DLT): an SMS that differs by a character is dropped silently.

/// Characters of one variable's value. Widely said, not confirmed by an operator's document.
pub const VALUE_CHARACTERS_MAX: usize = 30;

/// A registered template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsTemplate {
    /// Of the principal entity: 19 digits.
    pub entity_id: String,
    /// The sender's six letters.
    pub header: String,
    /// Of the template: 19 digits.
    pub template_id: String,
    /// The category it was registered in.
    pub category: String,
    /// The text with tagged variables (TRAI direction of 18 November 2025).
    pub text: String,
}

/// The templates of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsTemplates {
    /// Variables: GSTIN, ASP, GSP, given at, valid till.
    pub consent_given: SmsTemplate,
    /// Variables: GSTIN, ASP, GSP, ended at.
    pub consent_ended: SmsTemplate,
    /// Variables: OTP, ASP, GSP, GSTIN, access for, OTP valid till.
    pub otp: SmsTemplate,
}

/// Values that do not fit their template: an operator's matter, so it is worth trying again later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSms {
    /// More or fewer values than variables.
    #[error("SMS template {template_id} has {variables} variables, {values} values were given")]
    Count {
        /// Which template.
        template_id: String,
        /// Variables in its text.
        variables: usize,
        /// Values given.
        values: usize,
    },
    /// A value that the operator would refuse.
    #[error("SMS template {template_id}: value {place} is no {tag} of 1 to {VALUE_CHARACTERS_MAX} characters")]
    Value {
        /// Which template.
        template_id: String,
        /// Which value, from 1.
        place: usize,
        /// What the variable takes.
        tag: String,
    },
}

impl SmsTemplates {
    /// The English drafts, under ids that stand in until the operators give theirs.
    pub fn draft() -> Self {
        let draft = |number: u8, category: &str, text: &str| SmsTemplate {
            entity_id: "1001000000000000001".into(),
            header: "GSTNIN".into(),
            template_id: format!("10070000000000000{number:02}"),
            category: category.into(),
            text: text.into(),
        };
        Self {
            consent_given: draft(
                1,
                "Service-Implicit",
                "GSTIN {#alphanumeric#}: {#alphanumeric#} via {#alphanumeric#} got OTP consent to access your GST data \
                 at {#alphanumeric#}, valid till {#alphanumeric#}. Not you? Login gst.gov.in > My Profile > Manage API \
                 Access. -GSTN",
            ),
            consent_ended: draft(
                2,
                "Service-Implicit",
                "GSTIN {#alphanumeric#}: access of {#alphanumeric#} via {#alphanumeric#} to your GST data ended at \
                 {#alphanumeric#}. Details: Login gst.gov.in > My Profile > Manage API Access. -GSTN",
            ),
            otp: draft(
                3,
                "Service-Implicit",
                "{#numeric#} is the OTP to let {#alphanumeric#} via {#alphanumeric#} access GST data of GSTIN \
                 {#alphanumeric#} for {#alphanumeric#}. OTP valid till {#alphanumeric#}. Did not ask? Share it with \
                 nobody. -GSTN",
            ),
        }
    }
}

impl SmsTemplate {
    /// The text with its variables filled, in their order.
    pub fn fill(&self, values: &[&str]) -> Result<String, BadSms> {
        let mut filled = String::with_capacity(self.text.len());
        let mut rest = self.text.as_str();
        let mut count = 0;
        while let Some((before, tag, after)) = next_variable(rest) {
            filled.push_str(before);
            if let Some(value) = values.get(count) {
                if !fits(value, tag) {
                    let template_id = self.template_id.clone();
                    return Err(BadSms::Value { template_id, place: count + 1, tag: tag.into() });
                }
                filled.push_str(value);
            }
            count += 1;
            rest = after;
        }
        filled.push_str(rest);
        if count == values.len() {
            Ok(filled)
        } else {
            let template_id = self.template_id.clone();
            Err(BadSms::Count { template_id, variables: count, values: values.len() })
        }
    }
}

fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, from_tag) = text.split_once("{#")?;
    let (tag, after) = from_tag.split_once("#}")?;
    Some((before, tag, after))
}

fn fits(value: &str, tag: &str) -> bool {
    let length = value.chars().count();
    let allowed = |c: char| if tag == "numeric" { c.is_ascii_digit() } else { !c.is_control() };
    (1..=VALUE_CHARACTERS_MAX).contains(&length) && value.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> SmsTemplate {
        SmsTemplate { text: "{#numeric#} for {#alphanumeric#}.".into(), ..SmsTemplates::draft().otp }
    }

    #[test]
    fn every_variable_gets_its_value_and_nothing_else_changes() {
        assert_eq!(template().fill(&["123456", "Khata {#x#}"]).as_deref(), Ok("123456 for Khata {#x#}."));
    }

    #[test]
    fn a_value_that_the_operator_would_drop_is_refused() {
        let long = "x".repeat(31);
        for values in [["12a456", "Khata"], ["123456", &long], ["123456", ""], ["123456", "a\nb"]] {
            assert!(matches!(template().fill(&values), Err(BadSms::Value { .. })), "{values:?}");
        }
        assert!(matches!(template().fill(&["1"]), Err(BadSms::Count { variables: 2, values: 1, .. })));
        assert!(matches!(template().fill(&["1", "a", "b"]), Err(BadSms::Count { variables: 2, values: 3, .. })));
    }
}
